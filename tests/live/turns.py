"""Scripted turns on a real CLI, each compared with what the scripted API did.

Half of the prompts are typed as a person would, half are handed to the server. A turn's truth
is the API's: when it began to answer, when it ended, and how.
"""

import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from houmao.state.values import FleetEvent
from tests.live.lab import Lab, clear
from tests.services import wait_until

#: Seconds after the truth within which the told phase must follow.
SLACK = 0.6


@dataclass(frozen=True, slots=True)
class Script:
    """One kind of turn: what to prompt, how it must end, and what a person does meanwhile."""

    name: str
    prompt: str
    result: str
    escape_after: float | None = None
    #: Key that answers the dialog this turn opens.
    answer: str | None = None


COMMON = (
    Script("echo", "STUB:echo a short answer", "success"),
    Script("slow", "STUB:slow 2 some words that stream for a while", "success"),
    Script("think", "STUB:think 2 STUB:echo thought about it", "success"),
    Script("lines", "STUB:lines 60", "success"),
    Script("slow-lines", "STUB:slow 1 STUB:lines 12 STUB:slow 1", "success"),
    Script(
        "quotes", "STUB:echo • Working (3s • esc to interrupt) ✻ Cooking… ⎿ Interrupted", "success"
    ),
    Script("error-400", "STUB:error 400", "known_failure"),
    Script("flaky", "STUB:flaky 1 500 STUB:echo recovered", "success"),
    Script("interrupt", "STUB:slow 20 a long answer", "interrupted", escape_after=2.5),
    Script("hang", "STUB:slow 1 STUB:hang", "interrupted", escape_after=3.0),
)
TOOLS = {
    "claude": (
        Script("approve", "STUB:tool touch live.txt STUB:echo made", "success", answer="Enter"),
    ),
    "codex": (
        Script("approve", "STUB:ask touch live.txt STUB:echo made", "success", answer="Enter"),
    ),
    "gemini": (
        Script("approve", "STUB:tool touch live.txt STUB:echo made", "success", answer="Enter"),
    ),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one turn was told, beside how it was."""

    script: str
    typed: bool
    wanted: str
    told: str
    #: Seconds from the API's first byte to `active`, and from its last to the verdict.
    begin_delay: float | None
    end_delay: float | None
    #: Times at which something false was told in between.
    lies: tuple[str, ...]

    @property
    def right(self) -> bool:
        """True when the verdict is the truth and nothing false was told on the way."""
        return self.told == self.wanted and not self.lies


def play(found: Lab, turns: int) -> Iterator[Verdict]:
    """That many turns, all kinds in rotation."""
    scripts = itertools.cycle((*COMMON, *TOOLS[found.tool]))
    for number, script in enumerate(itertools.islice(scripts, turns)):
        yield _turn(found, script, typed=number % 2 == 0)


def _turn(found: Lab, script: Script, typed: bool) -> Verdict:
    clear(found)
    after, seen = found.reader.last_event_id(), len(found.api_log())
    if typed:
        found.write(script.prompt)
        time.sleep(0.4)
        found.keys("Enter")
    else:
        found.submit(script.prompt)
    pressed = _act(found, script)
    _await_end(found, after, seen)
    time.sleep(0.5)
    events = _own(found, after)
    begin, end = _truth(found, seen)
    return Verdict(
        script.name,
        typed,
        script.result,
        _last_result(events),
        _delay(events, begin, "active"),
        _verdict_delay(events, pressed or end),
        tuple(_lies(events, begin, pressed or end)),
    )


def _act(found: Lab, script: Script) -> float | None:
    """Do what a person does during the turn; when Escape was pressed."""
    if script.answer:
        wait_until(lambda: _blocked(found), "the dialog is told", seconds=20)
        found.keys(script.answer)
    if script.escape_after is None:
        return None
    time.sleep(script.escape_after)
    pressed = time.time()
    found.keys("Escape")
    return pressed


def _blocked(found: Lab) -> bool:
    state = found.state()
    return state is not None and state.tracked.surface.blocked_on is not None


def _await_end(found: Lab, after: str, seen: int) -> None:
    # Until the API was asked, what is told is the verdict on the turn before.
    wait_until(lambda: bool(found.api_log()[seen:]), "the API is asked", seconds=30)
    begin = found.api_log()[seen]["t"]
    wait_until(
        lambda: _last_result([e for e in _own(found, after) if _at(e) >= begin]) != "none",
        "a verdict",
        seconds=60,
    )


def _own(found: Lab, after: str) -> list[FleetEvent]:
    events = found.events(after)
    return [e for e in events if e.agent_id == found.agent_id and "turn_phase" in e.fields]


def _last_result(events: list[FleetEvent]) -> str:
    return events[-1].fields.get("last_turn_result", "none") if events else "none"


def _truth(found: Lab, seen: int) -> tuple[float, float]:
    entries = found.api_log()[seen:]
    begins = [e["t"] for e in entries if e["event"] == "begin"]
    ends = [e["t"] for e in entries if e["event"] == "end"]
    return (min(begins), max(ends)) if begins and ends else (time.time(), time.time())


def _at(event: FleetEvent) -> float:
    return int(event.event_id.partition("-")[0]) / 1000


def _delay(events: list[FleetEvent], since: float, phase: str) -> float | None:
    times = [_at(e) for e in events if e.fields["turn_phase"] == phase]
    return times[0] - since if times else None


def _verdict_delay(events: list[FleetEvent], since: float) -> float | None:
    times = [_at(e) for e in events if e.fields["last_turn_result"] != "none" and _at(e) >= since]
    return times[0] - since if times else None


def _lies(events: list[FleetEvent], begin: float, end: float) -> Iterator[str]:
    for event, following in itertools.zip_longest(events, events[1:]):
        until = min(_at(following) if following else end, end)
        told, result = event.fields["turn_phase"], event.fields["last_turn_result"]
        if told == "ready" and until - max(_at(event), begin) > SLACK:
            yield f"ready for {until - max(_at(event), begin):.1f} s of the turn"
        if result == "success" and _at(event) < end - 0.05:
            yield f"success {end - _at(event):.1f} s before the end"


def table(tool: str, verdicts: list[Verdict]) -> str:
    """One row of figures and a line for each wrong turn."""
    begins = [v.begin_delay for v in verdicts if v.begin_delay is not None]
    ends = [v.end_delay for v in verdicts if v.end_delay is not None]
    right = sum(v.right for v in verdicts)
    row = (
        f"{tool:7} {right}/{len(verdicts)} right; begin to active {_spread(begins)}; "
        f"end to verdict {_spread(ends)}"
    )
    wrong = [
        f"  {v.script} typed={v.typed}: wanted {v.wanted}, told {v.told} {v.lies}"
        for v in verdicts
        if not v.right
    ]
    return "\n".join((row, *wrong))


def _spread(values: list[float]) -> str:
    if len(values) < 2:
        return "-"
    p95 = statistics.quantiles(values, n=20)[-1]
    return f"median {statistics.median(values):.2f} s, p95 {p95:.2f} s"
