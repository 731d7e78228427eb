"""Registered terminals with the real watch process: found, told, typed into, forgotten."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import wait_until

ID = "0a1b2c3d"
BASE = f"/houmao/terminals/{ID}"


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    """A watched host without agents."""
    with request_client(host, tmp_path) as found:
        yield found


def register(asked: RequestClient, session: str, tool: str = "claude") -> None:
    query = {"session_name": session, "tool": tool, "terminal_id": ID}
    answer = asked.api.post("/houmao/launches/register", query_string=query)
    assert answer.status_code == 200, answer.text


def told(asked: RequestClient) -> Any:
    return asked.api.get(f"{BASE}/state").get_json()


def await_availability(asked: RequestClient, wanted: str) -> None:
    wait_until(lambda: told(asked)["diagnostics"]["availability"] == wanted, f"it is {wanted}")


def test_a_terminal_is_watched_and_typed_into(asked: RequestClient) -> None:
    """Nobody published it; its turns are those of explicit input."""
    asked.stub("alpha", "--turn-seconds", "1")
    asked.host.registry.remove("alpha")
    wait_until(lambda: asked.host.listed() == [], "nobody is listed")
    register(asked, "alpha")
    await_availability(asked, "available")
    answer = asked.api.post(f"{BASE}/input?wait=15&wait_for=turn", json={"message": "hello"})
    found = answer.get_json()
    assert (found["success"], found["turn_result"]) == (True, "success")
    assert asked.got() == ["hello"]
    assert told(asked)["last_turn"]["source"] == "explicit_input"
    phases = [it["turn_phase"] for it in told(asked)["recent_transitions"]]
    assert phases[-2:] == ["active", "ready"] or phases[-1] == "ready"


def test_a_terminal_may_be_registered_before_its_session(asked: RequestClient) -> None:
    """It is unavailable until the session is there, and again when it has gone."""
    register(asked, "later")
    await_availability(asked, "unavailable")
    asked.host.tmux.new_session("later", "bash -c 'exec -a claude sleep 1000'")
    wait_until(lambda: told(asked)["diagnostics"]["process_state"] == "tui_up", "it is up")
    asked.host.tmux.run("kill-session", "-t", "=later")
    await_availability(asked, "unavailable")


def test_a_published_agent_is_not_watched_twice(asked: RequestClient) -> None:
    """The terminal is another name of the agent: one tracker, one queue, one pane."""
    asked.stub("alpha", "--turn-seconds", "1")
    register(asked, "alpha")
    await_availability(asked, "available")
    assert asked.host.listed() == ["alpha"]
    assert told(asked)["tracked_session"]["agent_id"] == "alpha"


def test_registrations_outlive_redis_and_the_watch_process(asked: RequestClient) -> None:
    """The file is the truth."""
    asked.host.tmux.new_session("kept", "bash -c 'exec -a claude sleep 1000'")
    register(asked, "kept")
    wait_until(lambda: told(asked)["diagnostics"]["process_state"] == "tui_up", "it is up")
    asked.kill_watch()
    asked.host.redis.flushall()
    assert asked.api.get(f"{BASE}/state").status_code == 404
    with asked.host.watch_process():
        wait_until(lambda: asked.api.get(f"{BASE}/state").status_code == 200, "it is known again")
        wait_until(lambda: told(asked)["diagnostics"]["process_state"] == "tui_up", "it is up")


def test_a_forgotten_terminal_is_not_watched(asked: RequestClient) -> None:
    """Its session goes on."""
    asked.host.tmux.new_session("work", "bash -c 'exec -a claude sleep 1000'")
    register(asked, "work")
    wait_until(lambda: asked.host.listed() == [ID], "it is watched")
    assert asked.api.delete(BASE).status_code == 200
    wait_until(lambda: asked.host.listed() == [], "it is not watched any more")
    assert asked.api.get(f"{BASE}/state").status_code == 404
    assert "work" in asked.host.tmux.sessions()


def test_stopping_a_terminal(asked: RequestClient) -> None:
    """Session and registration end together."""
    asked.host.tmux.new_session("work", "bash -c 'exec -a claude sleep 1000'")
    register(asked, "work")
    wait_until(lambda: asked.host.listed() == [ID], "it is watched")
    answer = asked.api.post(f"/houmao/agents/{ID}/stop").get_json()
    assert answer["detail"] == "session ended and registration removed"
    wait_until(lambda: asked.api.get(f"{BASE}/state").status_code == 404, "it is forgotten")
