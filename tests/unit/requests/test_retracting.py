"""Our own texts are taken out of composers again."""

from dataclasses import replace

from houmao.detect.signals import Tristate
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import MOST_PRESSES, Finish, Paste, TakeOut
from tests.unit.requests.looks import DRAFT, IDLE, OURS, PROMPT, actions, look, outcome

LEFT = replace(IDLE, editing_input=Tristate.YES, prompt_text="write the docs")


def test_what_the_tool_does_not_take_is_taken_out_again() -> None:
    """Enter is tried a few times; then our text goes, and the answer says so."""
    tries = [look(1 + 1.5 * number, OURS) for number in range(MOST_PRESSES + 2)]
    done = actions(PROMPT, [look(0), look(0.3), look(0.7, OURS), *tries, look(9, IDLE)])
    assert TakeOut() in done
    assert isinstance(done[-1], Finish)
    assert "taken out of the composer again" in done[-1].detail


def test_what_an_earlier_prompt_left_is_no_draft() -> None:
    """It is taken out once, and the prompt goes its way; a person's text stays refused."""
    ours = [replace(look(at, LEFT), left="write the docs") for at in (0.0, 0.1)]
    after = [replace(look(at), left="write the docs") for at in (0.2, 0.6)]
    done = actions(PROMPT, [*ours, *after])
    assert (done[0], done[-1]) == (TakeOut(), Paste())
    theirs = replace(look(0, DRAFT), left="write the docs")
    assert outcome(actions(PROMPT, [theirs])) is RequestOutcome.DRAFT_PRESENT


def test_what_stays_in_the_composer_is_told() -> None:
    """Nobody waits for ever for our own text to go."""
    stays = [replace(look(at, LEFT), left="write the docs") for at in (0.0, 1.0, 9.0)]
    assert outcome(actions(PROMPT, stays)) is RequestOutcome.DRAFT_PRESENT
