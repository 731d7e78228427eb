"""A host whose Redis is away: its own agents are told all the same, by its watch process."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from houmao.api.app import app_of
from houmao.clock import iso_ms
from houmao.server_kind import ServerKind
from houmao.state.away import away_mark
from houmao.state.connect import PROMPT, connect
from houmao.state.host_memory import host_memory
from tests.integration.test_faults_redis import OwnRedis
from tests.integration.watching import Host, settings_for
from tests.services import TmuxServer, wait_until


@dataclass(slots=True)
class Outside:
    """A watched host with an agent, on a Redis that is not its server's, and its API."""

    host: Host
    redis: OwnRedis
    api: FlaskClient

    def get(self, path: str) -> tuple[int, Any, str | None]:
        """Status, object, and what is said of other hosts."""
        answer = self.api.get(f"/houmao/{path}?extended=true")
        return answer.status_code, answer.get_json(), answer.headers.get("Houmao-Partial")

    def post(self, path: str, **body: str) -> tuple[int, Any]:
        """Status and object of an act."""
        answer = self.api.post(f"/houmao/{path}?extended=true", json=body)
        return answer.status_code, answer.get_json()

    def phase(self) -> Any:
        status, told, _ = self.get("agents/agent/state")
        return told["turn"]["phase"] if status == 200 else status


@pytest.fixture
def outside(tmp_path: Path, tmux_server: TmuxServer) -> Iterator[Outside]:
    embedded = settings_for(tmp_path, tmux_server, None)
    redis, url = OwnRedis(embedded), embedded.effective_redis_url
    redis.start()
    settings = replace(embedded, redis_url=url, service=ServerKind.PAIR)
    with connect(url, PROMPT) as client:
        host = Host(settings, tmux_server, client)
        with host.watch_process():
            yield Outside(host, redis, app_of(settings).test_client())
    redis.kill()


def test_own_agents_are_told_without_redis(outside: Outside) -> None:
    """Who they are and what they do as it changes, and that nothing is known of other hosts."""
    outside.host.stub("agent", "--turn-seconds", "0.5")
    wait_until(lambda: outside.phase() == "ready", "the agent is ready")
    before = outside.get("agents")
    memory = host_memory(outside.host.settings)
    memory.path.write_text(json.dumps([{"north": iso_ms(time.time())}, {"other@north": "other"}]))
    outside.redis.kill()
    wait_until(away_mark(outside.host.settings).is_set, "the watch process has noticed")
    status, told, partial = outside.get("agents")
    assert (status, told, bool(partial)) == (200, before[1], True)
    # As clients of `houmao-server` ask, too.
    assert len(outside.api.get("/houmao/agents").get_json()["agents"]) == 1
    outside.host.tmux.run("send-keys", "-t", "=agent:", "go", "Enter")
    wait_until(lambda: outside.phase() == "active", "it works")
    wait_until(lambda: outside.phase() == "ready", "it is done")
    _, changes, _ = outside.get("agents/agent/history")
    assert changes["entries"][0]["turn_phase"] == "ready"
    began = time.monotonic()
    status, refusal = outside.post("agents/agent/requests", prompt="go")
    assert (status, "Redis is away" in refusal["detail"]) == (503, True)
    assert time.monotonic() - began < 1.0
    # Of another host's agent nobody can say that it is not there.
    status, refusal, _ = outside.get("agents/other/state")
    assert (status, "'other' is an agent of host north" in refusal["detail"]) == (503, True)
    assert " has not reached it since 20" in refusal["detail"]
    assert outside.get("agents/nobody/state")[0] == 503
    assert [it["agent_id"] for it in outside.get("states")[1]["agents"]] == ["agent"]
    memory.path.unlink()
    outside.redis.start()
    wait_until(lambda: outside.get("agents")[2] is None, "all hosts are told again")
    assert outside.get("agents/other/state")[0] == 404


def test_what_is_asked_while_redis_is_silent_is_refused_at_once(outside: Outside) -> None:
    """By every way that leads to an agent, from the first call on; afterwards all is as before."""
    outside.host.stub("agent", "--turn-seconds", "60")
    wait_until(lambda: outside.phase() == "ready", "the agent is ready")
    mark = away_mark(outside.host.settings)
    assert not mark.is_set()
    outside.redis.hold()
    wait_until(mark.is_set, "the watch process has noticed")
    asked: dict[str, Any] = {
        "/houmao/agents/agent/interrupt?extended=true": {},
        "/houmao/agents/agent/requests?extended=true": {"prompt": "go"},
        "/houmao/agents/agent/requests": {"request_kind": "submit_prompt", "prompt": "go"},
        "/houmao/agents/agent/stop": {},
        "/cao/terminals/agent/input?message=go": {},
        "/cao/sessions?provider=claude_code&agent_profile=a": {},
    }
    for path, body in asked.items():
        began = time.monotonic()
        answer = outside.api.post(path, json=body)
        assert (path, answer.status_code, time.monotonic() - began < 0.5) == (path, 503, True)
        assert "Redis" in answer.get_json()["detail"]
    assert outside.phase() == "ready"
    outside.redis.go_on()
    wait_until(lambda: not mark.is_set(), "the watch process has noticed")
    assert outside.post("agents/agent/requests", prompt="go")[0] == 200
    wait_until(lambda: outside.phase() == "active", "it works")
