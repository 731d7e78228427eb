"""What is counted of the fleet: one hash, in which each count stands under its labels.

Each count is a step of the write set that tells what it counts, so that nothing counts twice.
Labels are few and say nothing of agents, prompts or people. No I/O here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from houmao.clock import parse_iso
from houmao.requests.request import RequestOutcome, RequestState
from houmao.state import keys
from houmao.track.state import TurnPhase

_SEPARATOR = "|"
TURNS, REQUESTS, CONTRADICTIONS = "turns", "requests", "contradictions"


@dataclass(frozen=True, slots=True)
class Durations:
    """Durations of one kind: a count for each class under `name`, and their sum under `total`.

    `bounds` are the classes' upper ones in seconds; more is one more class. The sum is in whole
    parts of a second, `parts` to one.
    """

    name: str
    total: str
    bounds: tuple[float, ...]
    parts: int = 1000

    def class_of(self, seconds: float) -> str:
        """The label of the class of that duration."""
        return next((str(it) for it in self.bounds if seconds <= it), "+Inf")


DELIVERIES = Durations(
    "deliveries", "delivery_ms", (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
)
TURN_TIMES = Durations(
    "turn_times", "turn_ms", (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
)
BLOCKED_TIMES = Durations(
    "blocked_times", "blocked_ms", (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)
)
CAPTURES = Durations(
    "captures", "capture_us", (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0), 10**6
)
DETECTIONS = Durations(
    "detections", "detection_us", (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5), 10**6
)


@dataclass(frozen=True, slots=True)
class Total:
    """How often something happened; `labels` are in the order in which they were counted."""

    name: str
    labels: tuple[str, ...]
    count: int


def counted(event: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The commands that count what an event of the fleet's stream tells."""
    host = event.get("host", "")
    if event.get("state") == RequestState.ENDED and "request_id" in event:
        yield _one(REQUESTS, host, event.get("kind", ""), event.get("outcome", ""))
        if event.get("outcome") == RequestOutcome.SUBMITTED:
            seconds = parse_iso(event["ended_at"]) - parse_iso(event["created_at"])
            yield from lasted(DELIVERIES, seconds, host)
    result = event.get("last_turn_result", "none")
    if result != "none" and "last_turn_result" in event.get("changed_fields", "").split():
        yield _one(TURNS, host, event.get("tool", ""), result)


def ended(
    host: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """The commands that count what ended as an agent's state became another: hashes of states.

    A turn and a wait for a person last from when they were first seen; what began before anybody
    looked is not counted.
    """
    tool = after.get("tool", "")
    if (before.get("turn_phase"), after.get("turn_phase")) == (TurnPhase.ACTIVE, TurnPhase.READY):
        began, over = before.get("phase_since"), after.get("phase_since")
        yield from _between(TURN_TIMES, began, over, host, tool)
    waited_for = before.get("blocked_on")
    if waited_for and waited_for != after.get("blocked_on"):
        since = before.get("blocked_since")
        yield from _between(BLOCKED_TIMES, since, after.get("captured_at"), host, tool, waited_for)
    found, known = (int(it.get("contradictions", "0")) for it in (after, before))
    if before and found > known:
        yield _one(CONTRADICTIONS, host, tool, by=found - known)


def lasted(durations: Durations, seconds: float, *labels: str) -> Iterator[tuple[str, ...]]:
    """The commands that count one duration."""
    yield from added_up(durations, {durations.class_of(seconds): 1}, seconds, *labels)


def added_up(
    durations: Durations, classes: Mapping[str, int], seconds: float, *labels: str
) -> Iterator[tuple[str, ...]]:
    """The commands that count many durations, by class, which make so many seconds together."""
    for name, count in classes.items():
        yield _one(durations.name, *labels, name, by=count)
    yield _one(durations.total, *labels, by=round(max(0.0, seconds) * durations.parts))


def totals_from(found: Mapping[str, str]) -> list[Total]:
    """The counts of the hash; what is none is left out."""
    parts = ((name.split(_SEPARATOR), count) for name, count in found.items())
    return [
        Total(words[0], tuple(words[1:]), int(count)) for words, count in parts if count.isdecimal()
    ]


def _one(name: str, *labels: str, by: int = 1) -> tuple[str, ...]:
    clean = (it.replace(_SEPARATOR, "/") for it in labels)
    return ("HINCRBY", keys.TOTALS, _SEPARATOR.join((name, *clean)), str(by))


def _between(
    durations: Durations, since: str | None, until: str | None, *labels: str
) -> Iterator[tuple[str, ...]]:
    if since and until:
        yield from lasted(durations, parse_iso(until) - parse_iso(since), *labels)
