"""A turn that has ended is unseen until a person has the screen before their eyes."""

from houmao.track.diagnostics import Diagnostics
from houmao.track.standing import Standing
from houmao.track.state import (
    LastTurn,
    LastTurnResult,
    LastTurnSource,
    TrackedState,
    TurnPhase,
)

ACTIVE = TrackedState(phase=TurnPhase.ACTIVE)
ENDED = TrackedState(
    phase=TurnPhase.READY,
    last_turn=LastTurn(LastTurnResult.SUCCESS, LastTurnSource.SURFACE_INFERENCE),
)


def unseen(*told: tuple[TrackedState, bool]) -> list[bool]:
    """After each of these states, seen or not."""
    standing, found = Standing(), []
    for tracked, in_sight in told:
        standing = standing.after(Diagnostics(), tracked, 0.0, in_sight=in_sight)
        found.append(standing.unseen)
    return found


def test_it_stays_unseen_until_somebody_looks() -> None:
    told = ((ACTIVE, False), (ENDED, False), (ENDED, False), (ENDED, True), (ENDED, False))
    assert unseen(*told) == [False, True, True, False, False]


def test_what_ends_before_somebodys_eyes_was_seen() -> None:
    assert unseen((ACTIVE, True), (ENDED, True), (ENDED, False)) == [False] * 3


def test_new_work_is_no_longer_something_to_look_at() -> None:
    assert unseen((ACTIVE, False), (ENDED, False), (ACTIVE, False)) == [False, True, False]
