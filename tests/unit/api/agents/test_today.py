"""What agents did today, as a route tells it."""

from dataclasses import replace

from houmao.api.agents.schemas import TodaySchema
from houmao.track.day import DayTally
from houmao.track.state import TrackedState, TurnPhase
from tests.unit.api.world import NOW, Api, Fleet, agent, state


def test_today_is_counted_up_to_now(api: Api, fleet: Fleet) -> None:
    """What goes on is part of it; who was never seen has none."""
    begun = DayTally().until(NOW - 40, TrackedState())
    held = replace(begun, turns=3, failed=1, waited_seconds=9.5)
    active = TrackedState(phase=TurnPhase.ACTIVE)
    fleet.show(agent(), state(active, today=held))
    fleet.show(agent("HOUMAO-beta", "a1"))
    (told,) = api.read("/houmao/today", TodaySchema)["agents"]
    assert (told["agent_name"], told["turns"], told["failed"]) == ("HOUMAO-alpha", 3, 1)
    assert (told["worked_seconds"], told["waited_seconds"]) == (40.0, 9.5)
