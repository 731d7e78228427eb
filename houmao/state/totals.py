"""What is counted of the fleet: one hash, in which each count stands under its labels.

Each count is a step of the write set that tells what it counts, so that nothing counts twice.
Labels are few and say nothing of agents, prompts or people. No I/O here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from houmao.clock import parse_iso
from houmao.requests.request import RequestOutcome, RequestState
from houmao.state import keys

#: Upper bounds in seconds of the classes in which deliveries are counted; more is the last one.
DELIVERY_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_SEPARATOR = "|"
TURNS, REQUESTS, DELIVERIES, DELIVERY_MS = "turns", "requests", "deliveries", "delivery_ms"


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
            yield _one(DELIVERIES, host, _class_of(seconds))
            yield _one(DELIVERY_MS, host, by=round(max(0.0, seconds) * 1000))
    result = event.get("last_turn_result", "none")
    if result != "none" and "last_turn_result" in event.get("changed_fields", "").split():
        yield _one(TURNS, host, event.get("tool", ""), result)


def totals_from(found: Mapping[str, str]) -> list[Total]:
    """The counts of the hash; what is none is left out."""
    parts = ((name.split(_SEPARATOR), count) for name, count in found.items())
    return [
        Total(words[0], tuple(words[1:]), int(count)) for words, count in parts if count.isdecimal()
    ]


def _one(name: str, *labels: str, by: int = 1) -> tuple[str, ...]:
    clean = (it.replace(_SEPARATOR, "/") for it in labels)
    return ("HINCRBY", keys.TOTALS, _SEPARATOR.join((name, *clean)), str(by))


def _class_of(seconds: float) -> str:
    return next((str(it) for it in DELIVERY_BOUNDS if seconds <= it), "+Inf")
