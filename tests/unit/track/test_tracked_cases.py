"""The tracker gives the recorded states of whole sessions, but for the differences we mean."""

from collections.abc import Iterator
from typing import Any

import pytest

from houmao.detect.signals import Frame
from houmao.errors import UsageError
from houmao.tools.catalog import select_detector
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.state import TrackedState
from tests.unit.track.shared_cases import Case, cases, check, differences

CASES, RECORDED = "cases.jsonl", "recorded_cases.jsonl"


#: Houmao does not read Kimi; there is nothing to compare.
READ = [item for item in cases(CASES) if item.values[0].get("tool") != "kimi"]


@pytest.mark.parametrize("case", READ)
def test_recorded_state(case: Case) -> None:
    """At each recorded moment the surface, the phase and the last turn are the recorded ones."""
    wanted = {item["at_seconds"]: item for item in case["expected"]}
    found: dict[str, dict[str, Any]] = {}
    for at_seconds, state in moments(case, tuple(wanted)):
        given, expected = described(state), wanted[at_seconds]
        if different := differences(given, {name: recorded(expected, name) for name in given}):
            found[str(at_seconds)] = different
    check(CASES, case, found)


@pytest.mark.parametrize("case", cases(RECORDED))
def test_human_label(case: Case) -> None:
    """At each frame that a person labelled, the state is what the person saw."""
    found: dict[str, dict[str, Any]] = {}
    at_seconds = tuple(frame["at_seconds"] for frame in case["frames"])
    for at, state in moments(case, at_seconds):
        label = label_at(case, at)
        if label is None:
            continue
        given = {name.replace("surface.", "surface_"): v for name, v in described(state).items()}
        wanted = {name: label[name] for name in given if name in label}
        if different := differences(given, wanted):
            found[str(at)] = different
    check(RECORDED, case, found)


def moments(case: Case, at_seconds: tuple[float, ...]) -> Iterator[tuple[float, TrackedState]]:
    """The state at each of the times, frames and inputs due by then taken in."""
    scheduler = LoopScheduler()
    session = TrackerSession(detector(case), scheduler, case["settle_seconds"])
    frames = {frame["at_seconds"]: frame["raw"] for frame in case["frames"]}
    inputs = {item["at_seconds"] for item in case["inputs"]}
    for now in sorted({*frames, *inputs, *at_seconds}):
        scheduler.advance_to(now)
        if now in inputs:
            session.on_input()
        if now in frames:
            session.on_frame(Frame(frames[now], now))
        if now in at_seconds:
            yield now, session.state


def detector(case: Case) -> Any:
    """The recorded override where we have a profile of that name."""
    try:
        return select_detector(case["tool"], case["version"], case.get("detector_override"))
    except UsageError:
        return select_detector(case["tool"], case["version"])


def described(state: TrackedState) -> dict[str, str]:
    """The names and values that recordings and we have in common."""
    return {
        "surface.accepting_input": state.surface.accepting_input.value,
        "surface.editing_input": state.surface.editing_input.value,
        "surface.ready_posture": state.surface.ready_posture.value,
        "surface.pending_input": state.surface.pending_input.value,
        "turn_phase": state.phase.value,
        "last_turn_result": state.last_turn.result.value,
        "last_turn_source": state.last_turn.source.value,
    }


def recorded(expected: dict[str, Any], name: str) -> Any:
    """A value by its dotted name."""
    head, _, tail = name.partition(".")
    return expected[head][tail] if tail else expected[head]


def label_at(case: Case, at: float) -> dict[str, Any] | None:
    """What a person says of a frame, while the pane could be observed at all."""
    for label in case["human_labels"]:
        if label["from_seconds"] <= at <= label["to_seconds"]:
            told: dict[str, Any] = label["expects"]
            return told if told["diagnostics_availability"] == "available" else None
    return None
