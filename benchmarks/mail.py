"""How fast mail is sent and listed, beside the published original on the same disk.

`python -m benchmarks.mail` measures Houmao; with HOUMAO_PEERS_DIR, which names a folder with
`houmao-0.1.0/bin/python`, the original too. `--kills` kills a random writer every 100 ms.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stats import Spread, spread
from houmao.clock import monotonic
from houmao.mailbox.box import Mailbox
from houmao.mailbox.reading import InboxFilter
from houmao.mailbox.repair import RepairWish, repair
from houmao.mailbox.root import MailRoot
from houmao.mailbox.scripts import birthmark
from tests.mail import address_of, crew, disagreements, letter, snapshot

WRITERS, ADDRESSES, INBOX = 8, 20, 10_000
BODY = "Some words that an agent writes to another one. " * 16
NAMES = [f"a{number}" for number in range(ADDRESSES)]
_HERE = Path(__file__).parents[1]
_WRITER = [sys.executable, "-m", "benchmarks.mail", "--writer"]
_ORIGINAL = _HERE / "tests" / "peers" / "original.py"


@dataclass(frozen=True, slots=True)
class Sending:
    """Messages that several processes sent at once; `latency` of one send in seconds."""

    per_second: float
    latency: Spread | None
    failures: int


def ours(root: MailRoot, messages: int) -> Sending:
    """All writers at once, each its share."""
    return _together(
        [
            [*_WRITER, name, "--messages", share, "--root", str(root.path)]
            for name, share in _shares(messages)
        ]
    )


def original(python: Path, path: Path, messages: int) -> Sending:
    """The same by the code of the original."""
    given = {"to": NAMES, "body": BODY}
    words = [str(python), str(_ORIGINAL), str(path), "series"]
    return _together(
        [
            [*words, json.dumps({**given, "name": name, "count": int(share)})]
            for name, share in _shares(messages)
        ]
    )


def _shares(messages: int) -> list[tuple[str, str]]:
    return [(name, str(messages // WRITERS)) for name in NAMES[:WRITERS]]


def _together(commands: Sequence[Sequence[str]]) -> Sending:
    running = [
        subprocess.Popen(it, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=_HERE)
        for it in commands
    ]
    series = [json.loads(process.communicate(timeout=3600)[0]) for process in running]
    done = [[it for it in spent if it is not None] for spent in series]
    # A writer does nothing but send, so that its sends are its time; starting it does not count.
    rate = sum(map(len, done)) / max(map(sum, done))
    failures = sum(map(len, series)) - sum(map(len, done))
    return Sending(rate, spread([it for spent in done for it in spent]), failures)


def write(box: Mailbox, messages: int) -> list[float]:
    """One writer: seconds that each send took."""
    chance = random.Random(box.address)
    spent = []
    for number in range(messages):
        began = monotonic()
        box.send(letter(chance.choice(NAMES), subject=f"no {number}", body=BODY))
        spent.append(monotonic() - began)
    return spent


def looks(root: MailRoot, name: str, count: int, wanted: InboxFilter) -> Spread | None:
    """Seconds that a check of the inbox takes."""
    box = Mailbox(root, name, address_of(name))
    spent = []
    for _ in range(count):
        began = monotonic()
        box.check(wanted)
        spent.append(monotonic() - began)
    return spread(spent)


def killed(root: MailRoot, seconds: float) -> tuple[int, int]:
    """Writers die every 100 ms; kills and delivered messages. Fails when anything is half done."""
    chance = random.Random(1)

    def begin(at: int) -> subprocess.Popen[bytes]:
        argv = [*_WRITER, NAMES[at], "--messages", "1000000", "--root", str(root.path)]
        return subprocess.Popen(argv, stdout=subprocess.DEVNULL, cwd=_HERE)

    running = [begin(at) for at in range(WRITERS)]
    until, kills = monotonic() + seconds, 0
    while monotonic() < until:
        time.sleep(0.1)
        at = chance.randrange(WRITERS)
        running[at].kill()
        running[at].wait()
        running[at], kills = begin(at), kills + 1
    for process in running:
        process.kill()
        process.wait()
    Mailbox(root, NAMES[0], address_of(NAMES[0])).send(letter(NAMES[1]))
    before = snapshot(root.path)
    assert disagreements(root.path) == []
    repair(root, RepairWish(), birthmark())
    assert snapshot(root.path) == before, "repair has changed what a reader sees"
    return kills, len(list(root.messages.glob("*/*.md")))


def _row(name: str, sent: Sending) -> str:
    if sent.latency is None:
        return f"| {name} | 0 | - | - | {sent.failures} |"
    p50, p95 = sent.latency.p50 * 1000, sent.latency.p95 * 1000
    return f"| {name} | {sent.per_second:.0f} | {p50:.1f} | {p95:.1f} | {sent.failures} |"


def main() -> None:
    """Measure everything, or be one writer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--original-messages", type=int, default=400)
    parser.add_argument("--kills", type=float, metavar="SECONDS", default=0)
    parser.add_argument("--writer", help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help="Folder on the disk to measure.")
    given = parser.parse_args()
    if given.writer:
        box = Mailbox(MailRoot(given.root), given.writer, address_of(given.writer))
        print(json.dumps(write(box, given.messages)))
        return
    with tempfile.TemporaryDirectory(dir=given.root) as folder:
        report(Path(folder), given.messages, given.original_messages)
        if given.kills:
            root = crew(Path(folder) / "kills", *NAMES)[0].root
            kills, messages = killed(root, given.kills)
            print(f"\n{kills} kills, {messages} messages, each whole or absent for everybody")


def report(folder: Path, messages: int, original_messages: int) -> None:
    """The table of all figures."""
    print(f"{WRITERS} processes, {ADDRESSES} addresses\n")
    print("| sent by | per second | p50 ms | p95 ms | failed |\n|---|---:|---:|---:|---:|")
    root = crew(folder / "ours", *NAMES)[0].root
    print(_row(f"Houmao, {messages} messages", ours(root, messages)), flush=True)
    python = Path(os.environ.get("HOUMAO_PEERS_DIR", "/"), "houmao-0.1.0", "bin", "python")
    if python.exists():
        other = crew(folder / "original", *NAMES)[0].root
        sent = original(python, other.path, original_messages)
        print(_row(f"houmao 0.1.0, {original_messages} messages", sent), flush=True)
    full = crew(folder / "full", *NAMES)[0]
    for _ in range(INBOX):
        full.send(letter(NAMES[1], body=BODY))
    for name, wanted in (
        ("all", InboxFilter()),
        ("unread only", InboxFilter(unread_only=True)),
        ("the newest 100", InboxFilter(limit=100)),
    ):
        found = looks(full.root, NAMES[1], 30, wanted)
        if found:
            print(
                f"check of {INBOX}, {name}: p50 {found.p50 * 1e3:.1f} p95 {found.p95 * 1e3:.1f} ms"
            )


if __name__ == "__main__":
    main()
