"""Published clients against our passive server: each command works, each answer is accepted."""

import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from houmao.demo.stub_agent import command
from tests.integration.headless import Crew, crew, private
from tests.integration.serving import environment
from tests.services import wait_until

ASK = Path(__file__).with_name("ask_everything.py")
VERSIONS = ("0.1.0", "0.7.3")
#: Commands of `houmao-mgr` in both releases; {tui} and {headless} are agents.
COMMANDS = (
    "server status",
    "agents list",
    "agents state --agent-name {tui}",
    "agents state --agent-name {headless}",
    "agents prompt --agent-name {tui} --prompt hello",
    "agents interrupt --agent-name {tui}",
    "agents turn submit --agent-name {headless} --prompt hello",
    "agents stop --agent-name {tui}",
)
#: Commands that the later release no longer has.
FIRST_ONLY = (
    "agents show --agent-name {tui}",
    "agents show --agent-name {headless}",
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A published release, set up to meet our server as its users would."""

    folder: Path
    crew: Crew

    @property
    def environ(self) -> dict[str, str]:
        inherited = environment(self.crew.server.settings)
        home = {"HOME": str(self.crew.folder), "TMUX_TMPDIR": str(self.crew.folder)}
        registry = str(self.crew.server.settings.registry_root)
        return inherited | home | {"AGENTSYS_GLOBAL_REGISTRY_DIR": registry}

    def run(self, program: str, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.folder / "bin" / program), *words],
            env=self.environ,
            cwd=self.crew.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def mgr(self, words: str) -> "subprocess.CompletedProcess[str]":
        port = str(self.crew.server.settings.port)
        return self.run("houmao-mgr", *words.split(), "--port", port)


@pytest.fixture(scope="module")
def served() -> Iterator[Crew]:
    """A server with a headless agent; agents on a screen are joined by each test."""
    with (
        tempfile.TemporaryDirectory(prefix="houmao-peers-") as name,
        private(Path(name)) as (settings, tmux),
        crew(settings, tmux, Path(name)) as found,
    ):
        found.launch("worker")
        yield found


def joined(found: Crew, name: str) -> str:
    """A stub agent on a screen of its own that the server watches."""
    stub = command("claude", "--name", name, "--script", "idle 1")
    found.tmux.new_session(name, shlex.join(stub))
    words = ("agents", "join", "--session-name", name, "--agent-name", name)
    mgr = [str(Path(sys.executable).with_name("houmao-mgr")), *words]
    environ = environment(found.server.settings)

    def joins() -> bool:
        return not subprocess.run(mgr, env=environ, capture_output=True, check=False).returncode

    wait_until(joins, f"{name} can be joined")
    path = f"/houmao/agents/{name}/state"
    wait_until(lambda: found.call("GET", path)[0] == 200, f"{name} is observed")
    return name


@pytest.mark.parametrize("version", VERSIONS)
def test_every_answer_is_what_the_client_accepts(peers: Path, served: Crew, version: str) -> None:
    """The client's own models, which refuse any field that they do not know, take all of it."""
    peer = Peer(peers / f"houmao-{version}", served)
    tui = joined(served, f"asked-{version.replace('.', '-')}")
    url = f"http://127.0.0.1:{served.server.settings.port}"
    done = peer.run("python", str(ASK), url, tui, "worker")
    assert done.returncode == 0, done.stderr
    refused = {name: why for name, why in json.loads(done.stdout).items() if why}
    assert not refused, json.dumps(refused, indent=1)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_command_works(peers: Path, served: Crew, version: str) -> None:
    """What a person types with a published release does what it says."""
    peer = Peer(peers / f"houmao-{version}", served)
    tui = joined(served, f"typed-{version.replace('.', '-')}")
    commands = (FIRST_ONLY if version == "0.1.0" else ()) + COMMANDS
    failed = {}
    for words in commands:
        done = peer.mgr(words.format(tui=tui, headless="worker"))
        if done.returncode or "Traceback" in done.stderr:
            failed[words] = done.stderr.strip()[-300:]
    assert not failed, json.dumps(failed, indent=1)
