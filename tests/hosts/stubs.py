"""Agents of a bench host that type back: each notes every prompt that began a turn of its own."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from houmao.clock import now
from houmao.demo.stub_agent import command
from houmao.ids import default_agent_id
from houmao.registry.files import Registry
from houmao.registry.record import LEASE_SECONDS, AgentRecord
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run
from tests.hosts.lab import BenchHost

#: Their tools in turn.
_TOOLS = ("claude", "codex", "gemini")


class Stubs:
    """So many listening agents on one host; iterating gives their ids."""

    def __init__(self, host: BenchHost, count: int, folder: Path, turn_seconds: float) -> None:
        self._folder = folder
        self.names = [f"{host.name}-listener{number}" for number in range(count)]
        registry = Registry(host.settings.registry_root)
        for number, name in enumerate(self.names):
            tool = _TOOLS[number % len(_TOOLS)]
            options = ("--truth", str(self._log(name)), "--turn-seconds", f"{turn_seconds:g}")
            _open(TmuxAddress(host.settings.tmux_socket), name, command(tool, *options))
            registry.publish(_record(name, tool, folder), now())

    def got(self) -> list[str]:
        """Every prompt that any of them took, in no order."""
        return [it for name in self.names for it in self._prompts(name)]

    def _prompts(self, name: str) -> list[str]:
        log = self._log(name)
        lines = log.read_text().splitlines() if log.exists() else []
        return [it["prompt"] for it in map(json.loads, lines) if it["mark"] == "turn_begin"]

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"


def _open(address: TmuxAddress, name: str, argv: Sequence[str]) -> None:
    size = ("-x", "120", "-y", "40")
    run(address, "new-session", "-d", "-s", name, *size, f"exec {shlex.join(argv)}")


def _record(name: str, tool: str, folder: Path) -> AgentRecord:
    at = now()
    return AgentRecord(
        agent_name=name,
        agent_id=default_agent_id(name),
        generation_id=str(uuid4()),
        published_at=at,
        lease_expires_at=at + LEASE_SECONDS,
        backend="local_interactive",
        tool=tool,
        manifest_path=str(folder / f"{name}.json"),
        session_name=name,
    )
