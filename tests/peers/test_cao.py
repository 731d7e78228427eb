"""CAO's own unmodified `cao` and `cao-mcp-server` against our `houmao-server`."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.attaching import end_gateways
from tests.integration.headless import private
from tests.integration.launching import DEFINITIONS, machine
from tests.integration.serving import PAIR, free_port, started
from tests.peers.cao import Cao
from tests.services import wait_until

PROFILE = "gpu-kernel-coder"


@pytest.fixture(scope="module")
def cao(peers: Path) -> Iterator[Cao]:
    """Our server with stub tools, and CAO's programs beside it."""
    with (
        tempfile.TemporaryDirectory(prefix="houmao-cao-") as name,
        private(Path(name)) as (settings, tmux),
    ):
        stubs = machine(Path(name), tmux)
        settings = replace(settings, port=free_port(), redis_url=None)
        argv = (*PAIR, "serve", "--api-base-url", settings.api_base_url)
        environ = {
            "PATH": stubs.environ["PATH"],
            "SHELL": "/bin/sh",
            "HOUMAO_AGENT_DEF_DIR": str(DEFINITIONS),
        }
        with started(settings, argv, **environ) as server:
            wait_until(server.is_complete, "everything runs and answers", 60)
            found = Cao(peers / "cao" / "bin", server, Path(name), PROFILE)
            yield found
            with suppress(AssertionError):
                found.run("shutdown", "--all")


def test_the_life_of_a_session(cao: Cao) -> None:
    """Launched with a message, listed, asked, sent another one, shut down."""
    found = cao.launch("life", "say hello")
    assert (found["provider"], found["status"]) == ("codex", "completed"), found
    assert "cao-life" in cao.run("session", "list")
    told = json.loads(cao.run("session", "status", "cao-life", "--json"))
    assert told["conductor"]["id"] == found["id"]
    cao.run("session", "send", "cao-life", "say more")
    status = json.loads(cao.run("agent", "status", found["id"], "--json"))
    assert status["status"] == "completed"
    assert json.loads(cao.run("agent", "result", found["id"], "--json"))["output"]
    cao.run("agent", "cancel", found["id"])
    cao.run("shutdown", "--session", "cao-life")
    assert "cao-life" not in [it["name"] for it in cao.get("/sessions")]


def test_workers_and_messages(cao: Cao) -> None:
    """A supervisor hands off, assigns, and is told by message."""
    boss = cao.launch("team")["id"]
    done = json.loads(
        cao.run(
            "agent", "handoff", PROFILE, "a step", "--timeout", "60", "--json", terminal_id=boss
        )
    )
    assert done["success"], done
    given = json.loads(cao.run("agent", "assign", PROFILE, "a task", "--json", terminal_id=boss))
    assert given["success"], given
    worker = given["terminal_id"]
    for number in range(3):
        cao.run("agent", "send-message", f"result {number}", "--to", boss, terminal_id=worker)
    cao.delivered(boss, "result 0", "result 1", "result 2")


def test_a_terminal_is_an_agent_as_any(cao: Cao) -> None:
    """Known by its launch, given a gateway, started anew: by the server alone."""
    agent = cao.launch("whole")["id"]
    assert agent in [it["agent_id"] for it in cao.get("/houmao/agents/launches")["launches"]]
    base = f"/houmao/agents/{agent}"
    assert cao.get(f"{base}/gateway")["gateway_health"] == "not_attached"
    try:
        assert cao.post(f"{base}/gateway/attach")["gateway_health"] == "healthy"
        assert cao.get(f"{base}/gateway")["request_admission"] == "open"
        assert "was started again" in cao.post(f"{base}/relaunch")["detail"]
        wait_until(lambda: cao.get(f"/terminals/{agent}")["status"] == "idle", "it is ready", 30)
    finally:
        assert cao.post(f"{base}/gateway/detach")["gateway_health"] == "not_attached"
        end_gateways(cao.server.settings)


def test_the_tools_that_an_agent_has(cao: Cao) -> None:
    """Over stdio: a step handed off, a task assigned, a message to who got it, and one back."""
    boss = cao.launch("tools")["id"]
    step = {"agent_profile": PROFILE, "message": "a step", "timeout": 60}
    handed, given, sent = cao.tools(
        boss,
        ("handoff", step),
        ("assign", {"agent_profile": PROFILE, "message": "a task"}),
        ("send_message", {"receiver_id": "<terminal>", "message": "one more"}),
    )
    assert handed.get("output"), handed
    assert (given["success"], sent["success"]) == (True, True), (given, sent)
    (back,) = cao.tools(given["terminal_id"], ("send_message", {"message": "it is done"}))
    assert back["success"], back
    cao.delivered(given["terminal_id"], "one more")
    cao.delivered(boss, "it is done")


def test_the_originals_manager_shows_and_ends_sessions(peers: Path, cao: Cao) -> None:
    """`server sessions` of houmao-mgr 0.1.0, for sessions that CAO's programs began."""
    for name in ("shown", "other"):
        cao.launch(name)
    program = peers / "houmao-0.1.0" / "bin" / "houmao-mgr"

    def manager(*words: str) -> Any:
        done = subprocess.run(
            [str(program), "server", "sessions", *words, "--port", str(cao.server.settings.port)],
            env=cao.environ(),
            cwd=cao.home,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr[-600:]
        return json.loads(done.stdout)

    assert manager("show", "cao-shown")["terminals"]
    manager("shutdown", "--session", "cao-shown")
    assert "cao-shown" not in [it["name"] for it in cao.get("/sessions")]
    manager("shutdown", "--all")
    assert cao.get("/sessions") == []
