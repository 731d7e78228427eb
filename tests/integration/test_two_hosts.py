"""Two hosts on one Redis, an agent of one name on each: two agents everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from houmao.api.app import create_app
from houmao.jobs import Jobs
from houmao.state.connect import PROMPT, PROMPT_JOBS, connect
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
