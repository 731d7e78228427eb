"""Texts with what must become of each, handed to a real CLI through the real server.

A text must arrive exactly once as the user's own words, or be refused with the reason that its
case names. Where a refusal is expected, a text that arrived unchanged is as good.
"""

import json
import struct
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from houmao.cli.client.http import Refused
from houmao.requests.request import RequestOutcome
from tests.live import own_texts
from tests.live.lab import Lab, came, is_ready
from tests.services import wait_until

#: Seconds for a text to be told of, and for what was told to be seen by the API.
PATIENCE = 40.0
#: Seconds in which a text that was not told as submitted would still arrive.
AFTERWARDS = 1.0
_DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Case:
    """A text for a tool; `expect` is `delivered`, `changed` or `refused:REASON`."""

    tool: str
    prompt: str
    expect: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a text and what the API was shown."""

    case: Case
    outcome: str
    #: How often the model got exactly this text from its user.
    arrived: int
    seconds: float
    detail: str

    @property
    def right(self) -> bool:
        """Told and done agree, and a refusal is the expected one."""
        if self.outcome == RequestOutcome.SUBMITTED:
            return self.arrived == 1
        return self.arrived == 0 and self.outcome == self.case.expect


def cases(path: Path | None, tool: str, only: str = "") -> list[Case]:
    """The cases of a JSON lines file, or our own, for that tool whose text contains `only`."""
    found = _of_file(path) if path else (Case(tool, *each) for each in own_texts.expected(tool))
    return [case for case in found if case.tool == tool and only in case.prompt]


def _of_file(path: Path) -> Iterator[Case]:
    rows = (json.loads(line) for line in path.read_text().splitlines() if line)
    return (Case(row["tool"], row["prompt"], row["expect"]) for row in rows)


def play(found: Lab, wanted: Iterable[Case]) -> Iterator[Told]:
    """Hand in each text when the agent is ready for it."""
    _furnish(found.work)
    for case in wanted:
        _settle(found)
        yield _told(found, case)


def _told(found: Lab, case: Case) -> Told:
    text = _filled(case.prompt, found.work)
    earlier, began = found.witness.completed(text), time.time()
    try:
        request = found.request(found.submit(text, 30), began + PATIENCE)
    except Refused as refused:
        outcome, detail = f"refused:{_reason(refused)}", refused.message
    else:
        outcome, detail = str(request.outcome), request.detail
    seconds = time.time() - began
    patience = PATIENCE if outcome == RequestOutcome.SUBMITTED else AFTERWARDS
    came(lambda: found.witness.completed(text) > earlier, patience)
    arrived = found.witness.completed(text) - earlier
    return Told(case, outcome, arrived, seconds, detail)


def _reason(refused: Refused) -> str:
    """Its word for why; what no tool would take is told in a sentence alone."""
    words = {"must not be blank": "blank", "holds the control character": "control_character"}
    told = (reason for sentence, reason in words.items() if sentence in refused.message)
    return refused.reason or next(told, "")


def _settle(found: Lab) -> None:
    """A ready agent with an empty composer; one that a text has spoilt is started anew."""
    if came(lambda: _clean(found), 6):
        return
    found.close()
    found.witness.next_conversation()
    found.open()
    wait_until(lambda: _clean(found), "the agent is ready again", seconds=60)


def _clean(found: Lab) -> bool:
    state = found.state()
    return is_ready(found) and bool(state and state.tracked.surface.editing_input.value == "no")


def _filled(prompt: str, work: Path) -> str:
    picture, blank = work / "picture.png", work / "a picture.png"
    return prompt.replace("{PNG WITH A BLANK IN ITS NAME}", str(blank)).replace(
        "{PNG}", str(picture)
    )


def _furnish(work: Path) -> None:
    """The files that some of the texts name."""
    for name in ("alpha.txt", "beta.txt"):
        (work / name).write_text(f"{name}\n")
    for name in ("picture.png", "a picture.png"):
        (work / name).write_bytes(_dot())


def _dot() -> bytes:
    """A picture of one black point."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0\0\0\0")), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def line(told: Told) -> str:
    """What was told of one text, which may be too long for a line."""
    shown, case = told.case.prompt[:60], told.case
    took = f"arrived {told.arrived}, {told.seconds:.2f} s"
    return f"{shown!r} {case.expect} {told.outcome}, {took}: {told.detail}"


def table(tool: str, told: list[Told]) -> str:
    """Counts by what was expected and told, and a line for each wrong one."""
    rows = [f"{tool}: {sum(each.right for each in told)}/{len(told)} right"]
    counts = Counter((it.case.expect, it.outcome, it.arrived) for it in told)
    rows += [f"  {e:32} {o:32} arrived {a}: {n}" for (e, o, a), n in sorted(counts.items())]
    times = sorted(it.seconds for it in told if it.outcome == RequestOutcome.SUBMITTED)
    if times:
        middle, last = times[len(times) // 2], times[int(len(times) * 0.95)]
        rows.append(f"  to submitted: median {middle:.2f} s, p95 {last:.2f} s")
    rows += [f"  WRONG {line(it)}" for it in told if not it.right]
    return "\n".join(rows)
