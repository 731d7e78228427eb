"""An agent that is launched by the server is watched, prompted and stopped like any other."""

import http.client
import json
from collections.abc import Mapping
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


def test_the_life_of_a_launched_agent(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Launched over HTTP, seen, prompted, refused a second time, and stopped."""
    stubs = machine(tmp_path, host.tmux)
    monkeypatch.setenv("PATH", stubs.environ["PATH"])
    monkeypatch.setenv("SHELL", "/bin/sh")
    settings = replace(own_port(host), registry_root=tmp_path / "registry")
    wanted = {
        "agents": "gpu-kernel-coder",
        "provider": "codex",
        "working_directory": str(tmp_path),
        "agent_def_dir": str(DEFINITIONS),
    }
    with serving(settings) as server:
        told = post(server, "/houmao/agents/launches?wait=30", wanted)
        assert told["outcome"] == "launched", told
        host.tmux.opened.add(told["tmux_session_name"])
        agent = told["agent_id"]
        server.await_availability(agent, "available")
        body = {"prompt": "turn 1"}
        request = post(server, f"/houmao/agents/{agent}/requests?wait=30&wait_for=turn", body)
        assert (request["outcome"], request["turn_result"]) == ("submitted", "success")
        again = post(server, "/houmao/agents/launches?wait=30", wanted)
        assert again["outcome"] == "failed"
        assert "runs already" in again["detail"]
        post(server, f"/houmao/agents/{agent}/stop", {})
        wait_until(lambda: told["tmux_session_name"] not in host.tmux.sessions(), "it has ended")
