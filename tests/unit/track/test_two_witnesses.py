"""What is told where screen and journal speak: row by row of the table."""

from dataclasses import replace

import pytest

from houmao.detect.signals import ENDED_WELL, BlockedOn, Evidence, Tristate
from houmao.tools.parts.journal import JournalEvent, JournalEventKind, JournalView
from houmao.track.state import (
    LastTurn,
    LastTurnResult,
    LastTurnSource,
    Surface,
    TrackedState,
    TurnPhase,
)
from houmao.track.two_witnesses import PATIENCE, QUEUE_SECONDS, JournalReport, TwoWitnesses

Kind = JournalEventKind

READY = TrackedState(
    surface=Surface(Tristate.YES, Tristate.NO, Tristate.YES, Tristate.NO), phase=TurnPhase.READY
)
WORKING = TrackedState(
    surface=Surface(Tristate.YES, Tristate.NO, Tristate.NO, Tristate.NO),
    phase=TurnPhase.ACTIVE,
    active_reasons=("spinner",),
)
SETTLING = replace(READY, phase=TurnPhase.ACTIVE)
#: The tool itself says that the turn ended well.
ENDED = replace(SETTLING, evidence=(Evidence(ENDED_WELL, (7,), "Baked for 6s"),))
ENDED_AGAIN = replace(SETTLING, evidence=(Evidence(ENDED_WELL, (7,), "Brewed for 2s"),))
ASKING = TrackedState(surface=Surface(blocked_on=BlockedOn.APPROVAL))
NOTHING = TrackedState()


def heard(*kinds: JournalEventKind, text: str = "") -> JournalReport:
    """A journal that told these things."""
    return JournalReport(JournalView().after(JournalEvent(kind, text) for kind in kinds))


def judge(screen: TrackedState, report: JournalReport) -> TrackedState:
    """What is told of both."""
    witnesses = TwoWitnesses()
    witnesses.hear(report, 0.0)
    return witnesses.judge(screen, 0.0).tracked


BEGUN = (Kind.BEGAN, Kind.BUSY)
DONE = (*BEGUN, Kind.COMPLETED, Kind.IDLE)


@pytest.mark.parametrize(
    ("screen", "kinds", "phase", "result"),
    [
        (READY, BEGUN, TurnPhase.ACTIVE, LastTurnResult.NONE),
        (WORKING, BEGUN, TurnPhase.ACTIVE, LastTurnResult.NONE),
        (NOTHING, BEGUN, TurnPhase.ACTIVE, LastTurnResult.NONE),
        (READY, DONE, TurnPhase.READY, LastTurnResult.SUCCESS),
        # Nobody waits for the settle window.
        (SETTLING, DONE, TurnPhase.READY, LastTurnResult.SUCCESS),
        # The tool's own word on its screen need not be written down yet; nor does it say that
        # nothing runs any more.
        (ENDED, (*BEGUN, Kind.IDLE), TurnPhase.READY, LastTurnResult.SUCCESS),
        (
            replace(ENDED, phase=TurnPhase.READY),
            (*BEGUN, Kind.IDLE),
            TurnPhase.READY,
            LastTurnResult.SUCCESS,
        ),
        (SETTLING, (*BEGUN, Kind.IDLE), TurnPhase.ACTIVE, LastTurnResult.NONE),
        (ENDED, BEGUN, TurnPhase.ACTIVE, LastTurnResult.NONE),
        (ENDED, (Kind.IDLE,), TurnPhase.ACTIVE, LastTurnResult.NONE),
        (ENDED, (*BEGUN, Kind.FAILED, Kind.IDLE), TurnPhase.READY, LastTurnResult.KNOWN_FAILURE),
        # Ready needs both.
        (WORKING, DONE, TurnPhase.ACTIVE, LastTurnResult.SUCCESS),
        # A screen that nobody can read hides no verdict.
        (NOTHING, DONE, TurnPhase.UNKNOWN, LastTurnResult.SUCCESS),
        (READY, (*BEGUN, Kind.FAILED, Kind.IDLE), TurnPhase.READY, LastTurnResult.KNOWN_FAILURE),
        (READY, (*BEGUN, Kind.INTERRUPTED, Kind.IDLE), TurnPhase.READY, LastTurnResult.INTERRUPTED),
        # What only the screen knows.
        (ASKING, BEGUN, TurnPhase.UNKNOWN, LastTurnResult.NONE),
        (READY, (Kind.IDLE,), TurnPhase.READY, LastTurnResult.NONE),
        # A journal that says nothing of now, only how a turn ended.
        (WORKING, (Kind.BEGAN,), TurnPhase.ACTIVE, LastTurnResult.NONE),
        (READY, (Kind.BEGAN, Kind.FAILED), TurnPhase.READY, LastTurnResult.KNOWN_FAILURE),
    ],
)
def test_table(
    screen: TrackedState,
    kinds: tuple[JournalEventKind, ...],
    phase: TurnPhase,
    result: LastTurnResult,
) -> None:
    """Phase and verdict of each pair of witnesses."""
    told = judge(screen, heard(*kinds))
    assert (told.phase, told.last_turn.result) == (phase, result)


@pytest.mark.parametrize(
    ("waits_for", "asked"),
    [
        ("permission prompt", BlockedOn.APPROVAL),
        ("dialog open", BlockedOn.MENU),
        ("input needed", BlockedOn.DIALOG),
        ("something new", BlockedOn.DIALOG),
    ],
)
def test_a_dialog_that_the_screen_rules_do_not_know(waits_for: str, asked: BlockedOn) -> None:
    """The journal says that somebody is waited for; nothing may be typed then."""
    told = judge(READY, heard(Kind.BEGAN, Kind.WAITING, text=waits_for))
    assert told.surface.blocked_on is asked
    assert told.surface.accepting_input is Tristate.NO
    assert told.phase is TurnPhase.UNKNOWN


def test_without_a_journal_the_screen_is_told() -> None:
    """As it is, with nothing added."""
    assert judge(WORKING, JournalReport(None, "gone")) == WORKING


def test_the_screen_alone_says_what_may_be_typed() -> None:
    """A draft stays a draft, whatever the journal says."""
    drafting = replace(READY, surface=replace(READY.surface, editing_input=Tristate.YES))
    assert judge(drafting, heard(*DONE)).surface.editing_input is Tristate.YES


def test_a_verdict_from_before_the_prompt_is_not_its_own() -> None:
    """Between a prompt and the journal's next line, the former turn's end says nothing."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*DONE), 0.0)
    witnesses.on_input()
    waiting = replace(WORKING, active_reasons=())
    assert witnesses.judge(waiting, 0.0).tracked.last_turn.result is LastTurnResult.NONE
    witnesses.hear(heard(*DONE, *BEGUN, Kind.FAILED, Kind.IDLE), 0.0)
    told = witnesses.judge(SETTLING, 1.0).tracked.last_turn
    assert told == LastTurn(LastTurnResult.KNOWN_FAILURE, LastTurnSource.EXPLICIT_INPUT)


def test_work_after_ready_is_another_turns() -> None:
    """A screen that is slower than the journal keeps the verdict; one that begins anew drops it."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*DONE), 0.0)
    results = [witnesses.judge(it, 0.0).tracked.last_turn.result for it in (WORKING, READY)]
    assert results == [LastTurnResult.SUCCESS, LastTurnResult.SUCCESS]
    assert witnesses.judge(SETTLING, 0.0).tracked.last_turn.result is LastTurnResult.SUCCESS
    assert witnesses.judge(WORKING, 0.0).tracked.last_turn.result is LastTurnResult.NONE


def test_an_answer_is_that_to_one_request() -> None:
    """Once another turn has begun, what is told last is another's."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*DONE), 0.0)
    assert not witnesses.answers("one")
    witnesses.note_answered("one")
    assert witnesses.answers("one")
    assert not witnesses.answers("two")
    assert witnesses.answers("")
    witnesses.hear(heard(*DONE, *BEGUN), 0.0)
    assert not witnesses.answers("one")


def test_a_prompt_that_waits_goes_on_with_the_turn() -> None:
    """Its predecessor's end is no verdict, unless nothing follows."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*BEGUN), 0.0)
    queued = replace(WORKING, surface=replace(WORKING.surface, pending_input=Tristate.YES))
    witnesses.judge(queued, 0.0)
    witnesses.hear(heard(*DONE), 0.0)
    told = [witnesses.judge(SETTLING, at).tracked for at in (0.1, QUEUE_SECONDS + 0.1)]
    results = [(it.phase, it.last_turn.result) for it in told]
    assert results == [
        (TurnPhase.ACTIVE, LastTurnResult.NONE),
        (TurnPhase.READY, LastTurnResult.SUCCESS),
    ]
    witnesses.judge(queued, 10.0)
    witnesses.hear(heard(*DONE, *BEGUN), 0.0)
    witnesses.hear(heard(*DONE, *DONE), 0.0)
    # The one that waited has begun and ended: nothing is waited for.
    assert witnesses.judge(SETTLING, 10.1).tracked.phase is TurnPhase.READY


@pytest.mark.parametrize(
    ("pending", "reads", "source"),
    [
        (Tristate.YES, [(*DONE, *BEGUN)], LastTurnSource.EXPLICIT_INPUT),
        (Tristate.YES, [DONE, (*DONE, *BEGUN)], LastTurnSource.EXPLICIT_INPUT),
        (Tristate.NO, [DONE, (*DONE, *BEGUN)], LastTurnSource.SURFACE_INFERENCE),
    ],
    ids=["waited, told at once", "waited, told one by one", "typed afterwards"],
)
def test_a_prompt_that_waited_belongs_to_the_turn_before(
    pending: Tristate, reads: list[tuple[JournalEventKind, ...]], source: LastTurnSource
) -> None:
    """However the journal's lines arrive; one that is typed afterwards is a turn of its own."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(), 0.0)
    witnesses.on_input()
    witnesses.hear(heard(*BEGUN), 0.0)
    witnesses.judge(replace(WORKING, surface=replace(WORKING.surface, pending_input=pending)), 3.0)
    for told in reads:
        witnesses.hear(heard(*told), 3.1)
    witnesses.hear(heard(*DONE, *DONE), 4.0)
    assert witnesses.judge(SETTLING, 4.0).tracked.last_turn.source is source


def test_a_turn_that_the_journal_never_told_is_the_screens() -> None:
    """The journal is then another conversation's, whose last verdict is none on this turn."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*DONE), 0.0)
    assert witnesses.judge(READY, 0.0).tracked.last_turn.result is LastTurnResult.SUCCESS
    witnesses.judge(WORKING, 1.0)
    stopped = replace(READY, last_turn=LastTurn(LastTurnResult.INTERRUPTED))
    assert witnesses.judge(stopped, 2.0).tracked.last_turn.result is LastTurnResult.INTERRUPTED


def test_a_contradiction_is_shown_and_counted_once() -> None:
    """Only one that lasts: each witness may be a moment later than the other."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*BEGUN), 0.0)
    for at, known in ((0.0, 0), (PATIENCE, 0), (PATIENCE + 0.1, 1), (PATIENCE + 9, 1)):
        told = witnesses.judge(READY, at).tracked
        assert told.phase is TurnPhase.ACTIVE
        assert witnesses.contradictions == known
        assert (told.evidence[-1].rule == "witnesses_differ") is bool(known)
    assert "screen: ready; journal: busy" in told.evidence[-1].excerpt
    witnesses.hear(heard(*DONE), 0.0)
    assert witnesses.judge(READY, 20.0).tracked.evidence[-1].rule == "journal_idle"


STILL = (*BEGUN, Kind.IDLE)


def result(witnesses: TwoWitnesses, screen: TrackedState, at: float = 0.0) -> LastTurnResult:
    """What is told of the last turn at that moment."""
    return witnesses.judge(screen, at).tracked.last_turn.result


def test_an_end_told_by_the_screen_is_awaited_in_the_journal() -> None:
    """Until then there is no answer to it."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*STILL), 0.0)
    assert result(witnesses, ENDED) is LastTurnResult.SUCCESS
    assert witnesses.awaits_end
    witnesses.hear(heard(*DONE), 0.0)
    assert result(witnesses, ENDED) is LastTurnResult.SUCCESS
    assert not witnesses.awaits_end


def test_what_the_journal_says_late_is_no_end_of_the_next_turn() -> None:
    """Nor is the row of the turn before a word on a prompt that has just been sent."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*STILL), 0.0)
    assert result(witnesses, ENDED) is LastTurnResult.SUCCESS
    witnesses.on_input()
    assert result(witnesses, ENDED) is LastTurnResult.NONE
    witnesses.hear(heard(*DONE), 0.0)
    assert result(witnesses, SETTLING) is LastTurnResult.NONE
    witnesses.hear(heard(*DONE, *STILL), 0.0)
    assert result(witnesses, ENDED_AGAIN) is LastTurnResult.SUCCESS


def test_the_row_of_a_former_turn_is_no_word_on_one_that_was_taken_back() -> None:
    """A tool that takes a prompt back draws what was there before, and its journal tells no end."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*STILL), 0.0)
    assert result(witnesses, ENDED) is LastTurnResult.SUCCESS
    witnesses.hear(heard(*DONE), 0.1)
    assert result(witnesses, replace(ENDED, phase=TurnPhase.READY), 0.1) is LastTurnResult.SUCCESS
    witnesses.hear(heard(*DONE, *BEGUN), 1.0)
    assert result(witnesses, WORKING, 1.0) is LastTurnResult.NONE
    witnesses.hear(heard(*DONE, *STILL), 2.0)
    assert result(witnesses, ENDED, 2.0) is LastTurnResult.NONE
    # Nor is another one that is drawn later, while somebody goes back in the conversation.
    assert result(witnesses, ENDED_AGAIN, 2.1 + PATIENCE) is LastTurnResult.NONE


def test_a_row_that_came_before_a_failure_is_believed_no_more() -> None:
    """A release may draw it at every end again."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*STILL), 0.0)
    assert result(witnesses, ENDED) is LastTurnResult.SUCCESS
    failed = (*BEGUN, Kind.FAILED, Kind.IDLE)
    witnesses.hear(heard(*failed), 0.0)
    assert result(witnesses, ENDED) is LastTurnResult.KNOWN_FAILURE
    witnesses.hear(heard(*failed, *STILL), 0.0)
    assert result(witnesses, ENDED_AGAIN) is LastTurnResult.NONE


def test_a_prompt_that_waits_outlasts_the_screens_word() -> None:
    """The turn goes on with it."""
    witnesses = TwoWitnesses()
    witnesses.hear(heard(*BEGUN), 0.0)
    queued = replace(WORKING, surface=replace(WORKING.surface, pending_input=Tristate.YES))
    witnesses.judge(queued, 0.0)
    witnesses.hear(heard(*STILL), 0.0)
    told = [result(witnesses, ENDED, at) for at in (0.1, QUEUE_SECONDS + 0.1)]
    assert told == [LastTurnResult.NONE, LastTurnResult.SUCCESS]
