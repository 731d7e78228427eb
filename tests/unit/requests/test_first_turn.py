"""A journal may be found, or begun, only with the first turn: then the screen has the last word."""

from dataclasses import replace

from houmao.detect.signals import TurnView
from houmao.requests.departure import WITNESS_SECONDS
from houmao.requests.request import RequestOutcome
from tests.unit.requests.looks import GONE, IDLE, PROMPT, actions, look, outcome

ANSWERED = replace(IDLE, turn=TurnView("writethetests", 1, answered=True))


def told(shown: TurnView, begun: int) -> RequestOutcome | None:
    """The outcome where the journal stays silent and the screen shows that turn."""
    last = look(1.0 + WITNESS_SECONDS, replace(IDLE, turn=shown))
    looks = (*GONE, look(0.8), last)
    return outcome(actions(PROMPT, [replace(each, turns_begun=begun) for each in looks]))


def test_the_first_turn_counts_when_the_screen_has_its_answer() -> None:
    """The journal may simply be late; a turn of another prompt is no proof."""
    assert told(ANSWERED.turn, 0) is RequestOutcome.SUBMITTED
    assert told(replace(ANSWERED.turn, answered=False), 0) is RequestOutcome.UNVERIFIED
    assert told(replace(ANSWERED.turn, prompt="another"), 0) is RequestOutcome.UNVERIFIED


def test_a_later_turn_is_the_journals_to_tell() -> None:
    """The same prompt may stand there from before."""
    assert told(ANSWERED.turn, 1) is RequestOutcome.UNVERIFIED


def test_a_journal_that_another_process_began_is_no_witness() -> None:
    """A tool that was started anew in its pane: the screen tells, as without a journal."""
    looks = [replace(each, turns_begun=3) for each in (*GONE, look(0.8))]
    assert outcome(actions(PROMPT, [*looks, replace(look(1.2), turns_begun=1)])) is (
        RequestOutcome.SUBMITTED
    )
