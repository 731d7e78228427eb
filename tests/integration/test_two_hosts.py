"""Two hosts on one Redis, an agent of one name on each: two agents everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from houmao.api.app import create_app
from houmao.jobs import Jobs
from houmao.state import keys
from houmao.state.connect import PROMPT, PROMPT_JOBS, connect
from houmao.state.host_memory import host_memory
from tests.integration.request_client import RequestClient
from tests.integration.watching import Host
from tests.services import TmuxServer, wait_until


@pytest.fixture
def hosts(host: Host, tmp_path: Path) -> Iterator[dict[str, RequestClient]]:
    """North and south, each with a tmux server, a registry, a watch process and an API."""
    south_tmux = TmuxServer(tmp_path / "south.sock")
    north, south = tmp_path / "north", tmp_path / "south"
    with _served(host, north, host.tmux) as first, _served(host, south, south_tmux) as second:
        yield {"north": first, "south": second}
        south_tmux.run("kill-session", "-t", "=twin")


@contextmanager
def _served(host: Host, folder: Path, tmux: TmuxServer) -> Iterator[RequestClient]:
    folder.mkdir()
    settings = replace(
        host.settings,
        host_id=folder.name,
        registry_root=folder / "registry",
        runtime_root=folder / "runtime",
        tmux_socket=str(tmux.socket),
    )
    own = Host(settings, tmux, host.redis)
    url = settings.effective_redis_url
    app = create_app(settings, connect(url, PROMPT), Jobs(connect(url, PROMPT_JOBS)))
    with own.watch_process() as watch:
        wait_until(lambda: bool(own.owner()), f"{folder.name} is watched")
        yield RequestClient(own, app.test_client(), watch, folder)


def seen(asked: RequestClient, path: str) -> Any:
    answer = asked.api.get(f"/houmao/{path}")
    return answer.get_json() if answer.status_code == 200 else (answer.status_code, answer.json)


def test_twins(hosts: dict[str, RequestClient]) -> None:
    """Each server tells both; a name that both have is asked back with what to say instead."""
    north, south = hosts["north"], hosts["south"]
    for asked in hosts.values():
        asked.host.stub("twin", "--truth", str(asked.log("twin")), "--turn-seconds", "60")
    wait_until(lambda: len(seen(north, "states")["agents"]) == 2, "both are listed")

    def phases() -> dict[str, str]:
        found = seen(north, "states")["agents"]
        return {it["host"]: it["state"] and it["state"]["turn"]["phase"] for it in found}

    wait_until(lambda: phases() == {"north": "ready", "south": "ready"}, "both are ready")
    status, refusal = seen(north, "agents/twin/state")
    assert (status, refusal["agent_ids"]) == (409, ["twin", "twin"])
    assert "use one of name-twin@north, name-twin@south" in refusal["detail"]
    # Through the other host's server, and by name as by id.
    assert north.ask("go south", "name-twin@south", wait_for="delivery")["outcome"] == "submitted"
    wait_until(lambda: phases() == {"north": "ready", "south": "active"}, "only one works")
    assert (north.got("twin"), south.got("twin")) == ([], ["go south"])
    assert south.ask("go north", "twin@north", wait_for="delivery")["outcome"] == "submitted"
    assert north.got("twin") == ["go north"]
    assert len(seen(south, "agents/twin@south/requests")["requests"]) == 1


def test_a_host_that_redis_has_lost(host: Host, tmp_path: Path) -> None:
    """Its agents are away, and not unknown, until somebody has it forgotten."""
    south_tmux = TmuxServer(tmp_path / "south.sock")
    with _served(host, tmp_path / "south", south_tmux) as south:
        south.host.silent("lone")
        wait_until(lambda: isinstance(seen(south, "agents/lone"), dict), "it is listed")
        with _served(host, tmp_path / "north", host.tmux) as north:
            memory = host_memory(north.host.settings)
            wait_until(lambda: "lone@south" in memory.read().agents, "it is remembered")
            south.watch.kill()
            south.watch.wait()
            host.redis.flushall()
            wait_until(lambda: host.redis.hexists(keys.HOSTS, "north"), "north tells again")
            _is_told_as_away(north)
            # One that was heard of a moment ago may tell again at any time.
            wait_until(lambda: _forgets(north, "south"), "it is forgotten")
            assert seen(north, "agents/lone/state")[0] == 404
            assert [it["host"] for it in seen(north, "hosts")["hosts"]] == ["north"]
        south_tmux.run("kill-session", "-t", "=lone")


def _forgets(asked: RequestClient, name: str) -> bool:
    return asked.api.delete(f"/houmao/hosts/{name}").status_code == 200


def _is_told_as_away(asked: RequestClient) -> None:
    for path in ("lone", "name-lone/state", "lone@south/history", "name-lone@south/requests"):
        status, refusal = seen(asked, f"agents/{path}")
        assert (path, status) == (path, 503)
        assert "host south was not heard of since" in refusal["detail"]
    answer = asked.api.post("/houmao/agents/lone/requests?extended=true", json={"prompt": "go"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    answer = asked.api.get("/houmao/states")
    assert (answer.get_json()["agents"], "without south" in answer.headers["Houmao-Partial"]) == (
        [],
        True,
    )
    hosts = seen(asked, "hosts")["hosts"]
    assert [(it["host"], it["lost"], it["agents"]) for it in hosts] == [
        ("north", False, 0),
        ("south", True, 1),
    ]
