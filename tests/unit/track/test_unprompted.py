"""Whatever the tool, its version and its pane: who was never prompted has no turn and no verdict.

The screens are those that real tools show while they start (`tests/starts`). Each is read as every
version that anybody may have: those we know, those between and beyond them, and none at all.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houmao.detect.signals import BlockedOn, Frame
from houmao.tools.catalog import select_detector
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.state import LastTurn, TurnPhase
from tests.unit.track import screens

VERSIONS = {
    "claude": ("1.0.0", "2.1.0", "2.1.100", "2.1.197", "2.1.332", "2.2.0", "3.0.0", None),
    "codex": ("0.98.0", "0.116.0", "0.130.0", "0.144.0", "0.158.0", "0.169.0", "0.171.0", None),
    "gemini": ("0.9.0", "0.61.0", "0.62.0", "1.0.0", None),
}
STARTS = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parents[2] / "starts").glob("*.json"))
}

starts = st.sampled_from(sorted(STARTS))
#: Which screen is seen, how much later than the one before, whether its title is known.
looks = st.lists(
    st.tuples(st.integers(0, 12), st.floats(0.02, 5.0, allow_nan=False), st.booleans()),
    min_size=1,
    max_size=12,
)


def tells_of_a_turn(session: TrackerSession) -> bool:
    """Whether the session has ever told of work or of how a turn ended."""
    told = [change.state for change in session.drain()]
    return any(it.phase is TurnPhase.ACTIVE or it.last_turn != LastTurn() for it in told)


@pytest.mark.parametrize("name", STARTS)
def test_a_start_as_it_was_seen_has_no_turn_whatever_its_version(name: str) -> None:
    tool = name.partition("-")[0]
    for version in VERSIONS[tool]:
        scheduler = LoopScheduler()
        session = TrackerSession(select_detector(tool, version), scheduler)
        for item in STARTS[name]:
            scheduler.advance_to(item["at"])
            session.on_frame(Frame(item["raw"], item["at"], title=item["title"]))
        scheduler.advance_to(60.0)
        assert not tells_of_a_turn(session), version


@given(starts, st.integers(0, 9), looks)
@settings(max_examples=300, deadline=None)
def test_a_start_seen_at_any_moments_has_no_turn(
    name: str, which: int, seen: list[tuple[int, float, bool]]
) -> None:
    """Screens may be missed or seen again; they come in the order in which the tool drew them."""
    tool = name.partition("-")[0]
    version = VERSIONS[tool][which % len(VERSIONS[tool])]
    frames: list[dict[str, Any]] = STARTS[name]
    scheduler, now = LoopScheduler(), 0.0
    session = TrackerSession(select_detector(tool, version), scheduler)
    order = sorted(min(index, len(frames) - 1) for index, _, _ in seen)
    for index, (_, pause, titled) in zip(order, seen, strict=True):
        now += pause
        scheduler.advance_to(now)
        title = frames[index]["title"] if titled else None
        session.on_frame(Frame(frames[index]["raw"], now, title=title))
    scheduler.advance_to(now + 60.0)
    assert not tells_of_a_turn(session)


def test_what_a_tool_asks_at_its_start_is_no_turn() -> None:
    """The conversation that it takes up behind that was judged long ago."""
    scheduler = LoopScheduler()
    session = TrackerSession(select_detector("claude", "2.1.332"), scheduler)
    session.on_frame(Frame(screens.RESUMING, 0.0))
    assert session.state.surface.blocked_on is BlockedOn.APPROVAL
    session.on_frame(Frame(screens.FINISHED, 0.5))
    scheduler.advance_to(5.0)
    assert (session.state.phase, session.state.last_turn) == (TurnPhase.READY, LastTurn())
