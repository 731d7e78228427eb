"""The view of a person who looks after the agent: one status, readiness and completion. Pure.

The poll's outcome comes first, then the lifecycle, and last the tracker's word on the turn.
"""

from dataclasses import dataclass

from houmao.detect.projection import ParsedSurface
from houmao.detect.signals import Tristate
from houmao.track.diagnostics import Diagnostics, ParseStatus, ProcessState, TransportState
from houmao.track.parsed import submit_ready, working
from houmao.track.snapshots import Completion, Readiness
from houmao.track.state import LastTurnResult, TrackedState, TurnPhase
from houmao.track.vocabulary import CompletionState, OperatorStatus, ReadinessState


@dataclass(frozen=True, slots=True)
class LifecycleTiming:
    """Seconds for which the lifecycle has been in doubt or near an end; None when it is not."""

    readiness_unknown: float | None = None
    completion_unknown: float | None = None
    completion_candidate: float | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What the kernels said last, reduced to two words."""

    readiness: ReadinessState = ReadinessState.UNKNOWN
    completion: CompletionState = CompletionState.INACTIVE
    projection_changed: bool = False
    timing: LifecycleTiming = LifecycleTiming()


@dataclass(frozen=True, slots=True)
class OperatorView:
    """What a person should think of the agent now."""

    status: OperatorStatus = OperatorStatus.UNKNOWN
    readiness: ReadinessState = ReadinessState.UNKNOWN
    completion: CompletionState = CompletionState.INACTIVE
    projection_changed: bool = False


_FOLLOWS_READINESS = {
    ReadinessState.FAILED: CompletionState.FAILED,
    ReadinessState.BLOCKED: CompletionState.BLOCKED,
    ReadinessState.UNKNOWN: CompletionState.UNKNOWN,
    ReadinessState.STALLED: CompletionState.STALLED,
}


def anchored(readiness: Readiness, completion: Completion) -> Lifecycle:
    """The lifecycle while the turn of a prompt is waited for."""
    timing = LifecycleTiming(
        readiness.doubt.unknown_elapsed_seconds,
        completion.doubt.unknown_elapsed_seconds,
        completion.candidate_elapsed_seconds,
    )
    changed = completion.saw_projection_change
    return Lifecycle(readiness.status, completion.status, changed, timing)


def background(readiness: Readiness, surface: ParsedSurface) -> Lifecycle:
    """The lifecycle when nobody waits for a turn: never a candidate, never completed."""
    elapsed = readiness.doubt.unknown_elapsed_seconds
    completion = _FOLLOWS_READINESS.get(readiness.status)
    if completion is None and working(surface):
        completion = CompletionState.IN_PROGRESS
    elif completion is None:
        ready = submit_ready(surface)
        completion = CompletionState.INACTIVE if ready else CompletionState.WAITING
    return Lifecycle(readiness.status, completion, timing=LifecycleTiming(elapsed, elapsed))


def operator_view(
    outcome: Diagnostics, surface: ParsedSurface | None, lifecycle: Lifecycle
) -> OperatorView:
    """The view before the tracker's word; a surface that was not read leaves only the poll."""
    status = _by_outcome(outcome)
    if surface is None:
        return OperatorView(status or OperatorStatus.UNKNOWN)
    return OperatorView(
        status or _by_lifecycle(surface, lifecycle),
        lifecycle.readiness,
        lifecycle.completion,
        lifecycle.projection_changed,
    )


def corrected(view: OperatorView, tracked: TrackedState, error_shown: bool) -> OperatorView:
    """The view once the tracker has spoken, which sees more than the parsed surface does."""
    ready = tracked.surface.ready_posture is Tristate.YES
    if tracked.phase is TurnPhase.ACTIVE:
        return OperatorView(
            OperatorStatus.PROCESSING, ReadinessState.WAITING, CompletionState.IN_PROGRESS
        )
    if tracked.last_turn.result is LastTurnResult.KNOWN_FAILURE:
        if ready:
            return _at_prompt(CompletionState.FAILED)
        return OperatorView(OperatorStatus.ERROR, ReadinessState.FAILED, CompletionState.FAILED)
    if error_shown:
        return _at_prompt(CompletionState.INACTIVE) if ready else OperatorView()
    return view


def _at_prompt(completion: CompletionState) -> OperatorView:
    return OperatorView(OperatorStatus.READY, ReadinessState.READY, completion)


def _by_outcome(outcome: Diagnostics) -> OperatorStatus | None:
    probe_failed = (
        outcome.probe_error is not None
        or outcome.transport_state is TransportState.PROBE_ERROR
        or outcome.process_state is ProcessState.PROBE_ERROR
        or outcome.parse_status is ParseStatus.PROBE_ERROR
    )
    rows = (
        (probe_failed, OperatorStatus.ERROR),
        (outcome.transport_state is TransportState.TMUX_MISSING, OperatorStatus.UNAVAILABLE),
        (outcome.process_state is ProcessState.TUI_DOWN, OperatorStatus.TUI_DOWN),
        (outcome.process_state is ProcessState.UNSUPPORTED_TOOL, OperatorStatus.UNKNOWN),
        (outcome.parse_status is ParseStatus.PARSE_ERROR, OperatorStatus.ERROR),
    )
    return next((status for holds, status in rows if holds), None)


def _by_lifecycle(surface: ParsedSurface, lifecycle: Lifecycle) -> OperatorStatus:
    readiness, completion = lifecycle.readiness, lifecycle.completion
    stalled = ReadinessState.STALLED is readiness or CompletionState.STALLED is completion
    busy = completion is CompletionState.IN_PROGRESS or working(surface)
    rows = (
        (completion is CompletionState.COMPLETED, OperatorStatus.COMPLETED),
        (stalled, OperatorStatus.UNKNOWN),
        (readiness is ReadinessState.BLOCKED, OperatorStatus.WAITING_USER_ANSWER),
        (completion is CompletionState.CANDIDATE_COMPLETE, OperatorStatus.READY),
        (busy, OperatorStatus.PROCESSING),
        (readiness is ReadinessState.READY, OperatorStatus.READY),
    )
    return next((status for holds, status in rows if holds), OperatorStatus.UNKNOWN)
