"""Who needs a person comes first, and filters choose by state and tool."""

import json
from dataclasses import replace
from typing import Any

import pytest

from houmao.cli.agents.wait import WaitGoal, reached
from houmao.cli.render.agent_state import Situation
from houmao.cli.render.ranking import FleetFilter, StateKind, kind_of, ranked
from tests.unit.cli.recorded import RECORDED

ALPHA, BETA = RECORDED["fleet"]["agents"][:2]
READY = Situation("available", turn_phase="ready")
BLOCKED = Situation("available", blocked_on="approval")
ACTIVE = Situation("available", turn_phase="active")


def waiting(agent: dict[str, Any], since: str) -> dict[str, Any]:
    """The agent, unchanged since that time."""
    found: dict[str, Any] = json.loads(json.dumps(agent))
    found["state"]["stability"]["stable_since_utc"] = since
    return found


def test_who_has_waited_longest_comes_first() -> None:
    """Among those of one kind; kinds come in the order in which they need a person."""
    late, early = waiting(BETA, "2026-11-21T10:00:00"), waiting(BETA, "2026-11-21T09:00:00")
    unseen = {**ALPHA, "state": None}
    assert ranked([unseen, ALPHA, late, early]) == [early, late, ALPHA, unseen]
    kinds = [kind_of(it) for it in (early, ALPHA, unseen)]
    assert kinds == [StateKind.BLOCKED, StateKind.READY, StateKind.UNKNOWN]


def test_filters_choose_by_state_and_tool() -> None:
    fleet = [ALPHA, BETA]
    assert [it for it in fleet if FleetFilter().fits(it)] == fleet
    assert [it for it in fleet if FleetFilter(states=("blocked",)).fits(it)] == [BETA]
    assert [it for it in fleet if FleetFilter(tools=("claude",)).fits(it)] == [ALPHA]
    assert not any(FleetFilter(("blocked",), ("claude",)).fits(it) for it in fleet)
    below = {**ALPHA, "state": {**ALPHA["state"], "folder": "/src/x/y"}}
    folders = ("/src/x", "/src/x/y", "/src", "/src/x/y/z", "/srv")
    assert [FleetFilter(folder=it).fits(below) for it in folders] == [True] * 3 + [False] * 2
    assert not FleetFilter(folder="/src").fits({**ALPHA, "state": None})
    there = [{**ALPHA, "host": "north"}, {**ALPHA, "host": "south"}]
    assert [it["host"] for it in there if FleetFilter(hosts=("south",)).fits(it)] == ["south"]


@pytest.mark.parametrize(
    ("goal", "first", "now", "so_far"),
    [
        (WaitGoal.READY, ACTIVE, READY, True),
        (WaitGoal.READY, ACTIVE, BLOCKED, False),
        (WaitGoal.DONE, ACTIVE, READY, False),
        (WaitGoal.DONE, READY, replace(READY, last_turn_result="success"), True),
        (WaitGoal.BLOCKED, READY, BLOCKED, True),
        (WaitGoal.CHANGE, READY, READY, False),
        (WaitGoal.CHANGE, READY, ACTIVE, True),
    ],
)
def test_what_is_waited_for(goal: WaitGoal, first: Situation, now: Situation, so_far: bool) -> None:
    assert reached(goal, first, now) is so_far
