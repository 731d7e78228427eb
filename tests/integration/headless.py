"""A server with headless agents whose tools are stand-ins: how to launch, prompt and read them."""

import http.client
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from houmao.config import Settings
from houmao.demo import headless_cli
from tests.integration.launching import DEFINITIONS
from tests.integration.serving import Server, free_port, serving
from tests.integration.watching import settings_for
from tests.services import TmuxServer, extended, private_tmux, wait_until

_SENDING = ("POST", "PUT")
PROVIDERS = {"claude": "claude_code", "codex": "codex", "gemini": "gemini_cli"}


@dataclass(slots=True)
class Crew:
    """The server, and what its agents' tools have run."""

    server: Server
    folder: Path
    tmux: TmuxServer
    #: Agent name to tracked id.
    tracked: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: object = None, **more: str) -> tuple[int, Any]:
        """Status and whole answer of any route; underscores in names of headers mean dashes."""
        port = self.server.settings.port
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            headers = {name.replace("_", "-"): value for name, value in more.items()}
            headers |= {"Content-Type": "application/json"} if method in _SENDING else {}
            text = json.dumps(body or {}) if method in _SENDING else None
            connection.request(method, extended(path), text, headers)
            answer = connection.getresponse()
            read = answer.read()
            is_json = answer.getheader("Content-Type", "").startswith("application/json")
            return answer.status, json.loads(read) if is_json else read.decode()

    def get(self, path: str) -> Any:
        """The answer of a GET that works."""
        status, answer = self.call("GET", path)
        assert status == 200, answer
        return answer

    def post(self, path: str, body: object = None, **more: str) -> Any:
        """The answer of a POST that works."""
        status, answer = self.call("POST", path, body, **more)
        assert status == 200, answer
        return answer

    def launch(self, name: str, tool: str = "claude", **more: str) -> Any:
        """A headless agent by its recipe."""
        body = {
            "agents": "gpu-kernel-coder",
            "provider": PROVIDERS[tool],
            "agent_name": name,
            "working_directory": str(self.folder),
            "agent_def_dir": str(DEFINITIONS),
            "headless": True,
        }
        told = self.post("/houmao/agents/launches?wait=30", body, **more)
        assert told["outcome"] == "launched", told
        self.tmux.opened.add(told["tmux_session_name"])
        self.tracked[name] = told["tracked_agent_id"]
        return told

    def submit(self, name: str, prompt: str, **more: object) -> str:
        """The id of a turn that was accepted."""
        body = {"prompt": prompt, **more}
        return str(self.post(f"/houmao/agents/{name}/turns", body)["turn_id"])

    def turn(self, name: str, turn_id: str, wait: float = 0) -> Any:
        """A turn as it is now, or at its end."""
        return self.get(f"/houmao/agents/{name}/turns/{turn_id}?wait={wait}")

    def ask(self, name: str, prompt: str) -> Any:
        """A turn at its end."""
        return self.turn(name, self.submit(name, prompt), wait=20)

    def events(self, name: str, turn_id: str) -> list[Any]:
        found: list[Any] = self.get(f"/houmao/agents/{name}/turns/{turn_id}/events")["entries"]
        return found

    def runs(self) -> list[list[str]]:
        """What the witness saw: `begin` or `end`, turn id, process id, time."""
        log = self.folder / "stub.log"
        return [line.split() for line in log.read_text().splitlines()] if log.exists() else []

    def begun(self, turn_id: str) -> None:
        """Return once the tool of this turn runs."""
        wait_until(lambda: ["begin", turn_id] in [run[:2] for run in self.runs()], "it has begun")

    def kill(self, program: str) -> None:
        """End a process of the server's like nobody would."""
        process = self.server.child(program)
        if process is not None:
            process.kill()

    def folder_of(self, name: str) -> Path:
        """Where the agent's turns are kept."""
        return self.server.settings.managed_agents_root / self.tracked[name]


def tools(folder: Path) -> dict[str, str]:
    """Make the stand-ins the programs of their names; the variables that a server needs then."""
    (folder / "bin").mkdir(exist_ok=True)
    for tool in PROVIDERS:
        path = folder / "bin" / tool
        stub = f'exec "{sys.executable}" -I -S "{headless_cli.__file__}" {tool} "$@"'
        path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo 9.9.9 && exit\n{stub}\n')
        path.chmod(0o755)
    return {
        "HOME": str(folder),
        "SHELL": "/bin/sh",
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "STUB_LOG": str(folder / "stub.log"),
    }


@contextmanager
def private(folder: Path) -> Iterator[tuple[Settings, TmuxServer]]:
    """Settings of a host that nobody else knows."""
    with private_tmux() as tmux:
        plain = settings_for(folder, tmux, None)
        yield replace(plain, port=free_port(), registry_root=folder / "registry"), tmux


@contextmanager
def crew(settings: Settings, tmux: TmuxServer, folder: Path) -> Iterator[Crew]:
    """A server whose tools are stand-ins, without any agent yet."""
    with serving(settings, **tools(folder)) as server:
        yield Crew(server, folder, tmux)
