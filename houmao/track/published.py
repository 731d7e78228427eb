"""What a host publishes of one agent, and which part of a change is worth telling. Values only.

Wall times are seconds since the epoch. What follows from other fields is not repeated here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from houmao.detect.projection import ParsedSurface
from houmao.track.anchor import CompletionBasis
from houmao.track.chat import Chat
from houmao.track.diagnostics import Availability, Diagnostics
from houmao.track.operator_view import LifecycleTiming, OperatorView
from houmao.track.state import LastTurn, Surface, TrackedState, TurnPhase
from houmao.track.vocabulary import OperatorStatus


@dataclass(frozen=True, slots=True)
class VisibleStability:
    """For how long nothing a reader sees has changed, as of the latest look."""

    signature: str = ""
    stable: bool = False
    stable_for_seconds: float = 0.0
    since: float | None = None


@dataclass(frozen=True, slots=True)
class HostState:
    """Everything published of one agent; the defaults are what holds before the first look."""

    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    availability: Availability = Availability.UNKNOWN
    parsed: ParsedSurface | None = None
    #: The session's state as far as the diagnostics let it be believed.
    tracked: TrackedState = field(default_factory=TrackedState)
    last_turn_updated_at: float | None = None
    chat: Chat = field(default_factory=Chat)
    operator: OperatorView = field(default_factory=OperatorView)
    timing: LifecycleTiming = field(default_factory=LifecycleTiming)
    authority: CompletionBasis = field(default_factory=CompletionBasis)
    stability: VisibleStability = field(default_factory=VisibleStability)


@dataclass(frozen=True, slots=True)
class HostTransition:
    """One change worth telling: when, why, which fields, and the state after it."""

    recorded_at: float
    summary: str
    changed_fields: tuple[str, ...]
    state: HostState

    @property
    def phase(self) -> TurnPhase:
        return self.state.tracked.phase

    @property
    def last_turn(self) -> LastTurn:
        return self.state.tracked.last_turn

    @property
    def operator_status(self) -> OperatorStatus:
        return self.state.operator.status


#: The fields whose change is told, under the names readers know, in the order they are told.
_TOLD: tuple[tuple[str, Callable[[HostState], object]], ...] = (
    ("diagnostics_availability", lambda it: it.availability),
    ("transport_state", lambda it: it.diagnostics.transport_state),
    ("process_state", lambda it: it.diagnostics.process_state),
    ("parse_status", lambda it: it.diagnostics.parse_status),
    ("surface_accepting_input", lambda it: it.tracked.surface.accepting_input),
    ("surface_editing_input", lambda it: it.tracked.surface.editing_input),
    ("surface_ready_posture", lambda it: it.tracked.surface.ready_posture),
    ("surface_pending_input", lambda it: it.tracked.surface.pending_input),
    ("surface_blocked_on", lambda it: it.tracked.surface.blocked_on),
    ("turn_phase", lambda it: it.tracked.phase),
    ("last_turn_result", lambda it: it.tracked.last_turn.result),
    ("last_turn_source", lambda it: it.tracked.last_turn.source),
    ("chat_context", lambda it: it.chat.context),
    ("chat_context_diagnostic", lambda it: it.chat.diagnostic),
    ("probe_error", lambda it: it.diagnostics.probe_error),
    ("parse_error", lambda it: it.diagnostics.parse_error),
    ("surface_business_state", lambda it: it.parsed and it.parsed.business_state),
    ("surface_input_mode", lambda it: it.parsed and it.parsed.input_mode),
    ("surface_ui_context", lambda it: it.parsed and it.parsed.ui_context),
)

#: While these hold, a turn phase would be a guess.
_BLIND = (Availability.ERROR, Availability.TUI_DOWN, Availability.UNAVAILABLE)


def changed_fields(before: HostState, after: HostState) -> tuple[str, ...]:
    """Names of the told fields that differ, in their fixed order."""
    return tuple(name for name, read in _TOLD if read(before) != read(after))


def believable(tracked: TrackedState, availability: Availability) -> TrackedState:
    """What may be published of a session's state under the availability of its pane.

    The phase is about the present and withdrawn when nobody can see it. The surface of a tool
    that went down is its last one; of a pane that is gone there is none. The last turn stays.
    """
    if availability not in _BLIND:
        return tracked
    gone = availability is Availability.UNAVAILABLE
    surface = Surface() if gone else tracked.surface
    return TrackedState(
        surface=surface,
        phase=TurnPhase.UNKNOWN,
        last_turn=tracked.last_turn,
        detector_name=tracked.detector_name,
        detector_version=tracked.detector_version,
        notes=tracked.notes,
        evidence=() if gone else tracked.evidence,
    )


def visible(state: HostState) -> dict[str, object]:
    """What stability is about: everything a reader sees but times and the host's own clockwork."""
    return {
        "diagnostics": state.diagnostics,
        "parsed": state.parsed,
        "surface": state.tracked.surface,
        "phase": state.tracked.phase,
        "last_turn": state.tracked.last_turn,
        "chat": state.chat,
    }
