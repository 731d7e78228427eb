"""What a command writes is written where the running server looks, or a sentence says why not."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from houmao.cli.client.http import Server
from houmao.cli.watched_registry import watched_registry
from tests.unit.cli.recorded import RECORDED, Recorded


@pytest.fixture
def here(api: Recorded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the running server says of this host, which has nothing set."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HOUMAO_HOST_ID", "box")
    for name in ("GLOBAL_REGISTRY_DIR", "GLOBAL_RUNTIME_DIR", "TMUX_SOCKET"):
        monkeypatch.delenv(f"HOUMAO_{name}", raising=False)
    host = dict(RECORDED["hosts"]["hosts"][0])
    api.answers["/houmao/hosts"] = {**RECORDED["hosts"], "hosts": [host]}
    return host


@pytest.fixture
def server(api: Recorded, here: dict[str, Any]) -> Iterator[Server]:
    with closing(Server(api.port)) as found:
        yield found


def test_the_servers_registry_is_used(server: Server, here: dict[str, Any]) -> None:
    """Also its folder of sessions, and the tmux server that it watches."""
    here["tmux_socket"] = "/srv/tmux.sock"
    found = watched_registry(server)
    assert (found.settings.registry_root, found.warning) == (Path("/srv/houmao/registry"), "")
    assert found.settings.runtime_root == Path("/srv/houmao/runtime")
    assert found.settings.tmux_socket == "/srv/tmux.sock"


def test_a_chosen_registry_stays_and_the_difference_is_told(
    server: Server, here: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOUMAO_GLOBAL_REGISTRY_DIR", str(tmp_path / "mine"))
    found = watched_registry(server)
    assert found.settings.registry_root == tmp_path / "mine"
    assert f"watches the registry {here['registry_root']} and not" in found.warning
    assert f"--registry-root {tmp_path / 'mine'}" in found.warning


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"watched": False}, "does not watch this host"), ({"host": "pod"}, "does not watch this")],
)
def test_nobody_watches_this_host(
    server: Server, here: dict[str, Any], change: dict[str, Any], sentence: str
) -> None:
    here.update(change)
    assert sentence in watched_registry(server).warning


def test_no_server(api: Recorded, server: Server, tmp_path: Path) -> None:
    """What is written waits for one."""
    api.stop()
    found = watched_registry(server)
    assert found.settings.registry_root == tmp_path / ".houmao" / "registry"
    assert "nobody watches the registry" in found.warning


def test_a_server_that_cannot_tell(api: Recorded, server: Server) -> None:
    """A published one has no such route."""
    del api.answers["/houmao/hosts"]
    assert "is not known" in watched_registry(server).warning
