"""A journal may be found late, or fall silent: then the screen has the last word."""

from dataclasses import replace

import pytest

from houmao.detect.signals import TurnView
from houmao.requests.departure import WITNESS_SECONDS
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import Wait
from houmao.tools.parts.texts import TextFate
from tests.unit.requests.looks import GONE, IDLE, PROMPT, WORKING, actions, look, outcome

ANSWERED = replace(IDLE, turn=TurnView("writethetests", 1, answered=True))


def told(shown: TurnView, begun: int, before: TurnView = IDLE.turn) -> RequestOutcome | None:
    """The outcome where the journal stays silent and the screen shows that turn."""
    typed = [replace(it, signals=it.signals and replace(it.signals, turn=before)) for it in GONE]
    last = look(1.0 + WITNESS_SECONDS, replace(IDLE, turn=shown))
    looks = (*typed, look(0.8), last)
    return outcome(actions(PROMPT, [replace(each, turns_begun=begun) for each in looks]))


@pytest.mark.parametrize("begun", [0, 3])
def test_a_turn_counts_when_the_screen_has_its_answer(begun: int) -> None:
    """The journal may be late, or go on in another file; a turn of another prompt is no proof."""
    assert told(ANSWERED.turn, begun) is RequestOutcome.SUBMITTED
    assert told(replace(ANSWERED.turn, answered=False), begun) is RequestOutcome.UNVERIFIED
    assert told(replace(ANSWERED.turn, prompt="another"), begun) is RequestOutcome.UNVERIFIED


def test_a_turn_from_before_is_no_proof() -> None:
    """The same prompt may have been sent before; it stands there twice once it is taken."""
    assert told(ANSWERED.turn, 1, ANSWERED.turn) is RequestOutcome.UNVERIFIED
    assert told(replace(ANSWERED.turn, prompts=2), 1, ANSWERED.turn) is RequestOutcome.SUBMITTED


def test_a_journal_that_missed_a_turn_is_not_waited_for() -> None:
    """What the screen shows counts at once then."""
    shown = look(0.9, replace(WORKING, turn=replace(ANSWERED.turn, answered=False)))
    looks = [replace(each, turns_begun=3) for each in (*GONE, shown)]
    assert isinstance(actions(PROMPT, looks)[-1], Wait)
    silent = [replace(each, journal_silent=True) for each in looks]
    assert outcome(actions(PROMPT, silent)) is RequestOutcome.SUBMITTED


def test_what_a_late_journal_tells_is_of_the_turn_before() -> None:
    """Its words are no proof that the tool made another text of the prompt."""
    typed = [replace(each, turns_begun=3, prompts_told=3) for each in GONE]
    late = replace(look(0.9, replace(IDLE, turn=ANSWERED.turn)), turns_begun=4, prompts_told=4)
    looks = [*typed, replace(late, fate=TextFate.CHANGED)]
    assert outcome(actions(PROMPT, looks)) is RequestOutcome.CHANGED
    silent = [replace(each, journal_silent=True) for each in looks]
    assert outcome(actions(PROMPT, silent)) is RequestOutcome.SUBMITTED


def test_a_journal_that_another_process_began_is_no_witness() -> None:
    """A tool that was started anew in its pane: the screen tells, as without a journal."""
    looks = [replace(each, turns_begun=3) for each in (*GONE, look(0.8))]
    assert outcome(actions(PROMPT, [*looks, replace(look(1.2), turns_begun=1)])) is (
        RequestOutcome.SUBMITTED
    )
