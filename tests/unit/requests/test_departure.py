"""What is told once Enter was pressed, and who has to have seen it."""

from dataclasses import replace

import pytest

from houmao.detect.signals import BlockedOn, Signals, Tristate, TurnView
from houmao.requests.departure import BUSY_WITNESS_SECONDS, WITNESS_SECONDS, WORDS_SECONDS
from houmao.requests.request import RequestKind, RequestOutcome
from houmao.requests.steps import MOST_PRESSES, AgentSnapshot, Finish, Paste, Press, TakeOut, Wait
from houmao.tools.parts.texts import TextFate
from houmao.track.state import TurnPhase
from tests.unit.requests.looks import (
    DRAFT,
    GONE,
    IDLE,
    OURS,
    PROMPT,
    WORKING,
    actions,
    look,
    outcome,
)

COMMAND = replace(PROMPT, kind=RequestKind.RUN_COMMAND, text="/status")
TYPED = replace(IDLE, editing_input=Tristate.YES, prompt_text="/status")


def test_enter_is_repeated_only_while_our_text_stands() -> None:
    """A swallowed Enter is pressed again, boundedly often; nothing is pasted again."""
    stuck = [look(0.7 + 1.1 * n, OURS) for n in range(8)]
    done = actions(PROMPT, [look(0), look(0.3), look(0.4, OURS), look(0.65, OURS), *stuck])

    assert done.count(Paste()) == 1
    assert sum(isinstance(action, Press) for action in done) == MOST_PRESSES
    assert outcome(done) is RequestOutcome.UNVERIFIED


@pytest.mark.parametrize(
    ("told", "fate", "wanted"),
    [
        (6, TextFate.KEPT, RequestOutcome.SUBMITTED),
        (6, TextFate.NAMED, RequestOutcome.SUBMITTED),
        (6, TextFate.CHANGED, RequestOutcome.CHANGED),
        # Of several nobody knows which is ours.
        (7, TextFate.CHANGED, RequestOutcome.SUBMITTED),
    ],
)
def test_the_journal_tells_whether_the_words_were_kept(
    told: int, fate: TextFate, wanted: RequestOutcome
) -> None:
    """A turn of another text is told as such, and never as submitted."""
    typed = [replace(each, turns_begun=3, prompts_told=5) for each in GONE]
    heard = replace(look(0.9, WORKING), turns_begun=4, prompts_told=told, fate=fate)
    assert outcome(actions(PROMPT, [*typed, heard])) is wanted


def test_the_words_of_a_turn_may_follow_its_beginning() -> None:
    """They are waited for, but not for ever: some versions never tell them."""
    typed = [replace(each, turns_begun=3, prompts_told=5) for each in GONE]
    begun = replace(look(0.8, WORKING), turns_begun=4, prompts_told=5)
    assert isinstance(actions(PROMPT, [*typed, begun])[-1], Wait)
    changed = replace(begun, at=0.9, prompts_told=6, fate=TextFate.CHANGED)
    assert outcome(actions(PROMPT, [*typed, begun, changed])) is RequestOutcome.CHANGED
    never = replace(begun, at=0.7 + WORDS_SECONDS)
    assert outcome(actions(PROMPT, [*typed, begun, never])) is RequestOutcome.SUBMITTED


def test_a_turn_of_a_persons_prompt_is_not_ours() -> None:
    """Ours stands in the composer while the journal tells of another text."""
    typed = [replace(each, turns_begun=3, prompts_told=5) for each in GONE]
    theirs = replace(look(1.8, OURS), turns_begun=4, prompts_told=6, fate=TextFate.CHANGED)
    assert isinstance(actions(PROMPT, [*typed, theirs])[-1], Press)


def test_a_command_that_the_tool_does_not_know_is_told_as_that() -> None:
    """By its screen, or because its model got it; one that stays in the composer is taken out."""
    typed = [look(0), look(0.3), look(0.4, TYPED), look(0.7, TYPED)]
    unknown = replace(look(0.8), unknown_shown=1)
    assert outcome(actions(COMMAND, [*typed, unknown])) is RequestOutcome.COMMAND_UNKNOWN
    said_before = [replace(each, unknown_shown=1) for each in (*typed, look(1.6))]
    assert outcome(actions(COMMAND, said_before)) is RequestOutcome.COMMAND_TAKEN
    stays = replace(look(0.8, TYPED), unknown_shown=1)
    done = actions(COMMAND, [*typed, stays, replace(unknown, at=1.0)])
    assert (done[-2], outcome(done)) == (TakeOut(), RequestOutcome.COMMAND_UNKNOWN)
    asked = [replace(each, prompts_told=2) for each in typed]
    told = replace(look(0.8, WORKING), prompts_told=3)
    assert outcome(actions(COMMAND, [*asked, told])) is RequestOutcome.COMMAND_UNKNOWN
    expanded = replace(look(1.6, WORKING), prompts_told=3, fate=TextFate.CHANGED)
    assert outcome(actions(COMMAND, [*asked, expanded])) is RequestOutcome.COMMAND_TAKEN


def test_another_text_in_the_composer_is_no_departure() -> None:
    """A tool may make a line end of Enter: what then stands there is sent by nobody."""
    typed = [look(0), look(0.3), look(0.4, OURS), look(0.7, OURS)]
    done = actions(PROMPT, [*typed, look(0.8, DRAFT), look(1.8, DRAFT)])
    assert outcome(done) is RequestOutcome.UNVERIFIED
    assert [it.key for it in done if isinstance(it, Press)] == ["Enter"]
    steered = look(0.8, DRAFT, TurnPhase.ACTIVE)
    assert outcome(actions(PROMPT, [*typed, steered])) is RequestOutcome.SUBMITTED


def test_the_journal_is_a_witness_where_there_is_one() -> None:
    """An empty composer alone is no proof then, and a turn in the journal is, whatever shows."""
    told = [replace(each, turns_begun=3) for each in (*GONE, look(0.8), look(0.9))]
    late = replace(look(1.2), turns_begun=4)
    assert isinstance(actions(PROMPT, told)[-1], Wait)
    assert outcome(actions(PROMPT, [*told, late])) is RequestOutcome.SUBMITTED
    asks = replace(IDLE, prompt_visible=False, blocked_on=BlockedOn.APPROVAL)
    asked = replace(look(0.8, asks), turns_begun=4)
    assert outcome(actions(PROMPT, [*told[:4], asked])) is RequestOutcome.SUBMITTED
    silent = replace(look(1.0 + WITNESS_SECONDS), turns_begun=3)
    assert outcome(actions(PROMPT, [*told, silent])) is RequestOutcome.UNVERIFIED


def test_a_journal_may_be_late_while_the_turn_runs() -> None:
    """A busy machine writes it long after the screen shows work, and then it counts."""
    works = [look(at, WORKING, TurnPhase.ACTIVE) for at in (0.8, 2 + WITNESS_SECONDS)]
    told = [replace(each, turns_begun=3) for each in (*GONE, *works)]
    assert isinstance(actions(PROMPT, told)[-1], Wait)
    late = replace(look(3.0 + WITNESS_SECONDS), turns_begun=4)
    assert outcome(actions(PROMPT, [*told, late])) is RequestOutcome.SUBMITTED
    never = replace(look(1 + BUSY_WITNESS_SECONDS, WORKING, TurnPhase.ACTIVE), turns_begun=3)
    assert outcome(actions(PROMPT, [*told, never])) is RequestOutcome.UNVERIFIED


def test_a_text_typed_behind_enter_hides_no_turn() -> None:
    """A person begins the next one before the journal has ours."""
    drafted = [replace(look(at, DRAFT), turns_begun=3) for at in (0.8, 1.9)]
    told = [*(replace(each, turns_begun=3) for each in GONE), *drafted]
    assert isinstance(actions(PROMPT, told)[-1], Wait)
    heard = replace(look(2.2, DRAFT), turns_begun=4)
    assert outcome(actions(PROMPT, [*told, heard])) is RequestOutcome.SUBMITTED


def test_enter_is_not_pressed_again_on_what_the_journal_has() -> None:
    """A tool may put a prompt back into its composer when its turn has failed."""
    told = [replace(each, turns_begun=3) for each in GONE]
    back = replace(look(1.8, OURS), turns_begun=4)
    assert outcome(actions(PROMPT, [*told, back])) is RequestOutcome.SUBMITTED


def test_what_leaves_no_turn_on_the_screen_was_not_taken() -> None:
    """A tool that obeys a text, and clears its screen, has an empty composer, too."""
    cleared = replace(IDLE, turn=TurnView())
    empty = [look(0.8, cleared), look(1.0 + WITNESS_SECONDS, cleared)]
    assert outcome(actions(PROMPT, [*GONE, *empty])) is RequestOutcome.UNVERIFIED
    assert outcome(actions(PROMPT, [*GONE, empty[0], look(2.0)])) is RequestOutcome.SUBMITTED


def test_enter_is_not_pressed_again_before_the_first_was_read() -> None:
    """The second would take up what the tool proposes next, or send what a person types."""
    typed = [look(0), look(0.3), look(0.4, OURS), look(0.7, OURS)]
    behind = [replace(look(at, OURS), unread_keys=True) for at in (1.8, 3.0, 5.0)]
    assert all(isinstance(it, Wait) for it in actions(PROMPT, [*typed, *behind])[-3:])
    assert isinstance(actions(PROMPT, [*typed, *behind, look(5.1, OURS)])[-1], Press)
    never = replace(look(0.7 + BUSY_WITNESS_SECONDS, OURS), unread_keys=True)
    assert isinstance(actions(PROMPT, [*typed, *behind, never])[-1], Press)


def test_what_somebody_types_behind_our_enter_is_another_text() -> None:
    """The screen shows the turn of ours."""
    shown = TurnView(prompt="writethetests", prompts=2, answered=True)
    other = replace(OURS, prompt_text="and now", composer_text="and now")
    theirs = [look(at, replace(other, turn=shown)) for at in (0.8, 2.0)]
    assert outcome(actions(PROMPT, [*GONE, *theirs])) is RequestOutcome.SUBMITTED
    unseen = [look(at, other) for at in (0.8, 2.0)]
    assert outcome(actions(PROMPT, [*GONE, *unseen])) is RequestOutcome.UNVERIFIED


def test_a_composer_that_is_not_to_be_seen_is_waited_for() -> None:
    """A busy machine draws late; what then shows decides."""
    hidden = replace(IDLE, prompt_visible=False)
    late = [look(0.8, hidden), look(3.0, hidden)]
    assert outcome(actions(PROMPT, [*GONE, *late, look(3.5)])) is RequestOutcome.SUBMITTED
    never = look(1.0 + BUSY_WITNESS_SECONDS, hidden)
    assert outcome(actions(PROMPT, [*GONE, *late, never])) is RequestOutcome.UNVERIFIED


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (look(2.0), RequestOutcome.COMMAND_TAKEN),
        (look(2.0, WORKING), RequestOutcome.COMMAND_TAKEN),
        (look(2.0, None), RequestOutcome.COMMAND_TAKEN),
        (look(0.8, replace(IDLE, blocked_on=BlockedOn.MENU)), RequestOutcome.COMMAND_OPENED_DIALOG),
    ],
)
def test_a_command_has_outcomes_of_its_own(last: AgentSnapshot, told: RequestOutcome) -> None:
    """Taken, also when the tool ends on it, or a dialog that waits for a person."""
    done = actions(COMMAND, [look(0), look(0.3), look(0.4, TYPED), look(0.7, TYPED), last])
    assert outcome(done) is told


def test_a_command_that_stays_is_taken_out_again() -> None:
    """A tool that does not know it leaves it standing."""
    stays = [look(at, TYPED) for at in (0.4, 0.7, 1.0, 9.0)]
    done = actions(COMMAND, [look(0), look(0.3), *stays, look(9.5)])
    assert TakeOut() in done
    assert outcome(done) is RequestOutcome.UNVERIFIED


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [("writethetests", RequestOutcome.SUBMITTED), ("anotherquestion", RequestOutcome.UNVERIFIED)],
)
def test_a_question_about_the_prompt_proves_that_it_arrived(
    prompt: str, wanted: RequestOutcome
) -> None:
    """A tool may ask for permission before its composer is seen again."""
    asks = Signals(
        "test", "1", blocked_on=BlockedOn.APPROVAL, turn=TurnView(prompt=prompt, prompts=1)
    )
    seen = [look(0.0), look(0.3), look(0.7, OURS), look(1.1, OURS)]
    done = actions(PROMPT, [*seen, look(1.2, asks), look(3.0, asks)])
    last = done[-1]
    assert isinstance(last, Finish)
    assert last.outcome is wanted


def test_a_list_of_commands_is_no_dialog() -> None:
    """It stands over the command that is being typed, for a moment."""
    listed = look(0.8, replace(TYPED, blocked_on=BlockedOn.MENU))
    typed = [look(0), look(0.3), look(0.4, TYPED), look(0.7, TYPED), listed]
    assert isinstance(actions(COMMAND, typed)[-1], Wait)
    assert outcome(actions(COMMAND, [*typed, look(1.8)])) is RequestOutcome.COMMAND_TAKEN
