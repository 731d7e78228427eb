"""A fleet of stub agents: sleeping processes in panes, painted by one puppeteer."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks.stats import Mark
from houmao.clock import now
from houmao.config import Settings
from houmao.demo.puppeteer import PuppetSpec, put_puppet, write_plan
from houmao.demo.screens import TOOLS
from houmao.ids import canonical_name, default_agent_id
from houmao.registry.files import Registry
from houmao.registry.record import LEASE_SECONDS, AgentRecord
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run

#: Sessions made by one tmux command line.
_BATCH = 25
_COLUMNS, _ROWS = 120, 40


@dataclass(frozen=True, slots=True)
class Puppet:
    """One pane with a sleeping process that has its tool's name."""

    name: str
    tool: str
    terminal: str

    @property
    def agent_id(self) -> str:
        """The id under which it is published."""
        return default_agent_id(self.name)


class Fleet:
    """Makes panes, publishes them as agents and lets them play."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """The tmux server of `settings` is started without anybody's configuration."""
        self._settings = settings
        self._address = TmuxAddress(settings.tmux_socket)
        self._folder = folder / "puppets"
        self._folder.mkdir()
        self._programs = {tool: put_puppet(self._folder, tool) for tool in TOOLS}
        first = ["-f", "/dev/null", "new-session", "-d", "-s", "bench", "sleep infinity"]
        subprocess.run([*self._address.arguments, *first], check=True, timeout=10)
        self._plays = 0

    @property
    def tmux_pid(self) -> int:
        """Process id of the tmux server."""
        return int(run(self._address, "display-message", "-p", "#{pid}"))

    def open(self, count: int, prefix: str = "puppet") -> list[Puppet]:
        """Open that many panes, their tools in turn."""
        named = [(f"{prefix}{number}", TOOLS[number % len(TOOLS)]) for number in range(count)]
        for at in range(0, count, _BATCH):
            words: list[str] = []
            for name, tool in named[at : at + _BATCH]:
                words += [";"] if words else []
                words += self._new_session(name, tool)
            run(self._address, *words)
        listed = run(self._address, "list-panes", "-a", "-F", "#{session_name} #{pane_tty}")
        terminals = dict(line.split() for line in listed.splitlines())
        return [Puppet(name, tool, terminals[canonical_name(name)]) for name, tool in named]

    def publish(self, puppets: Sequence[Puppet]) -> None:
        """Write a registry record for each of the puppets."""
        registry = Registry(self._settings.registry_root)
        for puppet in puppets:
            at = now()
            record = AgentRecord(
                agent_name=puppet.name,
                agent_id=puppet.agent_id,
                generation_id=str(uuid4()),
                published_at=at,
                lease_expires_at=at + LEASE_SECONDS,
                backend="local_interactive",
                tool=puppet.tool,
                manifest_path=str(self._folder / puppet.name / "manifest.json"),
                session_name=canonical_name(puppet.name),
            )
            registry.publish(record, at)

    @contextmanager
    def playing(
        self, puppets: Sequence[Puppet], script: Callable[[Puppet], str]
    ) -> Iterator["Act"]:
        """Let the puppets play until the block ends; their last screens stay."""
        self._plays += 1
        plan = self._folder / f"plan{self._plays}.json"
        truth = self._folder / f"truth{self._plays}.jsonl"
        truth.touch()
        write_plan(plan, [PuppetSpec(it.name, it.tool, it.terminal, script(it)) for it in puppets])
        arguments = ["-m", "houmao.demo.puppeteer", str(plan), "--truth", str(truth)]
        process = subprocess.Popen([sys.executable, *arguments], stdin=subprocess.DEVNULL)
        try:
            yield Act(process.pid, truth)
        finally:
            # Killed, it paints no farewell: the panes stay as they are for the next act.
            process.kill()
            process.wait()

    def _new_session(self, name: str, tool: str) -> list[str]:
        size = ["-x", str(_COLUMNS), "-y", str(_ROWS)]
        command = shlex.join([str(self._programs[tool]), "infinity"])
        return ["new-session", "-d", "-s", canonical_name(name), *size, command]


@dataclass(frozen=True, slots=True)
class Act:
    """A play that is on: the puppeteer's process and its log."""

    pid: int
    truth: Path

    def marks(self) -> list[Mark]:
        """Everything painted so far."""
        lines = self.truth.read_text().splitlines()
        return [_mark(json.loads(line)) for line in lines]


def _mark(line: dict[str, object]) -> Mark:
    return Mark(str(line["agent"]), str(line["mark"]), float(str(line["monotonic"])))
