"""A launch as its routes and the event stream tell it. Pure."""

from houmao.api.http.answers import Wire, utc_ms
from houmao.clock import iso_ms
from houmao.requests.launch_ticket import LaunchTicket
from houmao.state.values import FleetEvent

_LAUNCH_FIELDS = (
    "launch_id",
    "host",
    "agents",
    "provider",
    "state",
    "outcome",
    "detail",
    "agent_name",
    "agent_id",
    "recorded_at",
    "summary",
)


def launch_view(found: LaunchTicket) -> Wire:
    """One launch as it is told."""
    return {
        "status": "ok",
        "launch_id": found.launch_id,
        "host": found.host,
        "state": found.state,
        "outcome": found.outcome,
        "detail": found.detail or f"the launch is {found.state.value}",
        "agents": found.agents,
        "provider": found.provider,
        "agent_name": found.agent_name or None,
        "agent_id": found.agent_id or None,
        "tmux_session_name": found.tmux_session_name or None,
        "manifest_path": found.manifest_path or None,
        "tracked_agent_id": found.tracked_agent_id or None,
        "created_at": iso_ms(found.created_at),
        "ended_at": utc_ms(found.ended_at),
    }


def launch_event(found: FleetEvent) -> Wire:
    """One step of a launch, for the event stream."""
    return {name: found.fields.get(name) for name in _LAUNCH_FIELDS}
