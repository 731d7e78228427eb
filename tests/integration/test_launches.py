"""An agent that is launched by the server is watched, prompted and stopped like any other."""

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.launching import DEFINITIONS, machine
from tests.integration.serving import Server, own_port, serving
from tests.integration.watching import Host
from tests.services import wait_until


def post(server: Server, path: str, body: Mapping[str, object]) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.settings.port, timeout=40)
    with closing(connection):
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        return json.loads(connection.getresponse().read())


def ended(server: Server, launch_id: str) -> Mapping[str, object]:
    """What is told of a launch in the end."""
    path = f"/houmao/agents/launches/{launch_id}"
    wait_until(lambda: server.ask(path).body.get("state") == "ended", "the launch ends", 30)
    return server.ask(path).body


def made(folder: Path) -> set[Path]:
    """What launches have made on disk."""
    runtime = ("sessions/*/*", "homes/*", "homes/.*", "manifests/*")
    places = (*(f"runtime/{it}" for it in runtime), ".houmao/jobs/*")
    return {path for place in places for path in folder.glob(place)}


@pytest.fixture
def wanted(tmp_path: Path) -> dict[str, object]:
    """What a caller asks for."""
    return {
        "agents": "gpu-kernel-coder",
        "provider": "codex",
        "working_directory": str(tmp_path),
        "agent_def_dir": str(DEFINITIONS),
    }


@pytest.fixture
def server(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose launch process finds stub tools."""
    stubs = machine(tmp_path, host.tmux)
    monkeypatch.setenv("PATH", stubs.environ["PATH"])
    monkeypatch.setenv("SHELL", "/bin/sh")
    settings = replace(own_port(host), registry_root=tmp_path / "registry")
    with serving(settings) as found:
        yield found


def test_the_life_of_a_launched_agent(
    host: Host, server: Server, wanted: dict[str, object]
) -> None:
    """Launched over HTTP, seen, prompted, refused a second time, and stopped."""
    told = post(server, "/houmao/agents/launches?wait=30", wanted)
    assert told["outcome"] == "launched", told
    host.tmux.opened.add(told["tmux_session_name"])
    agent = told["agent_id"]
    server.await_availability(agent, "available")
    body = {"prompt": "turn 1"}
    request = post(
        server, f"/houmao/agents/{agent}/requests?wait=30&wait_for=turn&extended=true", body
    )
    assert (request["outcome"], request["turn_result"]) == ("submitted", "success")
    again = post(server, "/houmao/agents/launches?wait=30", wanted)
    assert again["outcome"] == "failed"
    assert "runs already" in again["detail"]
    post(server, f"/houmao/agents/{agent}/stop", {})
    wait_until(lambda: told["tmux_session_name"] not in host.tmux.sessions(), "it has ended")


def test_a_launch_process_killed_in_mid_launch(
    host: Host, server: Server, wanted: dict[str, object], tmp_path: Path
) -> None:
    """Wherever it was hit: the agent runs and is published, or nothing of it is left."""
    outcomes = set()
    for pause in (0.0, 0.1, 0.2, 0.4, 0.7, 1.2):
        before = made(tmp_path)
        launch_id = post(server, "/houmao/agents/launches", wanted)["launch_id"]
        time.sleep(pause)
        victim = server.child("launch")
        assert victim is not None
        victim.kill()
        told = ended(server, launch_id)
        outcomes.add(told["outcome"])
        records = list(tmp_path.glob("registry/live_agents/*/record.json"))
        assert bool(records) == (told["outcome"] == "launched"), told
        if told["outcome"] == "launched":
            session = str(told["tmux_session_name"])
            host.tmux.opened.add(session)
            assert session in host.tmux.sessions()
            server.await_availability(str(told["agent_id"]), "available")
            post(server, f"/houmao/agents/{told['agent_id']}/stop", {})
            continue
        assert not any("gpu-kernel-coder" in it for it in host.tmux.sessions()), told
        assert made(tmp_path) == before
    assert "failed" in outcomes


def test_a_headless_agent_is_launched_with_a_mailbox(
    host: Host, server: Server, wanted: dict[str, object], tmp_path: Path
) -> None:
    """Its address is registered, its record tells of it, and stalwart is refused."""
    refused = post(
        server, "/houmao/agents/launches", wanted | {"mailbox": {"transport": "stalwart"}}
    )
    assert "stalwart is not supported" in refused["detail"]
    mailbox = {"filesystem_root": str(tmp_path / "mail"), "address": "kim@agents.localhost"}
    body = wanted | {"headless": True, "mailbox": mailbox}
    told = post(server, "/houmao/agents/launches?wait=30", body)
    assert told["outcome"] == "launched", told
    host.tmux.opened.add(told["tmux_session_name"])
    assert (tmp_path / "mail" / "mailboxes" / "kim@agents.localhost" / "inbox").is_dir()
    record = json.loads(Path(told["manifest_path"]).read_text())
    assert record["launch_plan"]["mailbox"]["address"] == "kim@agents.localhost"
    post(server, f"/houmao/agents/{told['tracked_agent_id']}/stop", {})
    wait_until(lambda: told["tmux_session_name"] not in host.tmux.sessions(), "it has ended")
