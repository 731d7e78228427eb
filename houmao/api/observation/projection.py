"""What was read off an agent's screen, as the objects that routes answer with. Pure.

Plain dicts built field by field: this runs on every read. Times become UTC text; the age of a
state is counted from the `now` that is handed in.
"""

from collections.abc import Mapping
from typing import Any

from houmao.api.http.answers import Wire, utc, utc_ms
from houmao.clock import iso, iso_ms
from houmao.detect.projection import ParsedSurface
from houmao.detect.signals import Evidence
from houmao.errors import Unavailable
from houmao.state.values import (
    AgentIdentity,
    AgentState,
    Detail,
    HistoryEntry,
    Observation,
    ProbeSnapshot,
)
from houmao.track.diagnostics import Diagnostics, ParseStatus, Problem
from houmao.track.state import TrackedState


def who(agent: AgentIdentity) -> Wire:
    """The two names of an agent."""
    return {"agent_id": agent.agent_id, "agent_name": agent.agent_name}


def observed(identity: AgentIdentity, state: AgentState | None) -> AgentState:
    """The state. Raises Unavailable when the agent was found but not looked at yet."""
    if state is None:
        raise Unavailable(
            f"agent {identity.agent_id} was found but not observed yet; try again in a moment"
        )
    return state


def state(found: Observation, now: float) -> Wire:
    """One agent's state. Raises Unavailable when it was not observed yet."""
    current = observed(found.identity, found.state)
    last_turn = current.tracked.last_turn
    return {
        "agent_id": found.identity.agent_id,
        "agent_name": found.identity.agent_name,
        "diagnostics": diagnostics(current),
        "surface": surface(current),
        "turn": {
            "phase": current.tracked.phase,
            "phase_since": utc_ms(current.phase_since),
        },
        "last_turn": {
            "result": last_turn.result,
            "source": last_turn.source,
            "updated_at_utc": utc(current.last_turn_updated_at),
        },
        "stability": stability(current, now),
        "evidence": [_evidence(each) for each in current.tracked.evidence],
        "captured_at": iso_ms(current.captured_at),
        "seen_at": iso_ms(found.seen_at),
        "folder": current.folder or None,
        "blocked_since": utc_ms(current.blocked_since),
        "unseen": current.unseen,
    }


def detail(found: Detail, now: float) -> Wire:
    """One agent's state with the capture it was read from."""
    known = Observation(found.identity, found.state, found.seen_at)
    return {**state(known, now), **screen(found)}


def screen(found: Detail) -> Wire:
    """The capture and what was read from it; the latter is null when it could not be read."""
    parsed = found.state is not None and found.state.diagnostics.parse_status is ParseStatus.PARSED
    return {
        "probe_snapshot": found.probe and _probe(found.probe),
        "parsed_surface": _parsed(found.surface) if found.surface and parsed else None,
    }


def diagnostics(current: AgentState) -> Wire:
    """Whether the agent could be seen, and what went wrong."""
    return {"availability": current.availability, **outcome(current.diagnostics)}


def outcome(found: Diagnostics) -> Wire:
    """How the latest look went, without a word on what that means."""
    return {
        "transport_state": found.transport_state,
        "process_state": found.process_state,
        "parse_status": found.parse_status,
        "probe_error": problem(found.probe_error),
        "parse_error": problem(found.parse_error),
    }


def problem(found: Problem | None) -> Wire | None:
    """One problem, or null."""
    if found is None:
        return None
    return {"kind": found.kind, "message": found.message, "details": dict(found.details)}


def surface(current: AgentState) -> Wire:
    """What the screen shows."""
    return tracked_surface(current.tracked)


def tracked_surface(tracked: TrackedState) -> Wire:
    """What a tracker says of the screen."""
    found = tracked.surface
    return {
        "accepting_input": found.accepting_input,
        "editing_input": found.editing_input,
        "ready_posture": found.ready_posture,
        "pending_input": found.pending_input,
        "blocked_on": found.blocked_on,
    }


def stability(current: AgentState, now: float) -> Wire:
    """For how long the state has not changed."""
    return {
        "signature": current.signature,
        "stable": current.is_stable(now),
        "stable_for_seconds": round(current.stable_for(now), 3),
        "stable_since_utc": iso(current.stable_since),
    }


def entry(found: HistoryEntry) -> Wire:
    """The state after one change; what changed is not told here."""
    fields = found.fields
    return {
        "recorded_at_utc": iso(found.recorded_at),
        "summary": found.summary,
        "changed_fields": [],
        "diagnostics_availability": fields["availability"],
        "turn_phase": fields["turn_phase"],
        "last_turn_result": fields["last_turn_result"],
        "last_turn_source": fields["last_turn_source"],
        "transport_state": fields["transport_state"],
        "process_state": fields["process_state"],
        "parse_status": fields["parse_status"],
        "blocked_on": fields.get("blocked_on"),
        "editing_input": fields["editing_input"],
        "pending_input": fields["pending_input"],
    }


def _probe(found: ProbeSnapshot) -> Wire:
    return {
        "observed_at_utc": iso(found.observed_at),
        "pane_id": found.pane_id,
        "pane_pid": found.pane_pid,
        "captured_text_hash": found.captured_text_hash,
        "captured_text_length": found.captured_text_length,
        "captured_text_excerpt": found.captured_text_excerpt,
        "matched_process_names": found.matched_process_names,
    }


def _parsed(found: ParsedSurface) -> Wire:
    return {
        "parser_family": found.parser_family,
        "parser_preset_id": found.parser_preset_id,
        "parser_preset_version": found.parser_preset_version,
        "availability": found.availability,
        "business_state": found.business_state,
        "input_mode": found.input_mode,
        "ui_context": found.ui_context,
        "normalized_projection_text": found.normalized_projection_text,
        "dialog_text": found.dialog_text,
        "dialog_head": found.dialog_head,
        "dialog_tail": found.dialog_tail,
        "anomaly_codes": found.anomaly_codes,
        "baseline_invalidated": found.baseline_invalidated,
        "operator_blocked_excerpt": found.operator_blocked_excerpt,
    }


def _evidence(found: Evidence) -> Mapping[str, Any]:
    return {"rule": found.rule, "rows": found.rows, "excerpt": found.excerpt}
