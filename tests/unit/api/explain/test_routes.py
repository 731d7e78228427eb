"""The route that tells why: reasons, rows with their text, what comes next, the way to ready."""

from dataclasses import replace
from typing import Any

from houmao.api.explain.routes import ExplainSchema
from houmao.api.http.answers import ErrorSchema
from houmao.api.observation.schemas import StateSchema
from houmao.detect.signals import BlockedOn, Evidence, Tristate
from houmao.track.snapshots import PendingTimer
from houmao.track.state import LastTurn, LastTurnResult, LastTurnSource, Surface, TrackedState
from houmao.track.state import TurnPhase as Phase
from tests.unit.api.agents.test_routes import SURFACE
from tests.unit.api.world import ALPHA, NOW, PROBE, Api, Fleet, agent, state

ROUTE = f"/houmao/agents/{ALPHA}/explain"
SPINNER = "✽ Befuddling… (2s)"
ACTIVE = TrackedState(
    surface=Surface(Tristate.YES, Tristate.NO, Tristate.NO, Tristate.NO),
    phase=Phase.ACTIVE,
    detector_name="claude_code",
    detector_version="2.1.100+",
    active_reasons=("thinking_line",),
    evidence=(Evidence("thinking_line", (1, 99), SPINNER, "own:3"),),
)
DONE = LastTurn(LastTurnResult.SUCCESS, LastTurnSource.EXPLICIT_INPUT)


def told(api: Api, fleet: Fleet, tracked: TrackedState, summary: str = "", **more: Any) -> Any:
    """The answer about an agent in that state, to which a change with that summary led."""
    its_state = state(tracked, phase_since=NOW - 4, **more)
    fleet.show(agent(), its_state)
    fleet.capture(agent(), PROBE, replace(SURFACE, normalized_projection_text=f"● I\n{SPINNER}"))
    if summary:
        fleet.tell(agent(), its_state, summary)
    return api.read(ROUTE, ExplainSchema)


def test_an_active_agent(api: Api, fleet: Fleet) -> None:
    """The rule that decided, the row it read, and what has to go."""
    answer = told(api, fleet, ACTIVE, "active_signal", tool_version="2.1.197")
    assert (answer["tool"], answer["tool_version"]) == ("claude", "2.1.197")
    assert answer["detector"] == "claude_code 2.1.100+"
    assert answer["phase_reason"]["rule"] == "active_signal"
    assert answer["phase_reason"]["means"] == "the screen shows work"
    assert answer["phase_age_seconds"] == 4.0
    assert answer["capture_age_seconds"] == 0.5
    (evidence,) = answer["evidence"]
    assert evidence["rows"] == [{"row": 1, "text": SPINNER}]
    assert evidence["sign"] == "own:3"
    (needed,) = answer["needed_for_ready"]
    assert (needed["field"], needed["now"]) == ("turn.active_reasons", "thinking_line")
    assert [it["summary"] for it in answer["recent"]] == ["active_signal"]


def test_what_goes_on_beside_the_turn_is_told_beside_it(api: Api, fleet: Fleet) -> None:
    shell = Evidence("background_terminals", (1,), "1 background terminal running")
    answer = told(api, fleet, replace(ACTIVE, phase=Phase.READY, background=(shell,)))
    (background,) = answer["background"]
    assert (background["rule"], background["rows"][0]["row"]) == ("background_terminals", 1)
    assert answer["state"]["turn"]["phase"] == "ready"


def test_its_state_is_the_state_routes(api: Api, fleet: Fleet) -> None:
    """The explanation adds to the state and tells it no other way."""
    answer = told(api, fleet, ACTIVE)
    assert answer["state"] == api.read(f"/houmao/agents/{ALPHA}/state", StateSchema)


def test_what_will_happen_by_itself(api: Api, fleet: Fleet) -> None:
    """A timer that is due already has fired or was cancelled since, so it is not told."""
    waiting = (PendingTimer("settle", NOW + 0.75), PendingTimer("await", NOW - 0.1))
    answer = told(api, fleet, replace(ACTIVE, phase=Phase.READY), pending=waiting)
    means = "the turn counts as a success"
    assert answer["expected"] == [{"name": "settle", "means": means, "in_seconds": 0.75}]


def test_a_ready_agent_needs_nothing(api: Api, fleet: Fleet) -> None:
    ready = replace(ACTIVE, phase=Phase.READY, last_turn=DONE)
    answer = told(api, fleet, ready, "success_settled")
    assert answer["needed_for_ready"] == []
    assert answer["last_turn_reason"] is None, "no kept change names the last turn"


def test_a_dialog_has_to_be_answered(api: Api, fleet: Fleet) -> None:
    asked = replace(ACTIVE, surface=Surface(blocked_on=BlockedOn.APPROVAL), phase=Phase.UNKNOWN)
    (needed,) = told(api, fleet, asked)["needed_for_ready"]
    assert (needed["field"], needed["now"]) == ("surface.blocked_on", "approval")


def test_of_an_unwatched_agent_the_old_reason_is_not_told(api: Api, fleet: Fleet) -> None:
    """Why it was active is no reason for a phase that nobody knows."""
    fleet.heartbeat(NOW - 60)
    answer = told(api, fleet, ACTIVE, "active_signal")
    assert answer["state"]["turn"]["phase"] == "unknown"
    assert (answer["phase_reason"], answer["phase_age_seconds"]) == (None, None)
    assert (answer["evidence"], answer["expected"]) == ([], [])
    (needed,) = answer["needed_for_ready"]
    assert "has not looked at its agents since" in needed["how"]


def test_unknown_and_unobserved_agents(api: Api, fleet: Fleet) -> None:
    api.read(ROUTE, ErrorSchema, 404)
    fleet.show(agent())
    api.read(ROUTE, ErrorSchema, 503)
