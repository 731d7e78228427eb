"""Replays recorded frames and inputs through a tracker session in virtual time. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from houmao.detect.signals import Detector, Evidence, Frame
from houmao.tools.catalog import select_detector
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.state import TrackedState, Transition


def replay(
    case: Mapping[str, Any], detector_for: Callable[..., Detector] = select_detector
) -> dict[str, Any]:
    """`states` after every frame of a case, in order, and `transitions`, what changed and when.

    A verdict that comes by itself between two frames is among the transitions alone.

    A case has `id`, `tool`, `version`, `frames` (each `at_seconds`, `raw`, perhaps `title`) and
    `inputs` (each `at_seconds`), and optionally `settle_seconds` and `detector_override`.
    """
    scheduler = LoopScheduler()
    detector = detector_for(case["tool"], case.get("version"), case.get("detector_override"))
    session = TrackerSession(detector, scheduler, case.get("settle_seconds") or 1.0)
    events: list[tuple[float, int, Mapping[str, Any] | None]] = [
        (item["at_seconds"], 0, None) for item in case.get("inputs") or ()
    ]
    events += [(item["at_seconds"], 1, item) for item in case["frames"]]
    states, transitions = [], list[Transition]()
    for at_seconds, _, item in sorted(events, key=lambda event: event[:2]):
        scheduler.advance_to(at_seconds)
        if item is None:
            session.on_input()
        else:
            session.on_frame(Frame(item["raw"], at_seconds, title=item.get("title")))
            states.append(described(session.state, at_seconds))
        transitions += session.drain()
    session.close()
    changes = [
        {**described(it.state, it.at_seconds), "cause": it.cause.value, "note": it.note}
        for it in transitions
    ]
    return {"id": case["id"], "states": states, "transitions": changes}


def described(state: TrackedState, at_seconds: float) -> dict[str, Any]:
    """One state as a flat JSON object."""
    surface = state.surface
    return {
        "at_seconds": at_seconds,
        "phase": state.phase.value,
        "result": state.last_turn.result.value,
        "source": state.last_turn.source.value,
        "accepting": surface.accepting_input.value,
        "editing": surface.editing_input.value,
        "ready": surface.ready_posture.value,
        "pending": surface.pending_input.value,
        "blocked_on": surface.blocked_on.value if surface.blocked_on else None,
        "reasons": list(state.active_reasons),
        "evidence": [_told(item) for item in state.evidence],
    }


def _told(item: Evidence) -> dict[str, Any]:
    return {
        "rule": item.rule,
        "rows": list(item.rows),
        "excerpt": item.excerpt,
        "sign": item.origin or None,
    }
