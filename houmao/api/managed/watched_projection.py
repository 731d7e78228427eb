"""Watched agents in the shape that managed-agent clients read. Pure.

Managed agents are either watched through their screen (`tui`) or run turn by turn
(`headless`); this file projects the first kind.
"""

from collections.abc import Mapping
from urllib.parse import quote

from houmao.api.http.answers import Wire
from houmao.api.observation.projection import (
    diagnostics,
    observed,
    problem,
    screen,
    stability,
    surface,
)
from houmao.clock import iso
from houmao.state.values import AgentIdentity, AgentState, Detail, History, HistoryEntry
from houmao.track.diagnostics import Availability
from houmao.track.state import TurnPhase

#: Availability of a screen, told as availability of an agent; all others count as available.
_AVAILABILITY = {
    Availability.ERROR.value: "error",
    Availability.UNAVAILABLE.value: "unavailable",
    Availability.TUI_DOWN.value: "unavailable",
}


def identity(agent: AgentIdentity) -> Wire:
    """Who a watched agent is, in the words of managed agents."""
    return {
        "tracked_agent_id": agent.agent_id,
        "transport": "tui",
        "tool": agent.tool,
        "session_name": agent.tmux_session_name,
        "terminal_id": agent.agent_id,
        "runtime_session_id": agent.agent_id,
        "tmux_session_name": agent.tmux_session_name,
        "tmux_window_name": "agent" if agent.backend == "local_interactive" else None,
        "manifest_path": agent.manifest_path,
        "session_root": agent.session_root or None,
        "agent_name": agent.agent_name,
        "agent_id": agent.agent_id,
        "host": agent.host,
    }


def managed_state(
    agent: AgentIdentity, state: AgentState | None, gateway: Mapping[str, object] | None
) -> Wire:
    """The agent's state; `gateway` is what its gateway says of itself, if it has one.

    Raises Unavailable when the agent was not observed yet.
    """
    current = observed(agent, state)
    active = current.tracked.phase is TurnPhase.ACTIVE
    problems = (current.diagnostics.probe_error, current.diagnostics.parse_error)
    return {
        "tracked_agent_id": agent.agent_id,
        "identity": identity(agent),
        "availability": availability(current.availability),
        "turn": {
            "phase": current.tracked.phase,
            "active_turn_id": f"tui-anchor:{agent.agent_id}" if active else None,
        },
        "last_turn": {
            "result": current.tracked.last_turn.result,
            "turn_id": None,
            "turn_index": None,
            "updated_at_utc": None,
        },
        "diagnostics": [problem(each) for each in problems if each],
        "mailbox": _mailbox(agent),
        "gateway": gateway,
    }


def managed_detail(found: Detail, summary_state: Wire, now: float) -> Wire:
    """The agent's state and everything behind it."""
    agent, current = found.identity, observed(found.identity, found.state)
    route = f"/houmao/agents/{quote(agent.agent_id, safe='')}"
    return {
        "tracked_agent_id": agent.agent_id,
        "identity": identity(agent),
        "summary_state": summary_state,
        "detail": {
            "transport": "tui",
            "terminal_id": agent.agent_id,
            "canonical_terminal_state_route": f"{route}/state",
            "canonical_terminal_history_route": f"{route}/history",
            "diagnostics": diagnostics(current),
            **screen(found),
            "surface": surface(current),
            "stability": stability(current, now),
        },
    }


def managed_history(found: History) -> Wire:
    """The agent's recent changes. Raises Unavailable when it was not observed yet."""
    observed(found.identity, found.state)
    return {
        "tracked_agent_id": found.identity.agent_id,
        "entries": [_entry(each) for each in found.entries],
    }


def availability(of_screen: str) -> str:
    """An agent counts as available unless its screen is known to be down or unreadable."""
    return _AVAILABILITY.get(of_screen, "available")


def _entry(found: HistoryEntry) -> Wire:
    return {
        "recorded_at_utc": iso(found.recorded_at),
        "summary": found.summary,
        "availability": availability(found.fields["availability"]),
        "turn_phase": found.fields["turn_phase"],
        "last_turn_result": found.fields["last_turn_result"],
        "turn_id": None,
    }


def _mailbox(agent: AgentIdentity) -> Wire | None:
    if agent.mailbox_transport is None:
        return None
    return {
        "transport": agent.mailbox_transport,
        "principal_id": agent.mailbox_principal_id,
        "address": agent.mailbox_address,
    }
