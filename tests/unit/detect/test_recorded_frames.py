"""Every recorded frame, alone, gives the signals that were written down for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from houmao.detect.projection import parsed_surface
from houmao.detect.signals import BlockedOn, Frame, Signals
from houmao.tools.catalog import select_detector, tool_named

FRAMES = Path(__file__).parents[2] / "frames"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FRAMES / "signals.json").read_text("utf-8"))


def read(name: str) -> tuple[Frame, Signals]:
    """A recorded frame and what its tool's detector says of it."""
    tool, version, _ = name.split("/")
    frame = Frame((FRAMES / f"{name}.txt").read_text("utf-8"), 0.0)
    return frame, select_detector(tool, version).detect(frame)


@pytest.mark.parametrize("name", EXPECTED)
def test_frame_gives_its_signals(name: str) -> None:
    _, signals = read(name)
    given = {
        field: list(value) if isinstance(value := getattr(signals, field), tuple) else value
        for field in EXPECTED[name]
    }
    assert given == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_claim_names_the_rows_it_rests_on(name: str) -> None:
    """What a detector claims can be explained by rule and row."""
    frame, signals = read(name)
    rows = frame.raw.count("\n") + 1
    if signals.active_evidence or signals.blocked_on or signals.interrupted:
        ours = [item for item in signals.evidence if item.rule]
        assert ours or signals.blocked_on is BlockedOn.SHELL_MODE
    assert all(0 <= row < rows for item in signals.evidence for row in item.rows)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_parsed_surface_never_contradicts_the_signals(name: str) -> None:
    frame, signals = read(name)
    surface = parsed_surface(frame, signals, tool_named(name.partition("/")[0]).surface)
    asks = signals.blocked_on not in (None, BlockedOn.MENU, BlockedOn.SHELL_MODE)
    assert (surface.business_state == "working") == (signals.active_evidence and not asks)
    assert (surface.business_state == "awaiting_operator") == asks
    assert (surface.operator_blocked_excerpt is not None) == asks


def test_every_recorded_frame_is_used() -> None:
    recorded = {str(path.relative_to(FRAMES))[: -len(".txt")] for path in FRAMES.rglob("*.txt")}
    assert recorded == set(EXPECTED)
