"""Why an agent is said to be what it is said to be, and what would make it ready. Pure.

It takes published values and gives an explanation as values; it decides nothing, starts no timer
and knows neither where the values are kept nor how an explanation is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from houmao.detect.signals import BlockedOn, Evidence, Signals, Tristate
from houmao.track.diagnostics import Availability, Diagnostics, ProcessState, TransportState
from houmao.track.rules import RULES
from houmao.track.snapshots import PendingTimer
from houmao.track.state import LastTurn, LastTurnResult, TrackedState, TurnPhase
from houmao.track.two_witnesses import WITNESS_RULES

#: What the notes of changes mean; those of the transition table say so themselves.
_MEANS = {rule.note: rule.means for rule in RULES}
_MEANS |= {rule.note: rule.means for rule in WITNESS_RULES}
_MEANS |= {
    "input_submitted": "a prompt was sent to the agent",
    "success_settled": "a turn that looked done stayed so through the settle window",
    "stale_active_recovery": "only a forgotten row spoke of work, over an idle composer",
    "final_stable_active_recovery": "the screen claimed work and stood still over an idle composer",
    "work_goes_on": "the screen of a turn that was given up moved again",
    "observed": "the agent could be seen",
    "republished": "the present was told again as a whole",
    "parsed": "the screen could be read",
    "parse_error": "the screen could not be read",
    "probe_error": "the pane could not be looked at",
    "skipped_tui_down": "the tool does not run in its pane",
    "transport_unavailable": "the tmux session is not there",
    "unsupported_tool": "no detector knows this tool",
}
_WILL = {
    "readiness_stall": "a screen that says nothing counts as stalled",
    "completion_stall": "a screen that says nothing counts as stalled",
    "completion_stability": "the prompt that was sent counts as completed",
    "stale_active_recovery": "the turn is no longer believed to run",
    "final_stable_active_recovery": "nobody can tell any more whether the turn runs",
    "settle": "the turn counts as a success",
    "await": "the prompt that was sent counts as unanswered",
}
_BLIND = (Availability.UNAVAILABLE, Availability.TUI_DOWN, Availability.ERROR)
_ANSWERS = {
    BlockedOn.APPROVAL: "somebody has to approve or reject what the tool asks for",
    BlockedOn.TRUST: "somebody has to say whether the folder is trusted",
    BlockedOn.MENU: "the menu has to be closed",
    BlockedOn.LOGIN: "somebody has to log in",
    BlockedOn.USAGE_LIMIT: "the usage limit has to be lifted or acknowledged",
    BlockedOn.SHELL_MODE: "the composer has to leave shell mode",
}


@dataclass(frozen=True, slots=True)
class PastChange:
    """One entry of an agent's history."""

    recorded_at: float
    note: str
    changed_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplanationInput:
    """What is known of an agent; all times are seconds on one clock, None where not known."""

    now: float
    availability: Availability
    diagnostics: Diagnostics
    tracked: TrackedState
    #: What the latest frame showed, for a caller that has it.
    signals: Signals | None = None
    captured_at: float | None = None
    phase_since: float | None = None
    last_turn_updated_at: float | None = None
    #: Newest first.
    changes: tuple[PastChange, ...] = ()
    pending: tuple[PendingTimer, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """The note of the change that decided, what it means, and how long ago it came."""

    rule: str
    means: str
    age_seconds: float | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What will happen by itself unless the screen changes before."""

    name: str
    means: str
    in_seconds: float


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that keeps an agent from being ready: a field, its value, and the way out."""

    field: str
    now: str
    needed: str
    how: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an agent's state is what it is."""

    availability: Availability
    phase: TurnPhase
    #: None when no kept change tells of it.
    phase_reason: Reason | None
    phase_age_seconds: float | None
    last_turn: LastTurn
    last_turn_reason: Reason | None
    last_turn_age_seconds: float | None
    detector: str
    #: What was seen on which rows (0 is the top) of the capture, and how old that is.
    evidence: tuple[Evidence, ...]
    #: What goes on beside the turn, whatever the phase is.
    background: tuple[Evidence, ...]
    capture_age_seconds: float | None
    expected: tuple[Expected, ...]
    recent: tuple[PastChange, ...]
    #: Empty when the agent is ready.
    obstacles: tuple[Obstacle, ...]


def explain(facts: ExplanationInput, recent: int = 5) -> Explanation:
    """The explanation of `facts`, with at most `recent` changes, newest first."""
    tracked = facts.tracked
    ended = tracked.last_turn.result is not LastTurnResult.NONE
    return Explanation(
        availability=facts.availability,
        phase=tracked.phase,
        phase_reason=_reason(facts, "turn_phase"),
        phase_age_seconds=_age(facts, facts.phase_since),
        last_turn=tracked.last_turn,
        last_turn_reason=_reason(facts, "last_turn_result") if ended else None,
        last_turn_age_seconds=_age(facts, facts.last_turn_updated_at),
        detector=f"{tracked.detector_name} {tracked.detector_version}".strip(),
        evidence=tracked.evidence,
        background=tracked.background,
        capture_age_seconds=_age(facts, facts.captured_at),
        expected=tuple(_expected(facts)),
        recent=facts.changes[:recent],
        obstacles=tuple(_obstacles(facts)),
    )


def _reason(facts: ExplanationInput, field: str) -> Reason | None:
    change = next((it for it in facts.changes if field in it.changed_fields), None)
    if change is None:
        return None
    return Reason(change.note, meaning(change.note), _age(facts, change.recorded_at))


def meaning(note: str) -> str:
    """What the note of a change means."""
    return _MEANS.get(note, "anything else")


def _age(facts: ExplanationInput, then: float | None) -> float | None:
    return None if then is None else max(facts.now - then, 0.0)


def _expected(facts: ExplanationInput) -> Iterator[Expected]:
    for timer in sorted(facts.pending, key=lambda it: it.due):
        means = _WILL.get(timer.name, "the state is looked at again")
        yield Expected(timer.name, means, max(timer.due - facts.now, 0.0))


def _obstacles(facts: ExplanationInput) -> Iterator[Obstacle]:
    """What keeps the agent from being ready; what hides everything else comes alone."""
    availability, tracked = facts.availability, facts.tracked
    if availability in _BLIND:
        problem = facts.diagnostics.probe_error or facts.diagnostics.parse_error
        how = _way_out(facts.diagnostics) + (f": {problem.message}" if problem else "")
        yield Obstacle("diagnostics.availability", availability.value, "available", how)
    elif tracked.surface.blocked_on is not None:
        asked = tracked.surface.blocked_on
        how = _ANSWERS.get(asked, "somebody has to answer what the tool asks")
        yield Obstacle("surface.blocked_on", asked.value, "none", how)
    elif tracked.phase is TurnPhase.ACTIVE:
        yield from _signs_of_work(tracked)
    elif tracked.phase is TurnPhase.UNKNOWN:
        yield from _gaps(facts)


def _way_out(seen: Diagnostics) -> str:
    """What lets the agent be seen again."""
    if seen.transport_state is TransportState.TMUX_MISSING:
        return "the tmux session has to come back"
    if seen.process_state is ProcessState.TUI_DOWN:
        return "the tool has to run in its pane again"
    if seen.process_state is ProcessState.UNSUPPORTED_TOOL:
        return "a detector for this tool has to be written"
    return "the pane has to be captured and read without an error"


def _signs_of_work(tracked: TrackedState) -> Iterator[Obstacle]:
    if not tracked.active_reasons:
        how = "the screen has to answer the prompt that was sent"
        yield Obstacle("turn.phase", "active", "ready", how)
    for reason in tracked.active_reasons:
        rows = [row for item in tracked.evidence if item.rule == reason for row in item.rows]
        where = f" on row {', '.join(map(str, rows))}" if rows else ""
        how = f"the sign of work `{reason}`{where} has to go, or to stand still for long"
        yield Obstacle("turn.active_reasons", reason, "none", how)


def _gaps(facts: ExplanationInput) -> Iterator[Obstacle]:
    surface = facts.tracked.surface
    if surface.accepting_input is not Tristate.YES:
        drawn = facts.signals is not None and facts.signals.prompt_visible
        how = "the composer has to listen" if drawn else "the tool's composer has to be visible"
        yield Obstacle("surface.accepting_input", surface.accepting_input.value, "yes", how)
    if surface.ready_posture is not Tristate.YES:
        how = "the screen has to look as if a prompt could be sent now"
        yield Obstacle("surface.ready_posture", surface.ready_posture.value, "yes", how)
