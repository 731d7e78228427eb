"""Deliveries as histories of looks, and the actions they must lead to."""

from dataclasses import replace

from houmao.detect.signals import BlockedOn, Frame, Tristate
from houmao.requests.delivery import FOLD_SECONDS, RESUME_SECONDS, advance
from houmao.requests.departure import BUSY_WITNESS_SECONDS
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import (
    Action,
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Paste,
    Press,
    TakeOut,
    Wait,
)
from houmao.tools.parts.texts import TextFate
from tests.unit.requests.looks import (
    DEADLINE,
    DRAFT,
    IDLE,
    OURS,
    PROMPT,
    WORKING,
    actions,
    look,
    outcome,
)


def test_a_ready_agent_gets_the_prompt_once() -> None:
    """Calm, paste, seen twice, Enter, gone: submitted, with exactly one paste and one Enter."""
    done = actions(
        PROMPT,
        [look(0), look(0.3), look(0.4, OURS), look(0.7, OURS), look(0.8, WORKING)],
    )

    assert done[1:4] == [Paste(), done[2], Press("Enter", begins_turn=True)]
    assert outcome(done) is RequestOutcome.SUBMITTED


def test_a_tool_that_stands_still_is_given_time() -> None:
    """It would show the text later, behind which the next one would be pasted."""
    frames = [Frame("idle", 0.0), Frame("idle, redrawn", 1.0)]
    looks = [replace(look(at), frame=frames[0]) for at in (0, 0.3, 7, 14, 20)]
    late = [replace(look(at, OURS), frame=frames[1]) for at in (21, 21.4)]
    done = actions(PROMPT, [*looks, *late])
    assert done[-1] == Press("Enter", begins_turn=True)
    assert outcome(actions(PROMPT, [*looks, replace(look(31), frame=frames[0])])) is (
        RequestOutcome.UNVERIFIED
    )
    moved = [*looks[:2], replace(look(8), frame=frames[1])]
    assert outcome(actions(PROMPT, moved)) is RequestOutcome.UNVERIFIED


def test_a_prompt_that_never_shows_is_not_sent() -> None:
    """Enter on a composer that does not show our text would send somebody else's."""
    done = actions(PROMPT, [look(0), look(0.3), *(look(t, DRAFT) for t in (1, 3, 7))])

    assert not any(isinstance(action, Press) for action in done)
    assert outcome(done) is RequestOutcome.UNVERIFIED


def test_enter_waits_for_a_list_of_completions_to_close() -> None:
    """It would choose from the list; what stays listed is taken out again."""
    listed = replace(OURS, blocked_on=BlockedOn.MENU)
    opens = [look(0), look(0.3), look(0.4, OURS), look(0.7, listed)]
    closes = actions(PROMPT, [*opens, look(1.0, OURS), look(1.1, OURS)])
    assert closes[3:] == [closes[3], Press("Enter", begins_turn=True), closes[5]]
    stays = actions(PROMPT, [*opens, look(1.0, listed), look(8.0, listed), look(8.3)])
    assert TakeOut() in stays
    assert not any(isinstance(action, Press) for action in stays)
    assert outcome(stays) is RequestOutcome.UNVERIFIED


def test_a_text_that_mixed_with_a_persons_is_not_sent() -> None:
    """Both stand in the composer, and the answer says so."""
    mixed = replace(OURS, prompt_text="write the tests and mine")
    done = actions(PROMPT, [look(0), look(0.3), look(0.6, mixed), look(20, mixed)])
    assert not any(isinstance(action, Press) for action in done)
    assert isinstance(done[-1], Finish)
    assert "somebody typed" in done[-1].detail


def test_what_a_former_process_typed_is_sent_or_told() -> None:
    """Enter, never the text again, while it stands there; else its turn if the journal has it."""
    resumed = DeliveryProgress(DeliveryStage.RESUMED)

    def run(*looks: AgentSnapshot) -> list[Action]:
        progress, done = resumed, []
        for each in looks:
            progress, action = advance(PROMPT, progress, each, DEADLINE)
            done.append(action)
        return done

    stands = run(look(1, OURS), look(1 + FOLD_SECONDS, OURS), look(2, WORKING), look(3))
    assert [it for it in stands if not isinstance(it, Wait)] == [
        Press("Enter", begins_turn=True),
        Finish(RequestOutcome.SUBMITTED, "the prompt left the composer"),
        Finish(RequestOutcome.SUBMITTED, "the prompt left the composer"),
    ]
    gone = run(look(1), look(1 + RESUME_SECONDS))
    assert isinstance(gone[0], Wait)
    assert outcome(gone) is RequestOutcome.UNVERIFIED
    works, told = look(1, WORKING), replace(look(9, WORKING), prompted_since=True)
    assert outcome(run(works, told)) is RequestOutcome.SUBMITTED
    others = replace(told, fate=TextFate.CHANGED)
    late = look(1 + BUSY_WITNESS_SECONDS, WORKING)
    assert outcome(run(works, others, late)) is RequestOutcome.UNVERIFIED


def test_a_text_that_fills_the_pane_is_known_by_its_end() -> None:
    """No composer can be made out, but the screen ends with our text."""
    text = "\n".join(f"line {number}" for number in range(40))
    long = replace(PROMPT, text=text)
    frame = Frame("\n".join(text.splitlines()[-20:]), 0.0)
    hidden = replace(IDLE, prompt_visible=False, accepting_input=Tristate.UNKNOWN)
    full = [replace(look(at, hidden), frame=frame) for at in (0.4, 0.7)]
    done = actions(long, [look(0), look(0.3), *full, look(0.9, WORKING)])
    assert done[3] == Press("Enter", begins_turn=True)
    assert outcome(done) is RequestOutcome.SUBMITTED
