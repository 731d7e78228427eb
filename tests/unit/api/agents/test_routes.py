"""Agent routes: who is live, what each is doing, what it did, look again now."""

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from houmao.api.agents.schemas import (
    AgentListSchema,
    AgentSummarySchema,
    FleetSchema,
    HistorySchema,
)
from houmao.api.http.answers import ErrorSchema, InvalidSchema
from houmao.api.observation.schemas import StateDetailSchema, StateSchema
from houmao.clock import iso
from houmao.detect.signals import BlockedOn, Evidence, Tristate
from houmao.errors import Unavailable
from houmao.headless.turn_status import TurnStatus
from houmao.state import keys
from houmao.state.turns import TurnStore
from houmao.track.diagnostics import Diagnostics, ParseStatus, Problem, ProcessState, TransportState
from houmao.track.state import (
    LastTurn,
    LastTurnResult,
    LastTurnSource,
    Surface,
    TrackedState,
    TurnPhase,
)
from tests.unit.api.world import (
    ALPHA,
    NOW,
    PROBE,
    Api,
    Fleet,
    StandIn,
    agent,
    headless_agent,
    state,
    turn_record,
)
from tests.values import IDLE

SUMMARY_FIELDS = {
    "agent_id", "agent_name", "generation_id", "tool", "backend", "tmux_session_name",
    "manifest_path", "session_root", "has_gateway", "has_mailbox", "published_at",
    "lease_expires_at",
}  # fmt: skip

READY = TrackedState(
    surface=Surface(Tristate.YES, Tristate.NO, Tristate.YES, Tristate.NO),
    phase=TurnPhase.READY,
    last_turn=LastTurn(LastTurnResult.SUCCESS, LastTurnSource.SURFACE_INFERENCE),
    detector_name="claude_code",
    evidence=(Evidence("empty_composer", (38,), "❯"),),
)
SURFACE = replace(
    IDLE,
    normalized_projection_text="● done\n❯ ",
    dialog_text="● done",
    dialog_head="● done",
    dialog_tail="● done",
)
ROUTES = ("", "/state", "/state/detail", "/history", "/managed-state", "/managed-state/detail",
          "/managed-history")  # fmt: skip


def test_list_is_empty_when_nothing_is_live(api: Api) -> None:
    """A watched host without agents gives an empty list."""
    assert api.read("/houmao/agents", AgentListSchema) == {"agents": []}


def test_list_is_sorted_by_name(api: Api, fleet: Fleet) -> None:
    """Agents come in the order of their names, not of their ids."""
    fleet.show(agent("HOUMAO-beta", "a1"))
    fleet.show(agent("HOUMAO-alpha", "b2"))
    found = api.read("/houmao/agents", AgentListSchema)["agents"]
    assert [each["agent_name"] for each in found] == ["HOUMAO-alpha", "HOUMAO-beta"]


def test_summary_has_all_twelve_fields(api: Api, fleet: Fleet) -> None:
    """Optional parts of the record show as flags; an absent session root as an empty text."""
    fleet.show(agent(session_root=None, gateway_host="127.0.0.1", gateway_port=4312))
    (found,) = api.read("/houmao/agents", AgentListSchema)["agents"]
    assert set(found) == SUMMARY_FIELDS | {"host", "tmux_socket"}
    assert (found["has_gateway"], found["has_mailbox"], found["session_root"]) == (True, False, "")


def test_states_of_all_agents_in_one_answer(api: Api, fleet: Fleet) -> None:
    """Sorted by name, each as its own routes tell it; null before the first look."""
    fleet.show(agent("HOUMAO-beta", "a1"))
    fleet.show(agent(tmux_socket="/tmp/tmux-1000/default"), state(READY))
    alpha, beta = api.read("/houmao/states", FleetSchema)["agents"]
    assert (alpha.pop("headless"), beta.pop("headless")) == (None, None)
    assert (alpha["host"], beta["host"]) == ("h1", "h1")
    assert alpha["tmux_socket"] == "/tmp/tmux-1000/default"
    assert alpha.pop("state") == api.read("/houmao/agents/alpha/state", StateSchema)
    assert alpha == api.read("/houmao/agents/alpha", AgentSummarySchema)
    assert (beta["agent_name"], beta["state"]) == ("HOUMAO-beta", None)


def test_states_tell_what_headless_agents_are_doing(api: Api, fleet: Fleet) -> None:
    """Not by their screens: by their turns, and by who would run the next one."""
    turns = TurnStore(fleet.redis)
    for name in ("alpha", "beta", "gamma"):
        fleet.show(agent(name, f"id-{name}", backend="claude_headless"), state(READY))
    turns.put_agent(headless_agent("alpha", "t-alpha"))
    turns.put_agent(replace(headless_agent("beta", "t-beta"), session_lives=False))
    turns.host_lives("h1", iso(NOW))
    done = turn_record("one", "t-alpha", status=TurnStatus.FAILED, completed_at=NOW - 5)
    turns.put(done)
    turns.put(turn_record("two", "t-alpha", turn_index=2, started_at=NOW - 2))
    alpha, beta, gamma = (
        it["headless"] for it in api.read("/houmao/states", FleetSchema)["agents"]
    )
    assert (alpha["availability"], alpha["turn"]) == (
        "available",
        {"phase": "active", "active_turn_id": "two"},
    )
    assert (alpha["last_turn"]["result"], alpha["last_turn"]["turn_id"]) == ("known_failure", "one")
    assert alpha["active_turn_started_at_utc"] == iso(NOW - 2)
    assert beta["availability"] == "unavailable"
    assert beta["diagnostics"][0]["kind"] == "tmux_session_missing"
    # Nobody here runs its turns.
    assert gamma is None


def test_phase_since_is_withdrawn_with_the_phase(api: Api, fleet: Fleet) -> None:
    """When nobody looks any more, there is no phase that could have begun at some time."""
    fleet.heartbeat(NOW - 60)
    fleet.show(agent(), state(READY, phase_since=NOW - 90))
    found = api.read("/houmao/agents/alpha/state", StateSchema)
    assert found["turn"] == {"phase": "unknown", "phase_since": None}


@pytest.mark.parametrize("reference", [ALPHA, "alpha", "HOUMAO-alpha", "AGENTSYS-alpha"])
def test_an_agent_answers_to_id_and_name(api: Api, fleet: Fleet, reference: str) -> None:
    """The id and the name with and without prefix mean the same agent."""
    fleet.show(agent(mailbox_transport="filesystem"))
    found = api.read(f"/houmao/agents/{reference}", AgentSummarySchema)
    assert (found["agent_id"], found["has_mailbox"]) == (ALPHA, True)


@pytest.mark.parametrize("route", ROUTES)
def test_unknown_agent(api: Api, route: str) -> None:
    """404, and the sentence repeats the reference."""
    found = api.read(f"/houmao/agents/ghost{route}", ErrorSchema, 404)
    assert "ghost" in found["detail"]


@pytest.mark.parametrize("route", ROUTES)
def test_shared_name(api: Api, fleet: Fleet, route: str) -> None:
    """409 with both ids, so that the caller can choose."""
    fleet.show(agent("HOUMAO-twin", "a1"), state())
    fleet.show(agent("HOUMAO-twin", "b2"), state())
    found = api.read(f"/houmao/agents/twin{route}", ErrorSchema, 409)
    assert found["agent_ids"] == ["a1", "b2"]


def test_an_id_wins_over_a_name(api: Api, fleet: Fleet) -> None:
    """A reference that is somebody's id is never taken for somebody else's name."""
    fleet.show(agent("HOUMAO-alpha", "beta"))
    fleet.show(agent("beta", "b2"))
    found = api.read("/houmao/agents/beta", AgentSummarySchema)
    assert found["agent_name"] == "HOUMAO-alpha"


@pytest.mark.parametrize("route", ROUTES[1:])
def test_no_observer_yet(client: FlaskClient, fleet: Fleet, route: str) -> None:
    """503 with Retry-After between discovery and the first look at the screen."""
    fleet.show(agent())
    answer = client.get(f"/houmao/agents/alpha{route}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "not observed yet" in answer.get_json()["detail"]


def test_state(api: Api, fleet: Fleet) -> None:
    """The whole object of a ready agent."""
    fleet.show(agent(), state(READY, phase_since=NOW - 20))
    assert api.read("/houmao/agents/alpha/state", StateSchema) == {
        "agent_id": ALPHA,
        "agent_name": "HOUMAO-alpha",
        "diagnostics": {
            "availability": "available",
            "transport_state": "tmux_up",
            "process_state": "tui_up",
            "parse_status": "parsed",
            "probe_error": None,
            "parse_error": None,
        },
        "surface": {
            "accepting_input": "yes",
            "editing_input": "no",
            "ready_posture": "yes",
            "pending_input": "no",
            "blocked_on": None,
        },
        "turn": {"phase": "ready", "phase_since": "2026-03-27T09:05:02.000+00:00"},
        "last_turn": {"result": "success", "source": "surface_inference", "updated_at_utc": None},
        "stability": {
            "signature": "3f786850e387550fdab836ed7e6dc881de23001b",
            "stable": True,
            "stable_for_seconds": 12.4,
            "stable_since_utc": "2026-03-27T09:05:09+00:00",
        },
        "evidence": [{"rule": "empty_composer", "rows": [38], "excerpt": "❯"}],
        "captured_at": "2026-03-27T09:05:21.500+00:00",
        "seen_at": "2026-03-27T09:05:22.000+00:00",
        "folder": None,
        "blocked_since": None,
        "unseen": False,
    }


def test_state_has_neither_capture_nor_parsed_screen(api: Api, fleet: Fleet) -> None:
    """The compact state never carries what only the detail shows."""
    fleet.show(agent(), state())
    fleet.capture(agent(), PROBE, SURFACE)
    found = api.read("/houmao/agents/alpha/state", StateSchema)
    assert not {"probe_snapshot", "parsed_surface"} & set(found)


def test_a_fresh_change_is_not_stable(api: Api, fleet: Fleet) -> None:
    """Stability is judged when it is read, one second after the last change."""
    fleet.show(agent(), state(stable_since=NOW - 0.3))
    found = api.read("/houmao/agents/alpha/state", StateSchema)["stability"]
    assert (found["stable"], found["stable_for_seconds"]) == (False, 0.3)


def test_blocked_agent(api: Api, fleet: Fleet) -> None:
    """What a person must answer first is part of the surface."""
    surface = Surface(Tristate.NO, blocked_on=BlockedOn.USAGE_LIMIT)
    fleet.show(agent(), state(TrackedState(surface=surface), last_turn_updated_at=NOW))
    found = api.read("/houmao/agents/alpha/state", StateSchema)
    assert found["surface"]["blocked_on"] == "usage_limit"
    assert found["last_turn"]["updated_at_utc"] == "2026-03-27T09:05:22+00:00"


def test_unwatched_host_shows_no_present(api: Api, fleet: Fleet) -> None:
    """When the watch process is silent its last word is not told as the present."""
    fleet.show(agent(), state(READY, captured_at=NOW - 60))
    fleet.heartbeat(NOW - 60)
    found = api.read("/houmao/agents/alpha/state", StateSchema)
    assert found["diagnostics"]["availability"] == "unavailable"
    assert found["diagnostics"]["probe_error"]["kind"] == "watch_stalled"
    assert found["turn"]["phase"] == "unknown"
    assert found["last_turn"]["result"] == "success"


def test_detail_of_a_parsed_screen(api: Api, fleet: Fleet) -> None:
    """The detail adds the capture and the parsed screen."""
    fleet.show(agent(), state(READY))
    fleet.capture(agent(), PROBE, SURFACE)
    found = api.read("/houmao/agents/alpha/state/detail", StateDetailSchema)
    assert found["probe_snapshot"] == {
        "observed_at_utc": "2026-03-27T09:05:22+00:00",
        "pane_id": "%4",
        "pane_pid": 5120,
        "captured_text_hash": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "captured_text_length": 1834,
        "captured_text_excerpt": "● done\n❯ \n",
        "matched_process_names": ["claude"],
    }
    assert found["parsed_surface"]["business_state"] == "idle"
    assert found["parsed_surface"]["operator_blocked_excerpt"] is None


def test_detail_keys_are_there_without_a_capture(api: Api, fleet: Fleet) -> None:
    """Both keys are null, not absent, before anything was captured."""
    fleet.show(agent(), state())
    found = api.read("/houmao/agents/alpha/state/detail", StateDetailSchema)
    assert (found["probe_snapshot"], found["parsed_surface"]) == (None, None)


def test_an_old_parsed_screen_is_not_shown(api: Api, fleet: Fleet) -> None:
    """When the present screen could not be parsed, the surface of an earlier one is withheld."""
    broken = Diagnostics(
        TransportState.TMUX_UP,
        ProcessState.TUI_UP,
        ParseStatus.PARSE_ERROR,
        parse_error=Problem("parse_error", "no preset fits this screen"),
    )
    fleet.show(agent(), state(READY, diagnostics=broken))
    fleet.capture(agent(), PROBE, SURFACE)
    found = api.read("/houmao/agents/alpha/state/detail", StateDetailSchema)
    assert found["diagnostics"]["availability"] == "error"
    assert found["diagnostics"]["parse_error"] == {
        "kind": "parse_error",
        "message": "no preset fits this screen",
        "details": {},
    }
    assert found["probe_snapshot"] is not None
    assert found["parsed_surface"] is None


def test_history_is_newest_first(api: Api, fleet: Fleet) -> None:
    """Entries carry the state after each change; `changed_fields` stays empty here."""
    fleet.show(agent(), state(READY))
    fleet.tell(agent(), state(), "default_snapshot")
    fleet.tell(agent(), state(READY), "success_settled")
    found = api.read("/houmao/agents/alpha/history", HistorySchema)
    assert [entry["summary"] for entry in found["entries"]] == [
        "success_settled",
        "default_snapshot",
    ]
    assert found["entries"][0] == {
        "recorded_at_utc": "2026-03-27T09:05:22+00:00",
        "summary": "success_settled",
        "changed_fields": [],
        "diagnostics_availability": "available",
        "turn_phase": "ready",
        "last_turn_result": "success",
        "last_turn_source": "surface_inference",
        "transport_state": "tmux_up",
        "process_state": "tui_up",
        "parse_status": "parsed",
        "blocked_on": None,
        "editing_input": "no",
        "pending_input": "no",
    }


@pytest.mark.parametrize(("limit", "entries"), [("0", 0), ("1", 1), ("10", 3), ("9" * 99, 3)])
@pytest.mark.parametrize("route", ["history", "managed-history"])
def test_limit(client: FlaskClient, fleet: Fleet, route: str, limit: str, entries: int) -> None:
    """Any whole number from 0 on is a limit."""
    fleet.show(agent(), state())
    for summary in ("one", "two", "three"):
        fleet.tell(agent(), state(), summary)
    answer = client.get(f"/houmao/agents/alpha/{route}?limit={limit}")
    assert len(answer.get_json()["entries"]) == entries


@pytest.mark.parametrize(
    ("limit", "kind"),
    [("-1", "greater_than_equal"), ("five", "int_parsing"), ("1.5", "int_parsing"),
     ("", "int_parsing"), ("1_0", "int_parsing"), ("٣", "int_parsing")],
)  # fmt: skip
@pytest.mark.parametrize("route", ["history", "managed-history"])
def test_bad_limit(api: Api, route: str, limit: str, kind: str) -> None:
    """422 naming the parameter, before the (here unknown) agent is looked up."""
    found = api.read(f"/houmao/agents/ghost/{route}?limit={limit}", InvalidSchema, 422)
    (problem,) = found["detail"]
    assert (problem["type"], problem["loc"], problem["input"]) == (kind, ["query", "limit"], limit)


def test_a_heartbeat_that_nobody_can_read_is_none(api: Api, fleet: Fleet) -> None:
    """The agent counts as not watched; that is an answer, not a fault."""
    fleet.show(agent(), state())
    fleet.redis.hset(keys.HOSTS, "h1", "yesterday")
    told = api.read(f"/houmao/agents/{ALPHA}/state", StateSchema)
    assert told["diagnostics"]["availability"] == "unavailable"


def test_unknown_query_parameters_are_ignored(api: Api, fleet: Fleet) -> None:
    """Only bodies are strict about what they do not know."""
    fleet.show(agent(), state())
    assert api.read("/houmao/agents/alpha/history?colour=red", HistorySchema)["entries"] == []


def test_refresh_tells_the_state_after_the_capture(api: Api, fleet: Fleet, jobs: StandIn) -> None:
    """The agent's own host is asked, and what it then published is the answer."""
    fleet.show(agent(), state())
    jobs.sees = state(READY)
    found = api.write("/houmao/agents/alpha/refresh", StateSchema)
    assert jobs.asked == [("h1", ALPHA)]
    assert found["turn"]["phase"] == "ready"


def test_refresh_of_an_unknown_agent(api: Api, jobs: StandIn) -> None:
    """404, and nobody is asked to capture anything."""
    api.write("/houmao/agents/ghost/refresh", ErrorSchema, 404)
    assert jobs.asked == []


def test_refresh_that_nobody_serves(api: Api, fleet: Fleet, jobs: StandIn) -> None:
    """503 when the host's watch process does not do it in time."""
    fleet.show(agent(), state())
    jobs.error = Unavailable("host h1 did not capture agent alpha in time")
    assert "in time" in api.write("/houmao/agents/alpha/refresh", ErrorSchema, 503)["detail"]


def test_a_reference_is_decoded_once(api: Api) -> None:
    """A percent-encoded reference reaches the look-up as text; a slash never does."""
    assert "gh öst" in api.read("/houmao/agents/gh%20%C3%B6st", ErrorSchema, 404)["detail"]
    assert api.read("/houmao/agents/a%2Fb", ErrorSchema, 404) == {"detail": "Not Found"}


def test_answers_are_utf8_on_one_line(client: FlaskClient, fleet: Fleet) -> None:
    """Screen text comes as characters, not as escapes."""
    fleet.show(agent(), state(READY))
    answer = client.get("/houmao/agents/alpha/state?extended=true")
    assert "❯" in answer.text
    assert "\n" not in answer.text
    assert json.loads(answer.text)["agent_id"] == ALPHA
