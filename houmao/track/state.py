"""The one vocabulary of what is going on: surface, turn, last turn. Values only."""

from dataclasses import dataclass, field
from enum import StrEnum

from houmao.detect.signals import BlockedOn, Evidence, Tristate


class TurnPhase(StrEnum):
    """What the agent is doing now."""

    READY = "ready"
    ACTIVE = "active"
    UNKNOWN = "unknown"


class LastTurnResult(StrEnum):
    """How the latest finished turn ended; sticky until the next turn."""

    SUCCESS = "success"
    INTERRUPTED = "interrupted"
    KNOWN_FAILURE = "known_failure"
    NONE = "none"


class LastTurnSource(StrEnum):
    """How the tracker learned of the latest finished turn."""

    EXPLICIT_INPUT = "explicit_input"
    SURFACE_INFERENCE = "surface_inference"
    NONE = "none"


class Cause(StrEnum):
    """What made the tracker change its mind."""

    SNAPSHOT = "snapshot"
    TIMER = "timer"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class Surface:
    """What the screen shows; `blocked_on` is None when no dialog waits."""

    accepting_input: Tristate = Tristate.UNKNOWN
    editing_input: Tristate = Tristate.UNKNOWN
    ready_posture: Tristate = Tristate.UNKNOWN
    pending_input: Tristate = Tristate.UNKNOWN
    blocked_on: BlockedOn | None = None


@dataclass(frozen=True, slots=True)
class LastTurn:
    """How the latest finished turn ended and how we know of it."""

    result: LastTurnResult = LastTurnResult.NONE
    source: LastTurnSource = LastTurnSource.NONE


@dataclass(frozen=True, slots=True)
class TrackedState:
    """Everything a tracker session says about one agent at one moment."""

    surface: Surface = field(default_factory=Surface)
    phase: TurnPhase = TurnPhase.UNKNOWN
    last_turn: LastTurn = field(default_factory=LastTurn)
    detector_name: str = ""
    detector_version: str = ""
    active_reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    #: Shells, sub-agents and the like that go on beside the turn; no part of the phase.
    background: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of a tracker session: the state after it, when and why it came."""

    at_seconds: float
    cause: Cause
    note: str
    state: TrackedState
