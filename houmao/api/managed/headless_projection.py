"""Headless agents in the shape that managed-agent clients read. Pure."""

from collections.abc import Mapping

from houmao.api.http.answers import Wire, utc
from houmao.api.services.headless import HeadlessSnapshot
from houmao.clock import iso
from houmao.headless.records import TurnRecord
from houmao.headless.turn_status import TurnStatus
from houmao.state.values import HeadlessAgent

_RESULTS = {
    TurnStatus.COMPLETED: "success",
    TurnStatus.INTERRUPTED: "interrupted",
    TurnStatus.ACTIVE: "none",
}
_FAILED = "known_failure"


def managed_state(found: HeadlessSnapshot, gateway: Mapping[str, object] | None) -> Wire:
    """What a headless agent is doing."""
    return {
        "tracked_agent_id": found.agent.tracked_agent_id,
        "identity": identity(found.agent),
        "availability": "available" if _can_run(found) else "unavailable",
        "turn": _phase(found),
        "last_turn": _last_turn(found),
        "diagnostics": _diagnostics(found),
        "mailbox": _mailbox(found),
        "gateway": gateway,
    }


def brief(found: HeadlessSnapshot) -> Wire:
    """What a headless agent is doing, for a list of all agents."""
    active = _active(found)
    return {
        "tracked_agent_id": found.agent.tracked_agent_id,
        "availability": "available" if _can_run(found) else "unavailable",
        "turn": _phase(found),
        "last_turn": _last_turn(found),
        "active_turn_started_at_utc": utc(active.started_at) if active else None,
        "diagnostics": _diagnostics(found),
    }


def managed_detail(found: HeadlessSnapshot, summary_state: Wire) -> Wire:
    """The same with everything behind it."""
    active, last = _active(found), _last(found)
    return {
        "tracked_agent_id": found.agent.tracked_agent_id,
        "identity": identity(found.agent),
        "summary_state": summary_state,
        "detail": {
            "transport": "headless",
            "runtime_resumable": found.agent.not_resumable is None,
            "tmux_session_live": found.agent.session_lives,
            "can_accept_prompt_now": _can_run(found) and active is None,
            "interruptible": active is not None,
            "turn": _phase(found),
            "last_turn": _last_turn(found),
            "active_turn_started_at_utc": utc(active.started_at) if active else None,
            "active_turn_interrupt_requested_at_utc": (
                utc(active.interrupt_requested_at) if active else None
            ),
            **_last_detail(last),
            "mailbox": summary_state["mailbox"],
            "gateway": summary_state["gateway"],
            "diagnostics": summary_state["diagnostics"],
        },
    }


def managed_history(found: HeadlessSnapshot) -> Wire:
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


def identity(agent: HeadlessAgent) -> Wire:
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
        "host": agent.host,
    }


def _can_run(found: HeadlessSnapshot) -> bool:
    return found.served and found.agent.session_lives and found.agent.not_resumable is None


def _active(found: HeadlessSnapshot) -> TurnRecord | None:
    return next((it for it in found.turns if it.active), None)


def _last(found: HeadlessSnapshot) -> TurnRecord | None:
    """The turn that ended last; the active one when none has ended yet."""
    ended = sorted((it for it in found.turns if not it.active), key=lambda it: it.told_at)
    return ended[-1] if ended else _active(found)


def _phase(found: HeadlessSnapshot) -> Wire:
    active = _active(found)
    if active is not None:
        return {"phase": "active", "active_turn_id": active.turn_id}
    return {"phase": "ready" if _can_run(found) else "unknown", "active_turn_id": None}


def _last_turn(found: HeadlessSnapshot) -> Wire:
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
        "last_turn_completed_at_utc": utc(last.completed_at) if last else None,
        "last_turn_completion_source": last.completion_source if last else None,
        "last_turn_returncode": last.returncode if last else None,
        "last_turn_history_summary": None,
        "last_turn_error": last.error if last else None,
    }


def _diagnostics(found: HeadlessSnapshot) -> list[Wire]:
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


def _mailbox(found: HeadlessSnapshot) -> Wire | None:
    record = found.record
    if record is None or record.mailbox_transport is None:
        return None
    return {
        "transport": record.mailbox_transport,
        "principal_id": record.mailbox_principal_id,
        "address": record.mailbox_address,
    }
