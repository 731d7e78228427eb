"""What calls for a person's attention in an agent's states, each thing once until it has passed.

Judged by what is so and not by what changed: a state that is told again, after a restart or a
gap, brings nothing new, and what happened meanwhile is found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from houmao.notices.notice import NoticeKind

_RESULTS = {"success": NoticeKind.DONE, "known_failure": NoticeKind.FAILED}
_TURNS = {"completed": NoticeKind.DONE, "failed": NoticeKind.FAILED}
_WAITS = (NoticeKind.BLOCKED, NoticeKind.USAGE_LIMIT)


@dataclass(frozen=True, slots=True)
class NoticeCause:
    """Why a person may be told; `reason` is the API's word for what is waited for, or a turn."""

    kind: NoticeKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attention:
    """What a person was told of an agent since it last worked, and since when it has no work."""

    told: frozenset[NoticeCause] = frozenset()
    idle_since: float | None = None

    def hear(
        self, state: Mapping[str, str], at: float
    ) -> "tuple[Attention, tuple[NoticeCause, ...]]":
        """After a state of flat public fields, told at `at`: and what is new in it."""
        causes, phase = tuple(_causes(state)), state.get("turn_phase")
        past = frozenset(it for it in self.told if _is_past(it, phase)) - {*causes}
        idle = phase == "ready" and "blocked_on" not in state
        told = (self.told - past) | {*causes}
        since = (at if self.idle_since is None else self.idle_since) if idle else None
        return Attention(told, since), tuple(it for it in causes if it not in self.told)

    def hear_turn(self, turn: Mapping[str, str]) -> "Heard":
        """After a step of a headless agent's turn."""
        kind = _TURNS.get(turn.get("status", ""))
        if kind is None:
            return self, ()
        cause = NoticeCause(kind, turn["turn_id"])
        return Attention(frozenset((cause,))), () if cause in self.told else (cause,)

    def idle_long(self, now: float, seconds: float) -> "Heard":
        """Once for each time that it has had no work for so long."""
        cause = NoticeCause(NoticeKind.IDLE)
        since = self.idle_since
        if since is None or now - since < seconds or cause in self.told:
            return self, ()
        return replace(self, told=self.told | {cause}), (cause,)


#: What is known afterwards, and what of it is new.
Heard = tuple[Attention, tuple[NoticeCause, ...]]


def _causes(state: Mapping[str, str]) -> Iterator[NoticeCause]:
    blocked = state.get("blocked_on")
    if blocked == NoticeKind.USAGE_LIMIT:
        yield NoticeCause(NoticeKind.USAGE_LIMIT)
    elif blocked:
        yield NoticeCause(NoticeKind.BLOCKED, blocked)
    if result := _RESULTS.get(state.get("last_turn_result", "")):
        yield NoticeCause(result)


def _is_past(cause: NoticeCause, phase: str | None) -> bool:
    """Whether a phase shows that what a person was told is over; `unknown` shows nothing."""
    return phase == "active" or (phase == "ready" and cause.kind in _WAITS)
