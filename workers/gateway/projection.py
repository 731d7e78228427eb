"""An agent's tracked state as gateways answer with it. Pure.

The same objects as those of registered terminals, with exactly the fields that published clients
of gateways take: their models refuse any other.
"""

from houmao.api.http.answers import Wire
from houmao.api.terminals import projection as terminals
from houmao.api.terminals.projection import RECENT as RECENT
from houmao.clock import iso, parse_iso
from houmao.state.values import AgentIdentity, Detail, History, HistoryEntry
from houmao.terminals.registration import Registration, Terminal, default_terminal_id

_SURFACE = ("accepting_input", "editing_input", "ready_posture")
_NOT_ASKED_FOR = frozenset({"chat_context", "chat_context_diagnostic"})
_NOT_IN_TRANSITIONS = frozenset({"blocked_on", "editing_input", "pending_input"})


def terminal_state(found: Detail, past: History | None, now: float) -> Wire:
    """The state of the agent's terminal."""
    told = terminals.state(_terminal(found.identity, now), found, past, now)
    return {
        **{name: value for name, value in told.items() if name not in _NOT_ASKED_FOR},
        "surface": _surface(told["surface"]),
        "recent_transitions": [_transition(each) for each in _list(told["recent_transitions"])],
    }


def snapshots(past: History) -> Wire:
    """The state after each recent change, oldest first."""
    identity = past.identity
    return {
        "terminal_id": default_terminal_id(identity.tmux_session_name),
        "tracked_session_id": identity.tmux_session_name,
        "entries": [_snapshot(each) for each in reversed(past.entries)],
    }


def _snapshot(found: HistoryEntry) -> Wire:
    fields, entry = found.fields, terminals.history_entry(found)
    return {
        "recorded_at_utc": iso(found.recorded_at),
        "diagnostics": {
            "availability": entry["diagnostics_availability"],
            "transport_state": fields["transport_state"],
            "process_state": fields["process_state"],
            "parse_status": fields["parse_status"],
            "probe_error": None,
            "parse_error": None,
        },
        # The screens themselves are not kept.
        "probe_snapshot": None,
        "parsed_surface": None,
        "surface": {name: fields.get(name, "unknown") for name in _SURFACE},
        "turn": {"phase": fields["turn_phase"]},
        "last_turn": {
            "result": fields["last_turn_result"],
            "source": fields["last_turn_source"],
            "updated_at_utc": _text(fields.get("last_turn_updated_at")),
        },
        "stability": {
            "signature": fields.get("signature", ""),
            "stable": False,
            "stable_for_seconds": 0.0,
            "stable_since_utc": iso(found.recorded_at),
        },
    }


def _text(moment: str | None) -> str | None:
    return iso(parse_iso(moment)) if moment else None


def _terminal(identity: AgentIdentity, now: float) -> Terminal:
    """The agent's terminal, as if somebody had registered it."""
    session = identity.tmux_session_name
    registration = Registration(
        session_name=session,
        terminal_id=default_terminal_id(session),
        tool=identity.tool,
        registered_at=now,
        manifest_path=identity.manifest_path,
        session_root=identity.session_root,
        agent_name=identity.agent_name,
        agent_id=identity.agent_id,
        tmux_session_name=session,
    )
    return Terminal(registration, identity.host, identity.agent_id, looked_for=True)


def _surface(found: object) -> Wire:
    return {name: found[name] for name in _SURFACE} if isinstance(found, dict) else {}


def _list(found: object) -> list[Wire]:
    return found if isinstance(found, list) else []


def _transition(found: Wire) -> Wire:
    return {name: value for name, value in found.items() if name not in _NOT_IN_TRANSITIONS}
