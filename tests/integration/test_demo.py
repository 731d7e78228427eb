"""The demo as a person meets it: agents move within seconds, and afterwards nothing is left."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from houmao import config
from houmao.clock import monotonic
from houmao.config import Settings
from houmao.demo.crew import MEMBERS, Crew
from houmao.demo.host import DemoHost, private_host, running_host
from houmao.demo.run import DemoOptions, demo
from houmao.errors import Conflict
from houmao.ids import canonical_name
from houmao.registry.files import Registry, RegistryEntry
from tests.services import TmuxServer, wait_until

NAMES = {member.name for member in MEMBERS}


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings under which no server runs."""
    environ = {
        "HOME": str(tmp_path),
        "HOUMAO_TMUX_SOCKET": str(tmp_path / "tmux.sock"),
        "HOUMAO_PORT": str(free_port()),
    }
    return config.load(environ, cwd=tmp_path)


@pytest.fixture
def host(settings: Settings) -> Iterator[DemoHost]:
    """A running server of this test's own."""
    started = private_host(settings, time.sleep)
    yield started
    started.end()


def listed(port: int) -> set[str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", "/houmao/agents")
        answer = json.loads(connection.getresponse().read())
    return {agent["agent_name"] for agent in answer.get("agents", [])}


def test_private_demo_moves_within_ten_seconds_and_leaves_nothing(settings: Settings) -> None:
    """Without a server the demo brings its own, says where to look, and takes all of it away."""
    began, lines, moved = monotonic(), list[str](), list[float]()

    def write(line: str) -> None:
        lines.append(line)
        if "active" in line:
            moved.append(monotonic() - began)

    demo(settings, DemoOptions(seconds=8.0), write)
    assert moved, lines
    assert moved[0] < 10
    text = "\n".join(lines)
    assert "waits for you (approval)" in text
    assert "last turn: success" in text
    folder = Path(text.partition("tmux -S ")[2].partition("/tmux.sock")[0])
    assert folder.name.startswith("houmao-demo-")
    assert not folder.exists()
    assert not settings.runtime_root.exists(), "the person's own folders stay untouched"


def test_demo_shows_itself_to_the_running_server(host: DemoHost) -> None:
    """With a server running, the agents are its agents, seen by every client of it."""
    seen: set[str] = set()

    def write(line: str) -> None:
        if "active" in line:
            seen.update(listed(host.settings.port))

    demo(host.settings, DemoOptions(seconds=6.0), write)
    assert seen == NAMES
    wait_until(lambda: listed(host.settings.port) == set(), "the agents are gone")
    assert Registry(host.settings.registry_root).entries() == ()
    assert not list((host.settings.runtime_root / "sessions").rglob("manifest.json"))


def test_running_server_tells_where_it_looks(host: DemoHost, tmp_path: Path) -> None:
    """Its registry and tmux socket are used even when the demo's own settings name others."""
    elsewhere = config.load({"HOME": str(tmp_path), "HOUMAO_PORT": str(host.settings.port)})
    found = running_host(elsewhere, time.sleep)
    assert found is not None
    assert found.settings.registry_root == host.settings.registry_root
    assert found.settings.tmux_socket == host.settings.tmux_socket
    assert found.folder is None, "what ran before is not the demo's to end"


def test_no_server_answers(settings: Settings) -> None:
    assert running_host(settings, time.sleep) is None


def test_kept_agents_are_replaced_by_the_next_demo(host: DemoHost) -> None:
    """`--keep` leaves the agents; another demo takes over their sessions and names."""
    lines: list[str] = []
    demo(host.settings, DemoOptions(keep=True), lines.append)
    assert "End them with" in lines[-1]
    kept = {entry.record.generation_id for entry in entries(host) if entry.record}
    assert len(kept) == len(MEMBERS)
    demo(host.settings, DemoOptions(seconds=0.5), lines.append)
    assert entries(host) == ()


def entries(host: DemoHost) -> tuple[RegistryEntry, ...]:
    return Registry(host.settings.registry_root).entries()


def test_foreign_session_of_the_same_name_is_never_ended(
    settings: Settings, tmux_server: TmuxServer
) -> None:
    name = canonical_name(MEMBERS[0].name)
    tmux_server.new_session(name)
    environ = settings.as_environ() | {"HOUMAO_TMUX_SOCKET": str(tmux_server.socket)}
    crew = Crew(config.load(environ), time.sleep)
    with pytest.raises(Conflict, match="is not the demo's"):
        crew.start()
    crew.end()
    assert tmux_server.sessions() == [name]


def test_terminated_demo_cleans_up(settings: Settings) -> None:
    """SIGTERM in the middle of it is as good as Ctrl-C."""
    code = (
        "from houmao import config; from houmao.demo.run import *;"
        "demo(config.load(), DemoOptions(), lambda line: print(line, flush=True))"
    )
    with subprocess.Popen(
        [
            "env",
            *(f"{k}={v}" for k, v in settings.as_environ().items()),
            sys.executable,
            "-c",
            code,
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "active" in line:
                process.terminate()
                break
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "The demo is over" in rest
    folder = "".join(lines).partition("tmux -S ")[2].partition("/tmux.sock")[0]
    assert not Path(folder).exists()
