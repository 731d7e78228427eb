"""One judgement from two witnesses: the screen, and the journal that the tool writes itself.

The screen alone says what may be typed. The journal says that a turn began and how it ended, at
once. An agent is ready where both say so, as far as both speak. It opens no file, knows no tool,
and a tracker session does without it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from houmao.detect.signals import ENDED_WELL, BlockedOn, Evidence, Tristate
from houmao.tools.parts.journal import JournalEventKind, JournalView
from houmao.track.state import (
    LastTurn,
    LastTurnResult,
    LastTurnSource,
    Surface,
    TrackedState,
    TurnPhase,
)

#: Seconds for which the witnesses may differ before it is told: one is always a little later.
PATIENCE = 1.0
#: Seconds after an end in which a prompt that was seen to wait begins the next turn.
QUEUE_SECONDS = 0.5

#: A tool's transcript may be a tenth of a second behind its screen and its status.
SCREEN_ENDED = "screen_ended"

_BUSY, _WAITING = JournalEventKind.BUSY, JournalEventKind.WAITING
_IDLE = JournalEventKind.IDLE
_RESULTS = {
    JournalEventKind.COMPLETED: LastTurnResult.SUCCESS,
    JournalEventKind.INTERRUPTED: LastTurnResult.INTERRUPTED,
    JournalEventKind.FAILED: LastTurnResult.KNOWN_FAILURE,
}
#: What somebody is asked for, by a word of what the journal says is waited for.
_ASKED = (
    ("permission", BlockedOn.APPROVAL),
    ("dialog", BlockedOn.MENU),
    ("", BlockedOn.DIALOG),
)


@dataclass(frozen=True, slots=True)
class JournalReport:
    """What a journal says; None with the reason where there is none to be believed."""

    view: JournalView | None = None
    problem: str = ""


class PhaseBasis(StrEnum):
    """Which phase is published."""

    SCREEN = "as the screen has it"
    ACTIVE = "active"
    READY = "ready"
    BLOCKED = "unknown, blocked on what the journal waits for"


@dataclass(frozen=True, slots=True)
class WitnessCase:
    """What each witness may look at: the screen's state, the journal, turns ended until now."""

    screen: TrackedState
    journal: JournalView
    #: Turns that had ended when the latest prompt was sent from here.
    ended_before: int = 0
    #: The screen's word that the turn ended well may stand until the journal says how it ended.
    believes_screen: bool = True

    @property
    def ended(self) -> bool:
        """The journal has told the end of the turn that is asked for."""
        return self.journal.outcome is not None and self.journal.ended > self.ended_before


@dataclass(frozen=True, slots=True)
class WitnessRule:
    """One row of the table; the first whose `when` holds decides."""

    note: str
    means: str
    when: Callable[[WitnessCase], bool]
    phase: PhaseBasis
    #: How the turn ended, where that is not the journal's or the tracker's to say.
    result: LastTurnResult | None = None
    #: The witnesses contradict each other.
    differs: bool = False


def _screen_blocks(case: WitnessCase) -> bool:
    return case.screen.surface.blocked_on is not None


def _waits(case: WitnessCase) -> bool:
    return case.journal.present is _WAITING


def _busy_both(case: WitnessCase) -> bool:
    return case.journal.present is _BUSY and case.screen.phase is TurnPhase.ACTIVE


def _busy(case: WitnessCase) -> bool:
    return case.journal.present is _BUSY


def _idle(case: WitnessCase) -> bool:
    return case.journal.present is _IDLE


def _over(case: WitnessCase) -> bool:
    """The turn has ended, and the screen only waits to be sure of that."""
    waits = _rests(case.screen) and case.screen.phase is TurnPhase.ACTIVE
    return _idle(case) and case.ended and waits


def _rests(screen: TrackedState) -> bool:
    return screen.surface.ready_posture is Tristate.YES and not screen.active_reasons


def _said_well(case: WitnessCase) -> bool:
    """The journal tells that nothing runs, and not yet how the turn ended that it told of."""
    journal, screen = case.journal, case.screen
    untold = _idle(case) and journal.outcome is None
    said = any(it.rule == ENDED_WELL for it in screen.evidence)
    settles = _rests(screen) and screen.last_turn.result is LastTurnResult.NONE
    return case.believes_screen and untold and said and settles


def _works_on(case: WitnessCase) -> bool:
    shows = case.screen.phase is TurnPhase.ACTIVE and bool(case.screen.active_reasons)
    return _idle(case) and shows


#: In this order.
WITNESS_RULES = (
    WitnessRule(
        "screen_blocks",
        "the screen shows a dialog, and only a screen can",
        _screen_blocks,
        PhaseBasis.SCREEN,
    ),
    WitnessRule(
        "journal_waits",
        "the journal waits for a person, whatever the dialog looks like",
        _waits,
        PhaseBasis.BLOCKED,
    ),
    WitnessRule("both_busy", "screen and journal tell of a turn", _busy_both, PhaseBasis.ACTIVE),
    WitnessRule(
        "journal_busy",
        "the journal tells of a turn that the screen does not show",
        _busy,
        PhaseBasis.ACTIVE,
        differs=True,
    ),
    WitnessRule(
        "journal_ended",
        "the journal told the end of the turn, and the composer is back",
        _over,
        PhaseBasis.READY,
    ),
    WitnessRule(
        SCREEN_ENDED,
        "the tool's own word on the screen is that the turn ended well, and nothing runs",
        _said_well,
        PhaseBasis.READY,
        LastTurnResult.SUCCESS,
    ),
    WitnessRule(
        "screen_busy",
        "the screen shows work that the journal does not tell of",
        _works_on,
        PhaseBasis.SCREEN,
        differs=True,
    ),
    WitnessRule(
        "journal_idle",
        "the journal tells of no turn, and the screen has the say",
        _idle,
        PhaseBasis.SCREEN,
    ),
    WitnessRule(
        "journal_open",
        "the journal does not say whether a turn runs",
        lambda _: True,
        PhaseBasis.SCREEN,
    ),
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is told of an agent, and by which row of the table."""

    tracked: TrackedState
    rule: WitnessRule | None = None

    def note_beside(self, screen: TrackedState) -> str:
        """The row's name where it made a difference to what the screen alone says."""
        told, shown = self.tracked, screen
        same = (told.phase, told.last_turn, told.surface) == (
            shown.phase,
            shown.last_turn,
            shown.surface,
        )
        return "" if same or self.rule is None else self.rule.note


def judged(case: WitnessCase, source: LastTurnSource) -> Judgement:
    """What both witnesses say; `source` is how the turn that the journal tells of began."""
    rule = next(it for it in WITNESS_RULES if it.when(case))
    tracked = replace(
        _with_phase(case, rule.phase),
        last_turn=_last_turn(case, rule, source),
        evidence=(*case.screen.evidence, Evidence(rule.note, (), _words(case.journal))),
    )
    return Judgement(tracked, rule)


def _with_phase(case: WitnessCase, basis: PhaseBasis) -> TrackedState:
    screen = case.screen
    match basis:
        case PhaseBasis.ACTIVE:
            surface: Surface = replace(screen.surface, ready_posture=Tristate.NO)
            return replace(screen, phase=TurnPhase.ACTIVE, surface=surface)
        case PhaseBasis.READY:
            return replace(screen, phase=TurnPhase.READY)
        case PhaseBasis.BLOCKED:
            words = case.journal.waits_for
            asked = next(it for word, it in _ASKED if word in words)
            surface = replace(
                screen.surface,
                accepting_input=Tristate.NO,
                ready_posture=Tristate.NO,
                blocked_on=asked,
            )
            return replace(screen, phase=TurnPhase.UNKNOWN, surface=surface)
    return screen


def _last_turn(case: WitnessCase, rule: WitnessRule, source: LastTurnSource) -> LastTurn:
    if rule.phase in (PhaseBasis.ACTIVE, PhaseBasis.BLOCKED):
        return LastTurn()
    if rule.result is not None:
        return LastTurn(rule.result, source)
    if case.ended and case.journal.outcome is not None:
        return LastTurn(_RESULTS[case.journal.outcome], source)
    return case.screen.last_turn


def _words(journal: JournalView) -> str:
    """The journal's side in words without anything of its texts."""
    present = journal.present.value if journal.present is not None else "says nothing of now"
    outcome = f", last turn {journal.outcome.value}" if journal.outcome is not None else ""
    return f"journal: {present}{outcome}"


class TwoWitnesses:
    """What was heard of one agent's journal, and since when it contradicts the screen."""

    def __init__(self) -> None:
        self.report = JournalReport()
        #: How often the witnesses contradicted each other for longer than `PATIENCE`.
        self.contradictions = 0
        #: The request whose turn ended last, and how many turns had begun by then.
        self._answered: tuple[str, int | None] = ("", None)
        self._ended_before = self._begun_before = 0
        #: Turns that had begun and ended when the screen was ready last.
        self._begun = self._closed = 0
        #: The screen has shown work since.
        self._worked = False
        #: The journal told nothing of the latest turn that the screen showed.
        self.silent = False
        #: When a prompt was last seen to wait for the end of the turn.
        self._queued_at: float | None = None
        self._source = LastTurnSource.SURFACE_INFERENCE
        self._differs_since: float | None = None
        self._counted = False
        #: An end was told by the screen's word, which the journal has not said yet.
        self.awaits_end = False
        #: That word as it was read last, and how many turns had begun when it was new.
        self._said = ("", 0)
        #: When the journal was first heard to tell of no turn, while it does.
        self._idle_since: float | None = None
        #: No other end was ever told by the journal after that word.
        self._believes_screen = True

    @property
    def turns_begun(self) -> int | None:
        """Turns whose beginning the journal has told; None without one."""
        return self.report.view.began if self.report.view else None

    def note_answered(self, request_id: str) -> None:
        """The turn of this request has ended: the journal's last answer is that to it."""
        self._answered = (request_id, self.turns_begun)

    def answers(self, request_id: str) -> bool:
        """Whether the last answer is that to this request, if one is named."""
        return not request_id or self._answered == (request_id, self.turns_begun)

    def on_input(self) -> None:
        """A prompt is being sent from here: the turn that ends next is its."""
        view = self.report.view
        # What was told by the screen's word alone is still to come.
        self._ended_before = view.ended + self.awaits_end if view is not None else 0
        self._begun_before = self.turns_begun or 0
        self._source = LastTurnSource.EXPLICIT_INPUT

    def hear(self, report: JournalReport, at: float) -> bool:
        """Take in what the journal says at this moment; True when that is news."""
        before, self.report = self.report, report
        after, was = report.view, before.view
        if after is not None and was is not None and after.began > was.began:
            if was.ended > self._ended_before and not self._goes_on(at):
                # It began after the one that was prompted from here had ended: typed by hand.
                self._source = LastTurnSource.SURFACE_INFERENCE
            self._queued_at = None
        return before != report

    def judge(self, screen: TrackedState, at: float) -> Judgement:
        """What both say at this moment of the monotonic clock."""
        view = self.report.view
        if view is None:
            self._differs_since, self.awaits_end = None, False
            return Judgement(screen)
        # Work that is seen after that is another turn's, which the journal will tell in a moment.
        again = screen.phase is TurnPhase.ACTIVE and bool(screen.active_reasons)
        self._note(screen, view, at, again)
        if self.awaits_end and view.outcome not in (None, JournalEventKind.COMPLETED):
            self._believes_screen = False
        found = judged(self._case(screen, view, at, again), self._source)
        self.awaits_end = found.rule is not None and found.rule.note == SCREEN_ENDED
        return replace(found, tracked=self._with_contradiction(found, screen, view, at))

    def _case(self, screen: TrackedState, view: JournalView, at: float, again: bool) -> WitnessCase:
        if self._goes_on(at):
            return WitnessCase(screen, view, view.ended, believes_screen=False)
        before = max(self._ended_before, self._closed) if again else self._ended_before
        return WitnessCase(screen, view, before, self._believes(view, at))

    def _believes(self, view: JournalView, at: float) -> bool:
        """Whether the screen's word that a turn ended well is on the turn that has just stopped.

        That word of a former turn is shown again where the tool takes a prompt back.
        """
        stopped = self._idle_since is not None and at - self._idle_since <= PATIENCE
        is_its_own = self._said[1] == view.began > self._begun_before
        return self._believes_screen and is_its_own and (stopped or self.awaits_end)

    def _note(self, screen: TrackedState, view: JournalView, at: float, works: bool) -> None:
        if screen.surface.pending_input is Tristate.YES:
            self._queued_at = at
        if screen.phase is TurnPhase.READY:
            unheard = (view.began, view.ended) == (self._begun, self._closed)
            self.silent = unheard and (self._worked or self.silent)
            if self._worked and unheard:
                # A turn of which this journal knows nothing: what it told before is another's.
                self._ended_before = view.ended
            self._begun, self._closed = view.began, view.ended
        self._worked = works or (self._worked and screen.phase is not TurnPhase.READY)
        said = next((it.excerpt for it in screen.evidence if it.rule == ENDED_WELL), "")
        if said and said != self._said[0]:
            self._said = (said, view.began)
        if view.present is not _IDLE:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = at

    def _goes_on(self, at: float) -> bool:
        """Whether what has just ended goes on with a prompt that waited."""
        return self._queued_at is not None and at - self._queued_at < QUEUE_SECONDS

    def _with_contradiction(
        self, found: Judgement, screen: TrackedState, view: JournalView, at: float
    ) -> TrackedState:
        if found.rule is None or not found.rule.differs:
            self._differs_since, self._counted = None, False
            return found.tracked
        if self._differs_since is None:
            self._differs_since = at
        if at - self._differs_since <= PATIENCE:
            return found.tracked
        self.contradictions += not self._counted
        self._counted = True
        both = Evidence("witnesses_differ", (), f"screen: {screen.phase.value}; {_words(view)}")
        return replace(found.tracked, evidence=(*found.tracked.evidence, both))
