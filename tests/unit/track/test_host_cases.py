"""The host publishes what was recorded, but for the differences we mean."""

from typing import Any

import pytest

from houmao.clock import parse_iso
from houmao.detect.projection import ParsedSurface
from houmao.detect.signals import Frame
from houmao.track.diagnostics import (
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
)
from houmao.track.host import HostAdapter, Poll, ToolVersion
from houmao.track.moment import Moment
from houmao.track.published import HostState, HostTransition
from houmao.track.scheduler import LoopScheduler
from houmao.track.settings import HostSettings
from tests.unit.track.shared_cases import Case, cases, check, differences

FILE = "host_cases.jsonl"
#: Wall time at second 0 of every case.
EPOCH = parse_iso("2026-01-01T00:00:00Z")


@pytest.mark.parametrize("case", cases(FILE))
def test_recorded_case(case: Case) -> None:
    """After each poll, prompt and change of identity the published state is the recorded one."""
    tool = ToolVersion(case["tool"], case["version"])
    host = HostAdapter(tool, LoopScheduler(), HostSettings(**case["config"]))
    found: dict[str, dict[str, Any]] = {}
    for number, (step, expected) in enumerate(zip(case["steps"], case["expected"], strict=True)):
        _take(host, step)
        wanted = {name: value for name, value in expected.items() if name in DESCRIBED}
        if different := differences(_described(host), wanted):
            found[str(number)] = different
    host.close()
    check(FILE, case, found)


def _take(host: HostAdapter, step: Case) -> None:
    at = step["at_seconds"]
    moment = Moment(at, EPOCH + at)
    match step["op"]:
        case "prompt":
            host.note_prompt(step["message"], moment)
        case "identity":
            host.identify(ToolVersion(host.tool.name, step["observed_tool_version"]))
        case "cycle":
            text = step["output_text"]
            frame = None if text is None else Frame(text, at)
            host.cycle(Poll(_outcome(step), frame, _surface(step["parsed_surface"])), moment)


def _outcome(step: Case) -> Diagnostics:
    return Diagnostics(
        TransportState(step["transport_state"]),
        ProcessState(step["process_state"]),
        ParseStatus(step["parse_status"]),
        _problem(step["probe_error"]),
        _problem(step["parse_error"]),
    )


def _problem(found: Case | None) -> Problem | None:
    return Problem(found["kind"], found["message"]) if found else None


def _surface(found: Case | None) -> ParsedSurface | None:
    return (
        ParsedSurface(**{**found, "anomaly_codes": tuple(found["anomaly_codes"])})
        if found
        else None
    )


def _described(host: HostAdapter) -> dict[str, Any]:
    """The published state under the recorded names."""
    state = host.state
    return {
        "diagnostics_availability": state.availability,
        "transport_state": state.diagnostics.transport_state,
        "process_state": state.diagnostics.process_state,
        "parse_status": state.diagnostics.parse_status,
        "surface": {
            name: getattr(state.tracked.surface, name)
            for name in ("accepting_input", "editing_input", "ready_posture", "pending_input")
        },
        "turn_phase": state.tracked.phase,
        "last_turn": {
            "result": state.tracked.last_turn.result,
            "source": state.tracked.last_turn.source,
            "updated_at_utc": _utc(state.last_turn_updated_at),
        },
        "chat_context": state.chat.context,
        "operator_state": {
            "status": state.operator.status,
            "readiness_state": state.operator.readiness,
            "completion_state": state.operator.completion,
            "projection_changed": state.operator.projection_changed,
        },
        "lifecycle_timing": _timing(state, host.settings),
        "lifecycle_authority": _authority(state),
        "stability": {
            "stable": state.stability.stable,
            "stable_for_seconds": state.stability.stable_for_seconds,
        },
        "recent_transitions": list(map(_transition, host.transitions())),
    }


DESCRIBED = frozenset(
    {
        "diagnostics_availability",
        "transport_state",
        "process_state",
        "parse_status",
        "surface",
        "turn_phase",
        "last_turn",
        "chat_context",
        "operator_state",
        "lifecycle_timing",
        "lifecycle_authority",
        "stability",
        "recent_transitions",
    }
)


def _timing(state: HostState, settings: HostSettings) -> dict[str, Any]:
    return {
        "readiness_unknown_elapsed_seconds": state.timing.readiness_unknown,
        "completion_unknown_elapsed_seconds": state.timing.completion_unknown,
        "completion_candidate_elapsed_seconds": state.timing.completion_candidate,
        **{
            name: getattr(settings, name)
            for name in (
                "unknown_to_stalled_timeout_seconds",
                "completion_stability_seconds",
                "stale_active_recovery_seconds",
                "final_stable_active_recovery_seconds",
            )
        },
    }


def _authority(state: HostState) -> dict[str, Any]:
    authority = state.authority
    reason = authority.loss_reason
    return {
        "completion_authority": authority.completion,
        "turn_anchor_state": authority.anchor,
        "completion_monitoring_armed": authority.monitored,
        "anchor_armed_at_utc": _utc(authority.armed_at),
        "anchor_lost_at_utc": _utc(authority.lost_at),
        "anchor_loss_reason": reason
        if reason in (None, "final_stable_active_recovery")
        else "<some text>",
    }


def _transition(transition: HostTransition) -> dict[str, Any]:
    return {
        "changed_fields": list(transition.changed_fields),
        "turn_phase": transition.phase,
        "last_turn_result": transition.last_turn.result,
        "operator_status": transition.operator_status,
    }


def _utc(wall: float | None) -> str | None:
    """The recorded form: whole seconds of the case's day."""
    return None if wall is None else f"2026-01-01T00:00:{int(wall - EPOCH):02d}+00:00"
