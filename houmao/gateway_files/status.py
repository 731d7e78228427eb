"""What a gateway says of itself and of its agent, and whether it takes requests. Pure.

Whether the gateway is well and whether its agent is are separate axes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PROTOCOL = "v1"
SCHEMA_VERSION = 1

DETACHED, WINDOW = "detached_process", "tmux_auxiliary_window"


class RequestAdmission(StrEnum):
    """Whether a gateway takes requests."""

    OPEN = "open"
    BLOCKED_UNAVAILABLE = "blocked_unavailable"
    BLOCKED_RECONCILIATION = "blocked_reconciliation"


class SurfaceEligibility(StrEnum):
    """Whether the agent's screen would take a prompt."""

    READY = "ready"
    UNKNOWN = "unknown"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class GatewaySubject:
    """The session that a gateway stands beside."""

    attach_identity: str
    backend: str
    tmux_session_name: str


@dataclass(frozen=True, slots=True)
class GatewayInstance:
    """A running gateway. `agent_instance` names the agent's incarnation; its change is an epoch."""

    pid: int
    host: str
    port: int
    epoch: int
    agent_instance: str | None
    execution_mode: str = DETACHED
    tmux_window_id: str | None = None
    tmux_window_index: str | None = None
    tmux_pane_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentPresence:
    """What a gateway has just seen of its agent; `instance` None when it is not there."""

    instance: str | None
    eligibility: SurfaceEligibility

    @property
    def connected(self) -> bool:
        return self.instance is not None


ABSENT = AgentPresence(None, SurfaceEligibility.UNKNOWN)


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """Requests that are not ended yet, and whether one of them is being carried out."""

    depth: int = 0
    running: bool = False


def admission(presence: AgentPresence, epoch: int) -> RequestAdmission:
    """Another incarnation than the one attached to gets nothing until somebody has looked."""
    if epoch > 1:
        return RequestAdmission.BLOCKED_RECONCILIATION
    return RequestAdmission.OPEN if presence.connected else RequestAdmission.BLOCKED_UNAVAILABLE


#: What a gateway says of an agent that is another incarnation than the one it knew.
_RECONCILE = "reconciliation_required"


def needs_reconciliation(told: Mapping[str, object]) -> bool:
    """Whether a status says that somebody has to look before anything is taken."""
    return told.get("managed_agent_recovery") == _RECONCILE


def _recovery(presence: AgentPresence, epoch: int) -> str:
    if epoch > 1:
        return _RECONCILE
    return "idle" if presence.connected else "awaiting_rebind"


def next_epoch(epoch: int, before: str | None, now: str | None) -> int:
    """The epoch after the agent's incarnation was seen again; an absent agent changes nothing."""
    return epoch + 1 if before is not None and now is not None and before != now else epoch


def status(
    subject: GatewaySubject,
    instance: GatewayInstance | None,
    presence: AgentPresence,
    load: QueueLoad,
) -> dict[str, object]:
    """The status object; `instance` None when no gateway runs."""
    epoch = instance.epoch if instance else 1
    return {
        "schema_version": SCHEMA_VERSION,
        "protocol_version": PROTOCOL,
        "attach_identity": subject.attach_identity,
        "backend": subject.backend,
        "tmux_session_name": subject.tmux_session_name,
        "gateway_health": "healthy" if instance else "not_attached",
        "managed_agent_connectivity": "connected" if presence.connected else "unavailable",
        "managed_agent_recovery": _recovery(presence, epoch),
        "request_admission": admission(presence, epoch),
        "terminal_surface_eligibility": presence.eligibility,
        "active_execution": "running" if load.running else "idle",
        "queue_depth": load.depth,
        "managed_agent_instance_epoch": epoch,
        "managed_agent_instance_id": instance.agent_instance if instance else presence.instance,
        **_place(instance),
    }


def _place(instance: GatewayInstance | None) -> Mapping[str, object]:
    found = instance or GatewayInstance(0, "", 0, 1, None)
    return {
        "execution_mode": found.execution_mode,
        "gateway_host": found.host or None,
        "gateway_port": found.port or None,
        "gateway_tmux_window_id": found.tmux_window_id,
        "gateway_tmux_window_index": found.tmux_window_index,
        "gateway_tmux_pane_id": found.tmux_pane_id,
    }
