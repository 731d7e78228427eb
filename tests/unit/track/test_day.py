"""What is counted of a day, and to which day it belongs."""

from dataclasses import replace
from datetime import datetime

from houmao.detect.signals import BlockedOn
from houmao.track.day import DayTally
from houmao.track.standing import Standing
from houmao.track.state import (
    LastTurn,
    LastTurnResult,
    LastTurnSource,
    Surface,
    TrackedState,
    TurnPhase,
)
from tests.unit.track.hosting import PARSED

NOON = datetime(2026, 11, 29, 12).timestamp()
READY = TrackedState(phase=TurnPhase.READY)
ACTIVE = replace(READY, phase=TurnPhase.ACTIVE)
ASKING = replace(ACTIVE, surface=Surface(blocked_on=BlockedOn.APPROVAL))


def ended(result: LastTurnResult) -> TrackedState:
    return replace(READY, last_turn=LastTurn(result, LastTurnSource.SURFACE_INFERENCE))


def told(*looks: tuple[float, TrackedState]) -> DayTally:
    """The tally of an agent that was told of so, seconds after noon."""
    standing = Standing()
    for seconds, tracked in looks:
        standing = standing.after(PARSED, tracked, NOON + seconds)
    return standing.today


def test_a_turn_with_a_question_is_work_and_waiting() -> None:
    tally = told(
        (0, READY), (10, ACTIVE), (30, ASKING), (90, ACTIVE), (95, ended(LastTurnResult.SUCCESS))
    )
    assert (tally.day, tally.turns, tally.failed) == ("2026-11-29", 1, 0)
    assert (tally.worked_seconds, tally.waited_seconds) == (25, 60)


def test_what_goes_on_is_counted_up_to_the_moment() -> None:
    tally = told((0, READY), (10, ACTIVE))
    assert tally.until(NOON + 70, ACTIVE).worked_seconds == 60
    assert tally.until(NOON + 70, READY).worked_seconds == 0


def test_every_end_counts_once() -> None:
    """Another word for the same end, or evidence beside it, is no other turn."""
    failed = ended(LastTurnResult.KNOWN_FAILURE)
    journal = LastTurn(LastTurnResult.KNOWN_FAILURE, LastTurnSource.EXPLICIT_INPUT)
    tally = told(
        (0, READY),
        (1, failed),
        (2, replace(failed, last_turn=journal)),
        (3, replace(ACTIVE, last_turn=LastTurn())),
        (4, ended(LastTurnResult.INTERRUPTED)),
    )
    assert (tally.turns, tally.failed) == (2, 1)


def test_a_day_begins_at_midnight() -> None:
    """Of a turn over midnight the new day has the part that fell into it."""
    tally = told((0, READY), (1, ACTIVE))
    morning = NOON + 12.5 * 3600
    later = tally.until(morning, ACTIVE)
    assert (later.day, later.worked_seconds, later.turns) == ("2026-11-30", 1800, 0)


def test_nothing_is_counted_before_the_first_look() -> None:
    """And nothing across the end of a watch process, whose last word may be old."""
    assert told((0, ACTIVE)).worked_seconds == 0
    kept = told((0, READY), (10, ACTIVE))
    again = Standing(today=kept).after(PARSED, ACTIVE, NOON + 100)
    assert again.today.worked_seconds == 0
