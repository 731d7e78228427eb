"""When an agent is typed into, and when a person is asked instead."""

from dataclasses import replace

import pytest

from houmao.detect.signals import BlockedOn, Signals, Tristate, TurnView
from houmao.requests.readiness import CALM_SECONDS, FIRST_CALM_SECONDS
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import AgentSnapshot, Paste, Wait
from houmao.track.state import TurnPhase
from tests.unit.requests.looks import (
    DEADLINE,
    DRAFT,
    IDLE,
    INTERRUPT,
    PROMPT,
    WORKING,
    actions,
    look,
    outcome,
)


def test_a_busy_agent_is_waited_for() -> None:
    """Nothing is typed while a turn runs, and calm is counted from its end."""
    working = [look(t, WORKING, TurnPhase.ACTIVE) for t in (0, 5, 10)]
    done = actions(PROMPT, [*working, look(11), look(11 + CALM_SECONDS)])

    assert all(isinstance(action, Wait) for action in done[:-1])
    assert done[-1] == Paste()


def test_a_flicker_of_readiness_is_not_believed() -> None:
    """One ready frame between two of work types nothing."""
    done = actions(PROMPT, [look(0), look(0.1, WORKING, TurnPhase.ACTIVE), look(0.2), look(0.3)])

    assert all(isinstance(action, Wait) for action in done)


def test_a_tool_that_has_just_started_is_waited_for_longer() -> None:
    """What looks ready before its first question is not."""
    fresh = replace(IDLE, turn=TurnView())
    asks = replace(fresh, blocked_on=BlockedOn.TRUST)
    done = actions(PROMPT, [look(0, fresh), look(0.6, fresh), look(0.7, asks)])
    assert outcome(done) is RequestOutcome.BLOCKED
    done = actions(PROMPT, [look(0, fresh), look(FIRST_CALM_SECONDS, fresh)])
    assert done[-1] == Paste()


def test_keys_that_the_tool_has_not_read_are_waited_for() -> None:
    """They are somebody's draft, or what somebody sends: ours would stand behind it."""
    behind = [replace(look(t), unread_keys=True) for t in (0, 1, 2)]
    done = actions(PROMPT, [*behind, look(2.1), look(2.1 + CALM_SECONDS)])
    assert all(isinstance(action, Wait) for action in done[:-1])
    assert done[-1] == Paste()
    late = replace(look(DEADLINE), unread_keys=True)
    assert outcome(actions(PROMPT, [*behind, late])) is RequestOutcome.EXPIRED


def test_a_verdict_that_is_due_is_not_taken_away() -> None:
    """The next prompt waits until the one before it was judged."""
    done = actions(PROMPT, [replace(look(t), verdict_due=True) for t in (0, 1, 2)])

    assert all(isinstance(action, Wait) for action in done)


@pytest.mark.parametrize(
    ("signals", "refused"),
    [
        (DRAFT, RequestOutcome.DRAFT_PRESENT),
        (replace(IDLE, blocked_on=BlockedOn.APPROVAL), RequestOutcome.BLOCKED),
        (replace(IDLE, blocked_on=BlockedOn.SHELL_MODE), RequestOutcome.BLOCKED),
        (None, RequestOutcome.PROCESS_GONE),
    ],
)
def test_what_a_person_must_settle_is_refused_at_once(
    signals: Signals | None, refused: RequestOutcome
) -> None:
    """Nothing is typed into a draft, a dialog or a bare shell, whatever else is waited for."""
    waiting = replace(look(0, signals), verdict_due=True)

    assert outcome(actions(PROMPT, [waiting])) is refused


def test_a_menu_over_a_running_turn_is_waited_for() -> None:
    """It may be gone when the turn is over."""
    menu = replace(IDLE, blocked_on=BlockedOn.MENU)
    waits = actions(PROMPT, [look(0, replace(menu, active_evidence=True), TurnPhase.ACTIVE)])
    assert isinstance(waits[-1], Wait)
    assert outcome(actions(PROMPT, [look(0, menu)])) is RequestOutcome.BLOCKED


def test_what_may_be_a_draft_is_refused_after_a_while() -> None:
    """A tool's own suggestion goes away by itself, a draft does not."""
    doubtful = replace(DRAFT, editing_input=Tristate.UNKNOWN, ready_posture=Tristate.UNKNOWN)
    stays = [look(t, doubtful, TurnPhase.UNKNOWN) for t in (0, 2, 4, 5)]
    assert outcome(actions(PROMPT, stays)) is RequestOutcome.DRAFT_PRESENT
    goes = [*stays[:3], look(4.5), look(4.8)]
    assert actions(PROMPT, goes)[-1] == Paste()


def test_a_tool_whose_screens_nobody_knows_is_not_called_gone() -> None:
    """It may well run; whether it is ready cannot be told."""
    unknown = AgentSnapshot(0, TurnPhase.UNKNOWN, None, readable=False)
    assert outcome(actions(PROMPT, [unknown])) is RequestOutcome.NOT_READY
    assert outcome(actions(INTERRUPT, [unknown])) is RequestOutcome.NOT_READY


def test_a_deadline_ends_the_wait() -> None:
    """An agent that stays busy lets the request expire untyped."""
    done = actions(PROMPT, [look(t, WORKING, TurnPhase.ACTIVE) for t in (0, DEADLINE)])

    assert outcome(done) is RequestOutcome.EXPIRED


def test_an_agent_that_has_been_ready_is_typed_into_at_once() -> None:
    """How long it has been so is known from the looks before."""
    assert actions(PROMPT, [replace(look(0), still_for=CALM_SECONDS)]) == [Paste()]
    assert actions(PROMPT, [replace(look(0), still_for=0.1)]) != [Paste()]
