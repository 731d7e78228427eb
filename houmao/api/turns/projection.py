"""Turns of headless agents as their routes and the event stream tell them. Pure."""

from collections.abc import Mapping
from typing import Any

from houmao.api.http.answers import Wire, utc
from houmao.clock import iso, parse_iso
from houmao.headless.records import TurnRecord
from houmao.headless.turn_status import TurnStatus
from houmao.state.values import FleetEvent

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
        "completed_at_utc": utc(found.completed_at),
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
        "interrupt_requested_at_utc": utc(found.interrupt_requested_at),
        "timed_out_at_utc": utc(found.timed_out_at),
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
