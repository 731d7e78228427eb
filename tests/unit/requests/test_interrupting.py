"""A turn is stopped, and nothing else."""

from dataclasses import replace

from houmao.detect.signals import BlockedOn
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import Press, Wait
from houmao.track.state import TurnPhase
from tests.unit.requests.looks import IDLE, INTERRUPT, WORKING, actions, look, outcome


def test_an_interrupt_presses_escape_until_the_turn_stops() -> None:
    """It is told as done only when the agent does not work any more."""
    active = [look(t, WORKING, TurnPhase.ACTIVE) for t in (0, 0.5, 1.1)]
    done = actions(INTERRUPT, [*active, look(1.5)])

    assert [action for action in done if isinstance(action, Press)] == [Press("Escape")] * 2
    assert outcome(done) is RequestOutcome.INTERRUPTED


def test_where_escape_is_to_be_pressed_again_it_is_at_once_but_not_a_third_time() -> None:
    """Some tools forget the first key within a second; a third would mean something else."""
    asks = replace(WORKING, stops_on_second_key=True)
    looks = [look(t, asks, TurnPhase.ACTIVE) for t in (0, 0.1, 0.2, 0.4, 0.9)]
    done = actions(INTERRUPT, [*looks, look(1.0)])

    assert [isinstance(action, Press) for action in done[:5]] == [True, False, True, False, False]
    assert outcome(done) is RequestOutcome.INTERRUPTED


def test_an_idle_agent_is_not_interrupted() -> None:
    """Escape on an idle composer would do something else."""
    assert outcome(actions(INTERRUPT, [look(0)])) is RequestOutcome.NO_OP


def test_an_interrupt_waits_for_the_turn_of_a_prompt_that_was_taken() -> None:
    """On a busy machine the turn shows late; once its verdict is there, there is none to stop."""
    due = replace(look(0), verdict_due=True)
    runs = replace(look(1.0, WORKING, TurnPhase.ACTIVE), verdict_due=True)
    assert actions(INTERRUPT, [due, runs]) == [Wait(), Press("Escape")]
    assert outcome(actions(INTERRUPT, [due, look(1.0)])) is RequestOutcome.NO_OP


def test_an_interrupt_refuses_an_approval() -> None:
    """The turn that asks is a running turn."""
    asking = replace(IDLE, blocked_on=BlockedOn.APPROVAL)
    done = actions(INTERRUPT, [look(0, asking, TurnPhase.UNKNOWN), look(0.4)])

    assert done[0] == Press("Escape")
    assert outcome(done) is RequestOutcome.INTERRUPTED
