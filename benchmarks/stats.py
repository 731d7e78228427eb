"""What was painted against what was seen: latencies, missed turns, false claims. Pure.

All times are seconds on one monotonic clock.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Mark:
    """Something an agent painted: `turn_begin`, `turn_end`, … and when it had left for the pane."""

    agent: str
    mark: str
    at: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """A published state of an agent, and when a reader had it in hand."""

    agent: str
    at: float
    phase: str
    result: str = "none"


@dataclass(frozen=True, slots=True)
class Spread:
    """How values are spread; the unit is that of the values."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One painted turn; `until` is when the agent's next turn began, infinity without one."""

    agent: str
    began: float
    ended: float
    until: float


@dataclass(slots=True)
class Judgement:
    """What became of all turns. `begin`, `end` and `verdict` are latencies in seconds.

    `verdict` counts from the painted end to a published success; the tracker waits on purpose
    until the screen has settled.
    """

    turns: int = 0
    missed: int = 0
    end_unseen: int = 0
    false_ready: int = 0
    false_active: int = 0
    begin: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    verdict: list[float] = field(default_factory=list)


Noted = TypeVar("Noted", Mark, Sighting)

#: A state published this long after the paint that contradicts it was not just under way.
UNDER_WAY_SECONDS = 0.3


def spread(values: Iterable[float]) -> Spread | None:
    """Count, quantiles (nearest rank) and worst of the values; None when there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    p50, p95, p99 = (quantile(ordered, share) for share in (0.5, 0.95, 0.99))
    return Spread(len(ordered), p50, p95, p99, ordered[-1])


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the sorted values do not exceed."""
    rank = -(-len(ordered) * share // 1)
    return ordered[max(0, int(rank) - 1)]


def turns_of(marks: Iterable[Mark]) -> list[Turn]:
    """Every turn that began and ended, in order of beginning."""
    turns: list[Turn] = []
    for own in _by_agent(marks).values():
        for at, mark in enumerate(own):
            following = own[at + 1] if at + 1 < len(own) else None
            if mark.mark == "turn_begin" and following and following.mark == "turn_end":
                later = own[at + 2].at if at + 2 < len(own) else inf
                turns.append(Turn(mark.agent, mark.at, following.at, later))
    return sorted(turns, key=lambda turn: turn.began)


def judge(marks: Iterable[Mark], sightings: Iterable[Sighting], until: float) -> Judgement:
    """Hold every sighting against the turns that were painted to their end before `until`.

    Sightings should reach some seconds further, so that the last turns can be seen, too.
    """
    seen = _by_agent(sightings)
    judgement = Judgement()
    for turn in turns_of(marks):
        if turn.ended < until:
            own = [it for it in seen.get(turn.agent, []) if turn.began <= it.at < turn.until]
            _judge_turn(judgement, turn, own)
    return judgement


def _judge_turn(judgement: Judgement, turn: Turn, seen: list[Sighting]) -> None:
    judgement.turns += 1
    active = _first(seen, turn.began, "active")
    if active is None:
        judgement.missed += 1
        return
    judgement.begin.append(active.at - turn.began)
    # A turn may be over before its beginning was published; its end comes after that.
    ready = _first(seen, max(turn.ended, active.at), "ready")
    if ready is None:
        judgement.end_unseen += 1
    else:
        judgement.end.append(ready.at - turn.ended)
        judgement.false_active += _claims(seen, "active", ready.at, turn.until)
    success = next((it for it in seen if it.at >= turn.ended and it.result == "success"), None)
    if success is not None:
        judgement.verdict.append(success.at - turn.ended)
    judgement.false_ready += _claims(seen, "ready", turn.began + UNDER_WAY_SECONDS, turn.ended)


def _first(seen: list[Sighting], since: float, phase: str) -> Sighting | None:
    return next((it for it in seen if it.at >= since and it.phase == phase), None)


def _claims(seen: list[Sighting], phase: str, since: float, until: float) -> int:
    return sum(it.phase == phase for it in seen if since < it.at < until)


def _by_agent(items: Iterable[Noted]) -> dict[str, list[Noted]]:
    found: defaultdict[str, list[Noted]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.at):
        found[item.agent].append(item)
    return dict(found)
