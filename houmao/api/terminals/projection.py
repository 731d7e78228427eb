"""Registered terminals as their routes tell them. Pure.

The availability of a terminal follows other rules than that of an agent, and so does the order
of its changes: oldest first.
"""

from collections.abc import Mapping
from dataclasses import asdict

from houmao.api.http.answers import Wire, utc
from houmao.api.observation import projection as observation
from houmao.state.values import AgentState, Detail, History, HistoryEntry
from houmao.terminals.registration import Terminal
from houmao.track.chat import Chat, chat_of
from houmao.track.diagnostics import (
    Availability,
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
    terminal_availability,
)
from houmao.track.state import TrackedState
from houmao.track.vocabulary import ParsedAvailability

#: Changes that a state tells beside the present.
RECENT = 24


def registered(terminal: Terminal) -> Wire:
    """The answer to a registration."""
    known = terminal.registration
    return {
        "success": True,
        "session_name": known.session_name,
        "terminal_id": known.terminal_id,
    }


def tracked_session(terminal: Terminal) -> Wire:
    """What was registered, and the agent that is watched there."""
    known = terminal.registration
    return {
        "tracked_session_id": known.session_name,
        "session_name": known.session_name,
        "tool": known.tool,
        "observed_tool_version": known.observed_tool_version,
        "tmux_session_name": known.tmux_session,
        "tmux_window_name": known.tmux_window_name,
        "terminal_aliases": [known.terminal_id],
        "agent_name": known.agent_name,
        "agent_id": known.agent_id or terminal.agent_id,
        "manifest_path": known.manifest_path,
        "session_root": known.session_root,
    }


def state(terminal: Terminal, found: Detail | None, past: History | None, now: float) -> Wire:
    """The terminal's state; `found` and `past` are those of the agent in it, if there is one."""
    head: Wire = {
        "terminal_id": terminal.registration.terminal_id,
        "tracked_session": tracked_session(terminal),
    }
    if found is None or found.state is None:
        return {**head, **_unseen(terminal)}
    return {**head, **_seen(found, found.state, now), "recent_transitions": _recent(past)}


def history(terminal: Terminal, past: History | None) -> Wire:
    """The terminal's changes, oldest first."""
    known = terminal.registration
    return {
        "terminal_id": known.terminal_id,
        "tracked_session_id": known.session_name,
        "entries": [history_entry(each) for each in reversed(past.entries if past else ())],
    }


def _unseen(terminal: Terminal) -> Wire:
    """A terminal in which nobody has seen an agent: not looked for yet, or no tmux session."""
    outcome, tracked = Diagnostics(), TrackedState()
    availability = terminal_availability(outcome) if terminal.looked_for else Availability.UNKNOWN
    return {
        "diagnostics": _diagnostics(outcome, availability),
        "probe_snapshot": None,
        "parsed_surface": None,
        "surface": observation.tracked_surface(tracked),
        "turn": {"phase": tracked.phase},
        "last_turn": {
            "result": tracked.last_turn.result,
            "source": tracked.last_turn.source,
            "updated_at_utc": None,
        },
        **_chat(Chat()),
        "stability": {
            "signature": "",
            "stable": False,
            "stable_for_seconds": 0.0,
            "stable_since_utc": None,
        },
        "recent_transitions": [],
    }


def _seen(found: Detail, current: AgentState, now: float) -> Wire:
    surface, outcome, last = found.surface, current.diagnostics, current.tracked.last_turn
    supported = surface is not None and surface.availability == ParsedAvailability.SUPPORTED
    updated = current.last_turn_updated_at
    return {
        "diagnostics": _diagnostics(outcome, terminal_availability(outcome, supported)),
        **observation.screen(found),
        "surface": observation.surface(current),
        "turn": {"phase": current.tracked.phase},
        "last_turn": {
            "result": last.result,
            "source": last.source,
            "updated_at_utc": utc(updated),
        },
        **_chat(chat_of(found.identity.tool, current.tracked)),
        "stability": observation.stability(current, now),
    }


def _diagnostics(outcome: Diagnostics, availability: Availability) -> Wire:
    return {**observation.outcome(outcome), "availability": availability}


def _chat(chat: Chat) -> Wire:
    return {
        "chat_context": chat.context,
        "chat_context_diagnostic": asdict(chat.diagnostic) if chat.diagnostic else None,
    }


def _recent(past: History | None) -> list[Wire]:
    return [history_entry(each) for each in reversed(past.entries[:RECENT] if past else ())]


def history_entry(found: HistoryEntry) -> Wire:
    return {
        **observation.entry(found),
        "changed_fields": found.changed_fields,
        "diagnostics_availability": terminal_availability(_outcome(found.fields)),
    }


def _outcome(fields: Mapping[str, str]) -> Diagnostics:
    return Diagnostics(
        TransportState(fields["transport_state"]),
        ProcessState(fields["process_state"]),
        ParseStatus(fields["parse_status"]),
        *(Problem("", "") if fields.get(name) else None for name in ("probe_error", "parse_error")),
    )
