"""Writers are killed at any moment, and still a message is delivered to all or to none."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from houmao.errors import Unavailable
from houmao.mailbox import catalog, delivery, locks
from houmao.mailbox.box import Mailbox
from houmao.mailbox.reading import InboxFilter
from houmao.mailbox.repair import RepairWish, repair
from houmao.mailbox.root import MailRoot
from houmao.mailbox.scripts import birthmark
from tests.mail import address_of, crew, disagreements, letter, snapshot

NAMES = [f"a{number}" for number in range(6)]
WRITERS = 4
SECONDS = 8.0


def writer(root: MailRoot, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.mail_writer", str(root.path), name, "100000", *NAMES],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@contextmanager
def reader(box: Mailbox) -> Iterator[list[float]]:
    """A thread that looks into the mailbox all the time; how long each look took."""
    waits: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            began = time.monotonic()
            box.check(InboxFilter(limit=10))
            waits.append(time.monotonic() - began)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield waits
    finally:
        done.set()
        thread.join()


def test_killed_writers_leave_nothing_half_done(tmp_path: Path) -> None:
    root = crew(tmp_path / "mail", *NAMES)[0].root
    chance = random.Random(7)
    acknowledged: set[str] = set()
    kills = 0
    running = [writer(root, NAMES[at]) for at in range(WRITERS)]
    until, late = time.monotonic() + SECONDS, time.monotonic() + 10 * SECONDS
    with reader(Mailbox(root, NAMES[5], address_of(NAMES[5]))) as looks:
        # Where others keep the processors, a writer may die before it has begun.
        while time.monotonic() < until or (len(acknowledged) <= 20 and time.monotonic() < late):
            time.sleep(0.1)
            at = chance.randrange(WRITERS)
            acknowledged |= ended(running[at])
            kills += 1
            running[at] = writer(root, NAMES[at])
        for process in running:
            acknowledged |= ended(process)
    # Whoever comes next takes back what the last one left.
    Mailbox(root, NAMES[0], address_of(NAMES[0])).send(letter(NAMES[1]))
    assert disagreements(root.path) == []
    delivered = {path.stem for path in root.messages.glob("*/*.md")}
    assert acknowledged <= delivered
    assert kills > 30
    assert len(acknowledged) > 20
    assert looks
    before = snapshot(root.path)
    repair(root, RepairWish(), birthmark())
    assert snapshot(root.path) == before


def ended(process: subprocess.Popen[str]) -> set[str]:
    """Kill the process; whole lines it has printed."""
    process.kill()
    out, _ = process.communicate(timeout=30)
    return {line.rstrip() for line in out.splitlines(keepends=True) if line.endswith("\n")}


STEPS = {
    "nothing placed": (delivery, "_place", "before"),
    "the file placed": (delivery, "_place", "after"),
    "links made": (delivery, "_enter_locally", "before"),
    "states written": (delivery, "_enter_locally", "after"),
    "rows written": (catalog, "add", "after"),
    "delivered": (delivery, "_deliver", "after"),
}


@pytest.mark.parametrize("step", STEPS)
def test_death_at_each_step_is_all_or_nothing(tmp_path: Path, step: str) -> None:
    one, two, three = crew(tmp_path / "mail", "one", "two", "three")
    one.send(letter("two", subject="before"))
    child = os.fork()
    if child == 0:
        die_at(step)
        one.send(letter("two", "three", subject="cut off"))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert one.root.index_lock.exists()
    # A reader sees the whole message or nothing of it, before anybody has cleaned up.
    arrived = [[it.subject for it in box.check(InboxFilter())] for box in (two, three)]
    assert arrived == (
        [["cut off", "before"], ["cut off"]] if step == "delivered" else [["before"], []]
    )
    two.send(letter("one"))
    assert disagreements(one.root.path) == []
    assert not list(one.root.locks.glob("**/*.lock"))
    before = snapshot(one.root.path)
    repair(one.root, RepairWish(), birthmark())
    assert snapshot(one.root.path) == before


def die_at(step: str) -> None:
    """Let this process, which is a copy for one test, end where the step says."""
    module, name, when = STEPS[step]
    real = getattr(module, name)

    def last(*args: object, **kwargs: object) -> None:
        if when == "after":
            real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, last)


def test_a_living_holder_is_waited_for_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = crew(tmp_path / "mail", "one", "two")
    monkeypatch.setattr(locks, "LIMIT_SECONDS", 0.2)
    one.root.index_lock.write_text(f"pid={os.getpid()} acquired_at_utc=now\n")
    before = snapshot(one.root.path)
    with pytest.raises(Unavailable, match=rf"index\.lock.*process {os.getpid()}"):
        one.send(letter("two"))
    assert snapshot(one.root.path) == before
    assert list(one.root.staging.iterdir()) == []
    one.root.index_lock.unlink()
    one.send(letter("two"))


def test_a_lock_of_a_number_that_another_process_has_now_is_broken(tmp_path: Path) -> None:
    one, _ = crew(tmp_path / "mail", "one", "two")
    lock = one.root.address_lock(one.address)
    lock.write_text(f"pid={os.getpid()} acquired_at_utc=long ago\n")
    os.utime(lock, (1, 1))
    one.send(letter("two"))
    assert not lock.exists()
