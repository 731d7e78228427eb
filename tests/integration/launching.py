"""A machine with stub tools on its PATH, on which sessions are started and controlled."""

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from houmao.clock import now
from houmao.config import Settings, load
from houmao.demo.stub_agent import command
from houmao.registry.files import Registry
from houmao.sessions.generation import Generation
from houmao.sessions.starting.launch import LaunchOrder, launch
from houmao.sessions.starting.start import Started
from houmao.sessions.target import SessionTarget, resolve
from houmao.tmux.address import TmuxAddress
from tests.services import TmuxServer

DEFINITIONS = Path(__file__).parents[1] / "fixtures" / "agents"


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine with stub tools; `start` opens sessions that the fixture ends again."""

    settings: Settings
    environ: dict[str, str]
    tmux: TmuxServer
    folder: Path

    @property
    def registry(self) -> Registry:
        return Registry(self.settings.registry_root)

    @property
    def address(self) -> TmuxAddress:
        return TmuxAddress(self.settings.tmux_socket)

    def tool(self, name: str, *options: str, before: str = "") -> None:
        """Make this the program of that name: a stub agent, after some shell commands."""
        stub = shlex.join(command(name, *options))
        version = '[ "$1" = --version ] && echo 9.9.9 && exit'
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{version}\n{before}\nexec {stub}\n")
        path.chmod(0o755)

    def start(self, name: str, tool: str = "codex", **changes: object) -> Started:
        order = LaunchOrder(
            selector="gpu-kernel-coder",
            provider={"claude": "claude_code", "gemini": "gemini_cli"}.get(tool, tool),
            definitions=DEFINITIONS,
            working_directory=self.folder,
            agent_name=name,
        )
        generation = Generation(now(), os.urandom(16).hex())
        wanted = replace(order, **changes)  # type: ignore[arg-type]
        started = launch(wanted, self.settings, self.environ, generation)
        self.tmux.opened.add(started.record.session_name)
        return started

    def target(self, reference: str) -> SessionTarget:
        return resolve(reference, self.settings, now())

    def screen(self, started: Started) -> str:
        return self.tmux.screen(f"={started.record.session_name}:0.0")

    def pane_pid(self, started: Started) -> int:
        target = f"={started.record.session_name}:0.0"
        return int(self.tmux.run("display-message", "-p", "-t", target, "#{pane_pid}"))

    def files(self) -> list[str]:
        """Every file below the runtime root but locks."""
        found = (it for it in self.settings.runtime_root.rglob("*") if it.is_file())
        return sorted(str(it) for it in found if it.suffix != ".lock")


def machine(tmp_path: Path, tmux_server: TmuxServer) -> Machine:
    """A machine below that folder, with its own tmux, runtime root and registry."""
    (tmp_path / "bin").mkdir()
    environ = {
        **os.environ,
        "HOME": str(tmp_path),
        "SHELL": "/bin/sh",
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "HOUMAO_TMUX_SOCKET": str(tmux_server.socket),
    }
    settings = load(environ, runtime_root=tmp_path / "rt", registry_root=tmp_path / "reg")
    found = Machine(settings, environ, tmux_server, tmp_path)
    for tool in ("claude", "codex", "gemini"):
        found.tool(tool, "--turn-seconds", "1")
    return found
