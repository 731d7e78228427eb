"""What the lifecycle kernels say of one moment, and what will happen by itself. Values only."""

from dataclasses import dataclass

from houmao.track.vocabulary import CompletionState, ReadinessState


@dataclass(frozen=True, slots=True)
class Doubt:
    """Since when nothing can be said about the surface; all empty while something can."""

    unknown_elapsed_seconds: float | None = None
    elapsed_stalled_seconds: float | None = None
    entered_stalled: bool = False
    recovered_from_stalled: bool = False
    recovered_to: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a prompt could be submitted."""

    status: ReadinessState
    doubt: Doubt = Doubt()


@dataclass(frozen=True, slots=True)
class Completion:
    """How far the turn after an anchor has come."""

    status: CompletionState
    doubt: Doubt = Doubt()
    candidate_elapsed_seconds: float | None = None
    saw_working: bool = False
    saw_projection_change: bool = False


@dataclass(frozen=True, slots=True)
class PendingTimer:
    """What will happen by itself, and when on the scheduler's clock."""

    name: str
    due: float
