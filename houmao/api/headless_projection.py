"""Headless agents and their turns in the words of the API. Pure."""

from collections.abc import Mapping
from typing import Any

from houmao.api.headless import Present
from houmao.api.wire import Wire
from houmao.clock import iso, parse_iso
from houmao.headless.records import TurnRecord
from houmao.headless.turn import TurnStatus
from houmao.state.values import FleetEvent, HeadlessAgent

_RESULTS = {
    TurnStatus.COMPLETED: "success",
    TurnStatus.INTERRUPTED: "interrupted",
    TurnStatus.ACTIVE: "none",
}
_FAILED = "known_failure"
_EVENT_FIELDS = (
    "turn_id",
    "tracked_agent_id",
    "turn_index",
    "status",
    "error",
    "fan_out_id",
    "recorded_at",
    "summary",
)


def turn(found: TurnRecord) -> Wire:
    """One turn as it is now."""
    return {
        "tracked_agent_id": found.tracked_agent_id,
        "turn_id": found.turn_id,
        "turn_index": found.turn_index,
        "status": found.status,
        "started_at_utc": iso(found.started_at),
        "completed_at_utc": _time(found.completed_at),
        "returncode": found.returncode,
        "completion_source": found.completion_source,
        "stdout_path": found.stdout_path,
        "stderr_path": found.stderr_path,
        "error": found.error,
        "agent_id": found.agent_id,
        "agent_name": found.agent_name,
        "answer": found.answer,
        "event_count": found.events,
        "provider_session_id": found.provider_session_id,
        "interrupt_requested_at_utc": _time(found.interrupt_requested_at),
        "timed_out_at_utc": _time(found.timed_out_at),
        "limit_seconds": found.limit_seconds,
        "fan_out_id": found.fan_out_id,
    }


def accepted(found: TurnRecord) -> Wire:
    """A turn that its host has just taken."""
    return {
        "status": "ok",
        "tracked_agent_id": found.tracked_agent_id,
        "turn_id": found.turn_id,
        "turn_index": found.turn_index,
        "turn_status": found.status,
        "detail": f"turn {found.turn_id} accepted",
    }


def events(found: TurnRecord, entries: list[dict[str, Any]]) -> Wire:
    """A turn's events; `entries` as their file has them, each with its number."""
    return {
        "tracked_agent_id": found.tracked_agent_id,
        "turn_id": found.turn_id,
        "status": found.status,
        "entries": [_entry(each) for each in entries],
    }


def fan_out(fan_out_id: str, found: list[tuple[Mapping[str, Any], TurnRecord | None]]) -> Wire:
    """One prompt's turns; `done` once none of them can change any more."""
    entries = [_fanned(each, record) for each, record in found]
    counts = {status.value: 0 for status in TurnStatus} | {"refused": 0, "unknown": 0}
    for entry in entries:
        counts[str(entry["status"])] += 1
    return {
        "status": "ok",
        "fan_out_id": fan_out_id,
        "done": not (counts["active"] or counts["unknown"]),
        "counts": counts,
        "turns": entries,
    }


def turn_event(found: FleetEvent) -> Wire:
    """One step of a turn, for the event stream."""
    who = {"agent_id": found.agent_id, "agent_name": found.agent_name}
    return {**who, **{name: found.fields.get(name) for name in _EVENT_FIELDS}}


# --- as a managed agent ---------------------------------------------------------------------


def managed_state(found: Present, gateway: Mapping[str, object] | None) -> Wire:
    """What a headless agent is doing."""
    return {
        "tracked_agent_id": found.agent.tracked_agent_id,
        "identity": _identity(found.agent),
        "availability": "available" if _can_run(found) else "unavailable",
        "turn": _phase(found),
        "last_turn": _last_turn(found),
        "diagnostics": _diagnostics(found),
        "mailbox": _mailbox(found),
        "gateway": gateway,
    }


def brief(found: Present) -> Wire:
    """What a headless agent is doing, for a list of all agents."""
    active = _active(found)
    return {
        "tracked_agent_id": found.agent.tracked_agent_id,
        "availability": "available" if _can_run(found) else "unavailable",
        "turn": _phase(found),
        "last_turn": _last_turn(found),
        "active_turn_started_at_utc": _time(active.started_at) if active else None,
        "diagnostics": _diagnostics(found),
    }


def managed_detail(found: Present, summary_state: Wire) -> Wire:
    """The same with everything behind it."""
    active, last = _active(found), _last(found)
    return {
        "tracked_agent_id": found.agent.tracked_agent_id,
        "identity": _identity(found.agent),
        "summary_state": summary_state,
        "detail": {
            "transport": "headless",
            "runtime_resumable": found.agent.not_resumable is None,
            "tmux_session_live": found.agent.session_lives,
            "can_accept_prompt_now": _can_run(found) and active is None,
            "interruptible": active is not None,
            "turn": _phase(found),
            "last_turn": _last_turn(found),
            "active_turn_started_at_utc": _time(active.started_at) if active else None,
            "active_turn_interrupt_requested_at_utc": (
                _time(active.interrupt_requested_at) if active else None
            ),
            **_last_detail(last),
            "mailbox": summary_state["mailbox"],
            "gateway": summary_state["gateway"],
            "diagnostics": summary_state["diagnostics"],
        },
    }


def managed_history(found: Present) -> Wire:
    """The agent's turns, newest first."""
    return {
        "tracked_agent_id": found.agent.tracked_agent_id,
        "entries": [
            {
                "recorded_at_utc": iso(record.told_at),
                "summary": f"turn {record.turn_id}: {record.status.value}",
                "availability": "available" if found.agent.session_lives else "unavailable",
                "turn_phase": "active" if record.active else "ready",
                "last_turn_result": result(record),
                "turn_id": record.turn_id,
            }
            for record in found.turns
        ],
    }


def result(found: TurnRecord) -> str:
    """A turn's status in the words of managed agents."""
    return _RESULTS.get(found.status, _FAILED)


def _identity(agent: HeadlessAgent) -> Wire:
    return {
        "tracked_agent_id": agent.tracked_agent_id,
        "transport": "headless",
        "tool": agent.tool,
        "session_name": None,
        "terminal_id": None,
        "runtime_session_id": agent.tracked_agent_id,
        "tmux_session_name": agent.tmux_session_name,
        "tmux_window_name": "agent",
        "manifest_path": agent.manifest_path,
        "session_root": agent.session_root or None,
        "agent_name": agent.agent_name,
        "agent_id": agent.agent_id,
    }


def _can_run(found: Present) -> bool:
    return found.served and found.agent.session_lives and found.agent.not_resumable is None


def _active(found: Present) -> TurnRecord | None:
    return next((it for it in found.turns if it.active), None)


def _last(found: Present) -> TurnRecord | None:
    """The turn that ended last; the active one when none has ended yet."""
    ended = sorted((it for it in found.turns if not it.active), key=lambda it: it.told_at)
    return ended[-1] if ended else _active(found)


def _phase(found: Present) -> Wire:
    active = _active(found)
    if active is not None:
        return {"phase": "active", "active_turn_id": active.turn_id}
    return {"phase": "ready" if _can_run(found) else "unknown", "active_turn_id": None}


def _last_turn(found: Present) -> Wire:
    last = _last(found)
    return {
        "result": result(last) if last else "none",
        "turn_id": last.turn_id if last else None,
        "turn_index": last.turn_index if last else None,
        "updated_at_utc": iso(last.told_at) if last else None,
    }


def _last_detail(last: TurnRecord | None) -> Wire:
    return {
        "last_turn_status": last.status if last else None,
        "last_turn_started_at_utc": iso(last.started_at) if last else None,
        "last_turn_completed_at_utc": _time(last.completed_at) if last else None,
        "last_turn_completion_source": last.completion_source if last else None,
        "last_turn_returncode": last.returncode if last else None,
        "last_turn_history_summary": None,
        "last_turn_error": last.error if last else None,
    }


def _diagnostics(found: Present) -> list[Wire]:
    agent = found.agent
    if agent.not_resumable is not None:
        return [_problem("runtime_resume_unavailable", agent.not_resumable)]
    if not agent.session_lives:
        why = f"tmux session {agent.tmux_session_name!r} does not run"
        return [_problem("tmux_session_missing", why)]
    if not found.served:
        return [_problem("turn_process_missing", f"no turn process runs on host {agent.host}")]
    return []


def _problem(kind: str, message: str) -> Wire:
    return {"kind": kind, "message": message, "details": {}}


def _mailbox(found: Present) -> Wire | None:
    record = found.record
    if record is None or record.mailbox_transport is None:
        return None
    return {
        "transport": record.mailbox_transport,
        "principal_id": record.mailbox_principal_id,
        "address": record.mailbox_address,
    }


def _fanned(entry: Mapping[str, Any], record: TurnRecord | None) -> dict[str, Any]:
    refused = entry["error"] is not None
    return {
        **entry,
        "turn_id": None if refused else entry["turn_id"],
        "status": "refused" if refused else record.status.value if record else "unknown",
        "error": entry["error"] or (record.error if record else None),
        "answer": record.answer if record else None,
    }


def _entry(found: Mapping[str, Any]) -> Wire:
    return {
        "number": found["number"],
        "kind": found["kind"],
        "message": found["message"],
        "turn_index": found["turn_index"],
        "timestamp_utc": iso(parse_iso(found["timestamp_utc"])),
        "payload": found["payload"],
    }


def _time(moment: float | None) -> str | None:
    return None if moment is None else iso(moment)
