"""What Redis knows of an agent, as frozen values. Nothing here talks to Redis."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from houmao.detect.projection import ParsedSurface
from houmao.ids import AgentKey
from houmao.tools.catalog import HEADLESS_BACKENDS
from houmao.track.day import DayTally
from houmao.track.diagnostics import (
    Availability,
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
    passive_availability,
)
from houmao.track.snapshots import PendingTimer
from houmao.track.state import TrackedState

#: Seconds of unchanged state after which it counts as stable.
STABILITY_THRESHOLD = 1.0


@dataclass(frozen=True, slots=True)
class AgentIdentity:
    """Who an agent is and where it lives; times are ISO-8601 text as the record has them."""

    agent_id: str
    agent_name: str
    generation_id: str
    tool: str
    backend: str
    tmux_session_name: str
    manifest_path: str
    published_at: str
    lease_expires_at: str
    host: str
    session_root: str | None = None
    gateway_host: str | None = None
    gateway_port: int | None = None
    mailbox_transport: str | None = None
    mailbox_principal_id: str | None = None
    mailbox_address: str | None = None
    #: Where its tmux server listens.
    tmux_socket: str = ""

    @property
    def key(self) -> AgentKey:
        """Which agent of all hosts this is."""
        return AgentKey(self.host, self.agent_id)

    @property
    def headless(self) -> bool:
        """True for an agent without a screen."""
        return self.backend in HEADLESS_BACKENDS


@dataclass(frozen=True, slots=True)
class HeadlessAgent:
    """A headless agent that a host owns, and whether it could run a turn now."""

    tracked_agent_id: str
    host: str
    backend: str
    tool: str
    agent_id: str
    agent_name: str
    manifest_path: str
    session_root: str
    tmux_session_name: str
    created_at: float
    #: Whether its tmux session runs.
    session_lives: bool = False
    #: Why its session cannot be continued; None when it can.
    not_resumable: str | None = None

    @property
    def key(self) -> AgentKey:
        """Which agent of all hosts this is."""
        return AgentKey(self.host, self.agent_id)


@dataclass(frozen=True, slots=True)
class AgentState:
    """One agent's published state. Times are seconds since the epoch."""

    agent_id: str
    diagnostics: Diagnostics
    tracked: TrackedState
    signature: str
    stable_since: float
    captured_at: float
    epoch: int
    last_turn_updated_at: float | None = None
    #: When the agent entered its present phase.
    phase_since: float | None = None
    #: The version of the tool that runs, empty while it is not known.
    tool_version: str = ""
    #: Working directory of what runs in its pane, empty while it is not known.
    folder: str = ""
    #: Whether a turn has ended that nobody has looked at yet.
    unseen: bool = False
    #: What it did today, until the present began.
    today: DayTally = field(default_factory=DayTally)
    #: Since when a person has been needed for what blocks it; None while nothing does.
    blocked_since: float | None = None
    #: What was going to happen by itself when this was published.
    pending: tuple[PendingTimer, ...] = ()
    #: Why the tool's own journal is no witness; empty while it is one, or was never looked for.
    journal: str = ""
    #: How often screen and journal contradicted each other for longer than a moment.
    contradictions: int = 0

    @property
    def availability(self) -> Availability:
        """Whether surface and turn may be believed at all."""
        return passive_availability(self.diagnostics)

    def stable_for(self, now: float) -> float:
        """Seconds since anything a reader can see last changed."""
        return max(0.0, now - self.stable_since)

    def is_stable(self, now: float) -> bool:
        """True once the state has not changed for the stability threshold."""
        return self.stable_for(now) >= STABILITY_THRESHOLD


@dataclass(frozen=True, slots=True)
class ProbeSnapshot:
    """Facts about the latest capture of the agent's pane."""

    observed_at: float
    pane_id: str
    pane_pid: int
    captured_text_hash: str
    captured_text_length: int
    captured_text_excerpt: str
    matched_process_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostStatus:
    """What the watch process of a host last said of itself."""

    host: str
    pid: int
    epoch: int
    #: All agents of the host had been looked at by then.
    heartbeat_at: float
    agents: int
    started_at: float
    version: str = ""
    runtime_root: str = ""
    registry_root: str = ""
    tmux_socket: str = ""
    #: Longest turn of its loop since the heartbeat before.
    slowest_turn_ms: int = 0


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One published change; `fields` are the public names and values after it."""

    entry_id: str
    recorded_at: float
    summary: str
    changed_fields: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FleetEvent:
    """One entry of the fleet's stream of changes."""

    event_id: str
    agent_id: str
    agent_name: str
    fields: Mapping[str, str]

    def is_about(self, agent: AgentKey) -> bool:
        """True for an event of that agent; turns tell no host, and their ids are their own."""
        return self.agent_id == agent.agent_id and self.fields.get("host", agent.host) == agent.host


@dataclass(frozen=True, slots=True)
class Observation:
    """An agent with its state; `state` is None until it was first observed."""

    identity: AgentIdentity
    state: AgentState | None
    seen_at: float


@dataclass(frozen=True, slots=True)
class Detail:
    """An observation with the capture behind it."""

    identity: AgentIdentity
    state: AgentState | None
    seen_at: float
    probe: ProbeSnapshot | None
    surface: ParsedSurface | None


@dataclass(frozen=True, slots=True)
class History:
    """An agent's recent changes, newest first."""

    identity: AgentIdentity
    state: AgentState | None
    entries: tuple[HistoryEntry, ...]


def unwatched(state: AgentState, reason: str) -> AgentState:
    """The state as it may be told when nobody looks at the pane any more.

    The last turn is history and stays true; everything about the present is withdrawn.
    """
    return replace(
        state,
        diagnostics=_not_told(Problem("watch_stalled", reason)),
        tracked=TrackedState(last_turn=state.tracked.last_turn),
        phase_since=None,
        pending=(),
    )


def unreadable(agent_id: str, reason: str, seen_at: float) -> AgentState:
    """What may be told of an agent whose host writes states in a way that is unknown here."""
    return AgentState(
        agent_id=agent_id,
        diagnostics=_not_told(Problem("state_unreadable", reason)),
        tracked=TrackedState(),
        signature="",
        stable_since=seen_at,
        captured_at=seen_at,
        epoch=0,
    )


def _not_told(problem: Problem) -> Diagnostics:
    return Diagnostics(
        transport_state=TransportState.PROBE_ERROR,
        process_state=ProcessState.UNKNOWN,
        parse_status=ParseStatus.PROBE_ERROR,
        probe_error=problem,
    )
