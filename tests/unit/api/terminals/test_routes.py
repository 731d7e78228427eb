"""Terminal routes: registered by query, told as terminals are told, typed into like agents."""

import json
from dataclasses import replace
from typing import Any

import pytest

from houmao.api.http.answers import ErrorSchema, InvalidSchema, OkSchema
from houmao.api.terminals.schemas import (
    InputSchema,
    RegisteredSchema,
    TerminalHistorySchema,
    TerminalStateSchema,
)
from houmao.config import Settings
from houmao.requests.request import RequestOutcome, ended, typing
from houmao.state.terminals import TerminalStore
from houmao.terminals.registration import Registration, Terminal
from houmao.track.diagnostics import Diagnostics, ParseStatus, Problem, ProcessState, TransportState
from tests.unit.api.agents.test_routes import READY, SURFACE
from tests.unit.api.world import ALPHA, HEALTHY, NOW, PROBE, Api, Fleet, StandIn, agent, state

REGISTER = "/houmao/launches/register?session_name=work&tool=claude"
ID = "0a1b2c3d"
BASE = f"/houmao/terminals/{ID}"
WORK = Terminal(
    Registration("work", ID, "claude", NOW - 60, tmux_window_name="agent"), "h1", ALPHA, True
)
HELLO = {"message": "hello"}


@pytest.fixture
def watched(fleet: Fleet) -> Fleet:
    """A terminal in which a ready agent is watched."""
    TerminalStore(fleet.redis).put(WORK)
    fleet.show(agent(), state(READY, last_turn_updated_at=NOW - 5))
    fleet.capture(agent(), PROBE, SURFACE)
    return fleet


def test_registration_is_written_and_answered(api: Api, settings: Settings) -> None:
    """A file for the host, and at once a state of its own."""
    found = api.write(f"{REGISTER}&terminal_id={ID}&agent_name=gpu", RegisteredSchema)
    assert found == {"success": True, "session_name": "work", "terminal_id": ID}
    path = settings.server_root / "sessions" / "work" / "registration.json"
    assert json.loads(path.read_text()) == {
        "session_name": "work", "terminal_id": ID, "tool": "claude", "registered_at": NOW,
        "observed_tool_version": None, "manifest_path": None, "session_root": None,
        "agent_name": "gpu", "agent_id": None, "tmux_session_name": None,
        "tmux_window_name": None,
    }  # fmt: skip


def test_the_state_right_after_registration(api: Api) -> None:
    """Nobody has looked yet: dormant, and nothing is claimed."""
    api.write(f"{REGISTER}&terminal_id={ID}&tmux_session_name=cao-7", RegisteredSchema)
    assert api.read(f"{BASE}/state", TerminalStateSchema) == {
        "terminal_id": ID,
        "tracked_session": {
            "tracked_session_id": "work",
            "session_name": "work",
            "tool": "claude",
            "observed_tool_version": None,
            "tmux_session_name": "cao-7",
            "tmux_window_name": None,
            "terminal_aliases": [ID],
            "agent_name": None,
            "agent_id": None,
            "manifest_path": None,
            "session_root": None,
        },
        "diagnostics": {
            "availability": "unknown",
            "transport_state": "tmux_missing",
            "process_state": "unknown",
            "parse_status": "transport_unavailable",
            "probe_error": None,
            "parse_error": None,
        },
        "probe_snapshot": None,
        "parsed_surface": None,
        "surface": {
            "accepting_input": "unknown",
            "editing_input": "unknown",
            "ready_posture": "unknown",
            "pending_input": "unknown",
            "blocked_on": None,
        },
        "turn": {"phase": "unknown"},
        "last_turn": {"result": "none", "source": "none", "updated_at_utc": None},
        "chat_context": "unknown",
        "chat_context_diagnostic": None,
        "stability": {
            "signature": "",
            "stable": False,
            "stable_for_seconds": 0.0,
            "stable_since_utc": None,
        },
        "recent_transitions": [],
    }
    assert api.read(f"{BASE}/history", TerminalHistorySchema)["entries"] == []


def test_a_terminal_gets_an_id_of_its_own(api: Api) -> None:
    """Without one it is made from the tmux session, so that it stays the same."""
    first = api.write(REGISTER, RegisteredSchema)["terminal_id"]
    assert api.write(REGISTER, RegisteredSchema)["terminal_id"] == first
    api.read(f"/houmao/terminals/{first}/state", TerminalStateSchema)


@pytest.mark.parametrize(
    ("query", "place"),
    [("tool=claude", "session_name"), ("session_name=work", "tool"),
     ("session_name=%20&tool=claude", "session_name"), ("session_name=work&tool=", "tool"),
     ("session_name=work&tool=claude&agent_name=%20", "agent_name"),
     ("session_name=work&tool=claude&terminal_id=0A1B2C3D", "terminal_id")],
)  # fmt: skip
def test_unusable_registrations(api: Api, settings: Settings, query: str, place: str) -> None:
    """Missing and blank values are refused, and nothing is written."""
    found = api.write(f"/houmao/launches/register?{query}", InvalidSchema, 422)["detail"]
    assert [it["loc"] for it in found] == [["query", place]]
    assert not (settings.server_root / "sessions").exists()


@pytest.mark.parametrize("name", ["..", "a%2Fb", "a%5Cb", "a%00b", "%20a", "a%0A"])
def test_names_that_could_leave_the_folder(api: Api, settings: Settings, name: str) -> None:
    """400, and nothing is written anywhere."""
    query = f"session_name={name}&tool=claude"
    api.write(f"/houmao/launches/register?{query}", ErrorSchema, 400)
    assert not settings.server_root.exists()


@pytest.mark.parametrize("terminal_id", ["ffffffff0", "FFFFFFFF", "alpha"])
@pytest.mark.parametrize("route", ["state", "history"])
def test_an_id_of_another_form(api: Api, terminal_id: str, route: str) -> None:
    """422, like every value that cannot be right."""
    found = api.read(f"/houmao/terminals/{terminal_id}/{route}", InvalidSchema, 422)
    assert found["detail"][0]["loc"] == ["path", "terminal_id"]


@pytest.mark.parametrize("route", ["state", "history"])
def test_an_unknown_terminal(api: Api, route: str) -> None:
    """404 with the id."""
    found = api.read(f"/houmao/terminals/ffffffff/{route}", ErrorSchema, 404)
    assert "ffffffff" in found["detail"]


def test_state_of_a_watched_terminal(api: Api, watched: Fleet) -> None:
    """What its agent's routes tell, with the screen and with the conversation."""
    found = api.read(f"{BASE}/state", TerminalStateSchema)
    assert found["diagnostics"]["availability"] == "available"
    assert found["turn"] == {"phase": "ready"}
    assert found["last_turn"]["updated_at_utc"] == "2026-03-27T09:05:17+00:00"
    assert found["probe_snapshot"]["pane_id"] == "%4"
    assert found["parsed_surface"]["business_state"] == "idle"
    assert found["chat_context"] == "current"
    assert found["stability"]["stable_for_seconds"] == 12.4
    assert found["tracked_session"]["agent_id"] == ALPHA


TMUX_UP, TUI_UP = TransportState.TMUX_UP, ProcessState.TUI_UP
PROBLEM = Problem("parse_error", "ValueError in the detector")


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (HEALTHY, "available"),
        (Diagnostics(), "unavailable"),
        (Diagnostics(TMUX_UP, ProcessState.TUI_DOWN, ParseStatus.SKIPPED_TUI_DOWN), "tui_down"),
        (
            Diagnostics(TMUX_UP, ProcessState.UNSUPPORTED_TOOL, ParseStatus.UNSUPPORTED_TOOL),
            "unknown",
        ),
        (Diagnostics(TMUX_UP, TUI_UP, ParseStatus.PARSE_ERROR, None, PROBLEM), "error"),
        (
            Diagnostics(
                TransportState.PROBE_ERROR, ProcessState.PROBE_ERROR, ParseStatus.PROBE_ERROR
            ),
            "error",
        ),
    ],
)
def test_availability_of_terminals(
    api: Api, watched: Fleet, outcome: Diagnostics, word: str
) -> None:
    """Unlike on the agents' routes, every failed probe or parse is an error."""
    watched.show(agent(), state(READY, diagnostics=outcome))
    watched.tell(agent(), state(READY, diagnostics=outcome), "observed")
    found = api.read(f"{BASE}/state", TerminalStateSchema)
    assert found["diagnostics"]["availability"] == word
    assert found["recent_transitions"][0]["diagnostics_availability"] == word


def test_an_unreadable_surface_is_unknown(api: Api, watched: Fleet) -> None:
    """The screen was parsed but nobody could make sense of it."""
    watched.capture(agent(), replace(SURFACE, availability="unsupported"))
    found = api.read(f"{BASE}/state", TerminalStateSchema)
    assert found["diagnostics"]["availability"] == "unknown"


def test_a_terminal_whose_session_is_gone(api: Api, fleet: Fleet) -> None:
    """The host has looked for it in vain."""
    TerminalStore(fleet.redis).put(replace(WORK, agent_id=None))
    found = api.read(f"{BASE}/state", TerminalStateSchema)
    assert found["diagnostics"]["availability"] == "unavailable"
    assert found["diagnostics"]["transport_state"] == "tmux_missing"


def test_an_agent_that_left_a_moment_ago(api: Api, fleet: Fleet) -> None:
    """The terminal is still known to be its, but nothing is known of it any more."""
    TerminalStore(fleet.redis).put(WORK)
    found = api.read(f"{BASE}/state", TerminalStateSchema)
    assert found["diagnostics"]["availability"] == "unavailable"


def test_history_is_oldest_first(api: Api, watched: Fleet) -> None:
    """With the fields that changed; a state tells the newest two dozen."""
    for number in range(30):
        watched.tell(agent(), state(READY), f"change_{number}")
    entries = api.read(f"{BASE}/history?limit=2", TerminalHistorySchema)["entries"]
    assert [it["summary"] for it in entries] == ["change_28", "change_29"]
    assert entries[0]["changed_fields"] == ["turn_phase", "availability"]
    recent = api.read(f"{BASE}/state", TerminalStateSchema)["recent_transitions"]
    assert [recent[0]["summary"], recent[-1]["summary"]] == ["change_6", "change_29"]


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x"])
def test_limit(api: Api, limit: str) -> None:
    """1 to 500."""
    api.read(f"{BASE}/history?limit={limit}", InvalidSchema, 422)


@pytest.mark.parametrize("name", ["message", "prompt"])
def test_input(api: Api, watched: Fleet, jobs: StandIn, name: str) -> None:
    """Typed by the agent's host like any prompt; the answer tells how that went."""
    jobs.delivers = lambda it: ended(typing(it, NOW), RequestOutcome.SUBMITTED, "it left", NOW)
    found = api.send(f"{BASE}/input", {name: "hello"}, InputSchema)
    assert (found["success"], found["terminal_id"], found["outcome"]) == (True, ID, "submitted")
    assert jobs.asked == [("h1", found["request_id"])]


def test_input_that_was_not_typed(api: Api, watched: Fleet, jobs: StandIn) -> None:
    """No success is told that was none."""
    jobs.delivers = lambda it: ended(
        it, RequestOutcome.BLOCKED, "the agent waits for a person", NOW
    )
    found = api.send(f"{BASE}/input", HELLO, InputSchema)
    assert (found["success"], found["outcome"]) == (False, "blocked")


@pytest.mark.parametrize(
    "body",
    [{}, {"message": "a", "prompt": "b"}, {"message": " "}, {"message": "\x1b"}, {"text": "a"}],
)
def test_unusable_input(api: Api, watched: Fleet, jobs: StandIn, body: Any) -> None:
    """422 before anything is asked of the host."""
    api.send(f"{BASE}/input", body, InvalidSchema, 422)
    assert jobs.asked == []


def test_input_into_no_session(api: Api, fleet: Fleet, jobs: StandIn) -> None:
    """409: the terminal is known, but there is nothing to type into."""
    TerminalStore(fleet.redis).put(replace(WORK, agent_id=None))
    found = api.send(f"{BASE}/input", HELLO, ErrorSchema, 409)
    assert "work" in found["detail"]
    assert jobs.asked == []


def test_forgetting(api: Api, settings: Settings) -> None:
    """File and copy go; the terminal is unknown then."""
    api.write(f"{REGISTER}&terminal_id={ID}", RegisteredSchema)
    assert api.remove(BASE, OkSchema) == {"status": "ok"}
    api.remove(BASE, ErrorSchema, 404)
    assert list((settings.server_root / "sessions").iterdir()) == []
