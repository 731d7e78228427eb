"""Deliveries as histories of looks, and the actions they must lead to."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from houmao.detect.signals import BlockedOn, Frame, Signals, Tristate, TurnView
from houmao.requests.delivery import (
    CALM_SECONDS,
    FIRST_CALM_SECONDS,
    FOLD_SECONDS,
    MOST_PRESSES,
    RESUME_SECONDS,
    WITNESS_SECONDS,
    advance,
)
from houmao.requests.request import Request, RequestKind, RequestOutcome
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
from houmao.track.state import TurnPhase

DEADLINE = 60.0
PROMPT = Request("mreq-1", "agent", RequestKind.SUBMIT_PROMPT, "write the tests", 0.0, DEADLINE)
INTERRUPT = replace(PROMPT, kind=RequestKind.INTERRUPT, text="")

IDLE = Signals(
    "test",
    "1",
    accepting_input=Tristate.YES,
    editing_input=Tristate.NO,
    ready_posture=Tristate.YES,
    prompt_visible=True,
    turn=TurnView(prompts=1),
)
OURS = replace(IDLE, editing_input=Tristate.YES, prompt_text="write the tests")
DRAFT = replace(IDLE, editing_input=Tristate.YES, prompt_text="a person's thought")
WORKING = replace(IDLE, active_evidence=True, ready_posture=Tristate.NO)


def look(
    at: float, signals: Signals | None = IDLE, phase: TurnPhase = TurnPhase.READY
) -> AgentSnapshot:
    """The agent at that time."""
    return AgentSnapshot(at, phase, signals)


def actions(request: Request, looks: Sequence[AgentSnapshot]) -> list[Action]:
    """What is done at each look, up to the end."""
    progress, done = DeliveryProgress(), []
    for each in looks:
        progress, action = advance(request, progress, each, DEADLINE)
        done.append(action)
        if isinstance(action, Finish):
            break
    return done


def outcome(done: list[Action]) -> RequestOutcome | None:
    """How the history ended."""
    return done[-1].outcome if isinstance(done[-1], Finish) else None


def test_a_ready_agent_gets_the_prompt_once() -> None:
    """Calm, paste, seen twice, Enter, gone: submitted, with exactly one paste and one Enter."""
    done = actions(
        PROMPT,
        [look(0), look(0.3), look(0.4, OURS), look(0.7, OURS), look(0.8, WORKING)],
    )

    assert done[1:4] == [Paste(), done[2], Press("Enter", begins_turn=True)]
    assert outcome(done) is RequestOutcome.SUBMITTED


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


def test_enter_is_repeated_only_while_our_text_stands() -> None:
    """A swallowed Enter is pressed again, boundedly often; nothing is pasted again."""
    stuck = [look(0.7 + 1.1 * n, OURS) for n in range(8)]
    done = actions(PROMPT, [look(0), look(0.3), look(0.4, OURS), look(0.65, OURS), *stuck])

    assert done.count(Paste()) == 1
    assert sum(isinstance(action, Press) for action in done) == MOST_PRESSES
    assert outcome(done) is RequestOutcome.UNVERIFIED


def test_another_text_in_the_composer_is_no_departure() -> None:
    """A tool may make a line end of Enter: what then stands there is sent by nobody."""
    typed = [look(0), look(0.3), look(0.4, OURS), look(0.7, OURS)]
    done = actions(PROMPT, [*typed, look(0.8, DRAFT), look(1.8, DRAFT)])
    assert outcome(done) is RequestOutcome.UNVERIFIED
    assert [it.key for it in done if isinstance(it, Press)] == ["Enter"]
    steered = look(0.8, DRAFT, TurnPhase.ACTIVE)
    assert outcome(actions(PROMPT, [*typed, steered])) is RequestOutcome.SUBMITTED


def test_a_prompt_that_never_shows_is_not_sent() -> None:
    """Enter on a composer that does not show our text would send somebody else's."""
    done = actions(PROMPT, [look(0), look(0.3), *(look(t, DRAFT) for t in (1, 3, 7))])

    assert not any(isinstance(action, Press) for action in done)
    assert outcome(done) is RequestOutcome.UNVERIFIED


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


def test_an_interrupt_refuses_an_approval() -> None:
    """The turn that asks is a running turn."""
    asking = replace(IDLE, blocked_on=BlockedOn.APPROVAL)
    done = actions(INTERRUPT, [look(0, asking, TurnPhase.UNKNOWN), look(0.4)])

    assert done[0] == Press("Escape")
    assert outcome(done) is RequestOutcome.INTERRUPTED


GONE = [look(0), look(0.3), look(0.4, OURS), look(0.7, OURS)]


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


def test_a_composer_that_is_not_to_be_seen_is_waited_for() -> None:
    """A busy machine draws late; what then shows decides."""
    hidden = replace(IDLE, prompt_visible=False)
    late = [look(0.8, hidden), look(3.0, hidden)]
    assert outcome(actions(PROMPT, [*GONE, *late, look(3.5)])) is RequestOutcome.SUBMITTED
    never = look(1.0 + WITNESS_SECONDS, hidden)
    assert outcome(actions(PROMPT, [*GONE, *late, never])) is RequestOutcome.UNVERIFIED


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


def test_an_agent_that_has_been_ready_is_typed_into_at_once() -> None:
    """How long it has been so is known from the looks before."""
    assert actions(PROMPT, [replace(look(0), still_for=CALM_SECONDS)]) == [Paste()]
    assert actions(PROMPT, [replace(look(0), still_for=0.1)]) != [Paste()]


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


def test_a_text_that_mixed_with_a_persons_is_not_sent() -> None:
    """Both stand in the composer, and the answer says so."""
    mixed = replace(OURS, prompt_text="write the tests and mine")
    done = actions(PROMPT, [look(0), look(0.3), look(0.6, mixed), look(20, mixed)])
    assert not any(isinstance(action, Press) for action in done)
    assert isinstance(done[-1], Finish)
    assert "somebody typed" in done[-1].detail


def test_what_a_former_process_typed_is_sent_or_told() -> None:
    """Enter, and never the text again, while it stands there; else nobody knows of it."""
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


COMMAND = replace(PROMPT, kind=RequestKind.RUN_COMMAND, text="/status")
TYPED = replace(IDLE, editing_input=Tristate.YES, prompt_text="/status")


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
