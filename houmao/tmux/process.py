"""Which tool runs below a pane: a walk down the process tree, read from `/proc`, else by psutil.

Never `ps`: it would be a child process for what a few small files say.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from houmao.tools.catalog import tool_of_process
from houmao.tools.tool import Tool

_PROC = Path("/proc")

#: Programs that run a tool given as their first file argument.
_INTERPRETERS = frozenset({"node", "nodejs", "bun", "deno", "sh", "bash", "python"})
_SCRIPT_ENDINGS = (".js", ".mjs", ".cjs", ".py", ".exe")
#: A file called after its version stands in a folder of its tool: `claude/versions/2.1.332`.
_VERSION = re.compile(r"v?\d+(\.\d+)+([-+.]\w+)*")
_BETWEEN = frozenset({"", "versions", "bin"})


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """One process: id, command name as the kernel has it, argument vector."""

    pid: int
    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolProcess:
    """A tool found below a pane: its topmost process and every name that matched."""

    pid: int
    names: tuple[str, ...]
    argv: tuple[str, ...] = ()


def names_of(process: ProcessFacts) -> frozenset[str]:
    """Every name a process goes by: command, argv[0], the script it interprets, its package."""
    names = {process.name.lower(), _base(process.name)}
    if process.argv:
        names.add(_base(process.argv[0]))
        if _base(process.argv[0]).rstrip("0123456789.") in _INTERPRETERS:
            script = _script(process.argv[1:])
            names |= {_base(script), _package(script)}
    return frozenset(names - {""})


class ProcessTable:
    """Who is whose child, read once; names and arguments are read when somebody asks for them."""

    def __init__(
        self, parents: Mapping[int, int], facts: Callable[[int], ProcessFacts | None]
    ) -> None:
        """`parents` maps each process id to its parent's; `facts` describes one, None if gone."""
        self._facts = facts
        self._children: dict[int, list[int]] = {}
        for pid, parent in sorted(parents.items()):
            self._children.setdefault(parent, []).append(pid)

    @classmethod
    def read(cls) -> "ProcessTable":
        """The machine's processes now."""
        if _has_proc():
            return cls(_proc_parents(), _proc_facts)
        return cls(_any_parents(), _any_facts)

    def find_tool(self, pane_pid: int, tool: str) -> ToolProcess | None:
        """The tool's process at or below a pane's process, None when it is no agent there."""
        return self.find_tools(pane_pid).get(tool)

    def find_tools(self, pane_pid: int) -> dict[str, ToolProcess]:
        """Every supported tool that runs at or below a pane's process as an agent.

        A tool that another one started, such as a codex that serves a claude, is no agent.
        """
        found: dict[str, ToolProcess] = {}
        for process in self._walk(pane_pid, below=lambda process: not _tool_of(process)):
            tool = _tool_of(process)
            if tool is not None:
                found.setdefault(tool.name, self._tool_process(process, tool))
        return found

    def descend(self, pid: int) -> Iterator[ProcessFacts]:
        """A process and its descendants, parents first, each once; vanished ones are skipped."""
        return self._walk(pid, below=lambda _: True)

    def _tool_process(self, top: ProcessFacts, tool: Tool) -> ToolProcess:
        # A launcher and the program it starts may go by different names of the same tool.
        names = frozenset().union(*map(names_of, self.descend(top.pid))) & tool.process_names
        return ToolProcess(top.pid, tuple(sorted(names)), top.argv)

    def _walk(self, pid: int, below: Callable[[ProcessFacts], bool]) -> Iterator[ProcessFacts]:
        """Breadth first; `below` tells whether to go on to a process's children."""
        seen: set[int] = set()
        waiting = [pid]
        while waiting:
            current = waiting.pop(0)
            # Ids are reused while the table is read, so it may even hold a circle.
            process = None if current in seen else self._facts(current)
            seen.add(current)
            if process:
                yield process
                if below(process):
                    waiting += self._children.get(current, ())


def _tool_of(process: ProcessFacts) -> Tool | None:
    return tool_of_process(names_of(process))


def _script(arguments: tuple[str, ...]) -> str:
    """The file an interpreter runs, empty when it runs a text: `-c 'cd src/claude'` is no tool."""
    for word in arguments:
        if not word.startswith("-"):
            return word
        if word.endswith("c") and not word.startswith("--"):
            return ""
    return ""


def _package(script: str) -> str:
    """The npm package that a script is of, empty for another one."""
    words = script.rpartition("node_modules/")[2].split("/") if "node_modules/" in script else []
    scoped = bool(words) and words[0].startswith("@")
    return "/".join(words[: 1 + scoped])


def _base(word: str) -> str:
    *folders, name = word.lower().split("/")
    if _VERSION.fullmatch(name):
        above = (it for it in reversed(folders) if it not in _BETWEEN)
        return next((it for it in above if not _VERSION.fullmatch(it)), name)
    for ending in _SCRIPT_ENDINGS:
        name = name.removesuffix(ending)
    # Login shells carry a dash, and some wrappers leave options in argv[0].
    return name.lstrip("-").split(" ", 1)[0]


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _proc_parents() -> dict[int, int]:
    parents: dict[int, int] = {}
    for name in os.listdir(_PROC):
        if name.isdigit():
            # `pid (comm) state ppid …`, and comm itself may hold blanks and parentheses.
            fields = _read(_PROC / name / "stat").rpartition(b")")[2].split()
            if len(fields) > 1:
                parents[int(name)] = int(fields[1])
    return parents


def _proc_facts(pid: int) -> ProcessFacts | None:
    name = _read(_PROC / str(pid) / "comm").decode(errors="replace").rstrip("\n")
    argv = _read(_PROC / str(pid) / "cmdline").split(b"\0")
    words = tuple(word.decode(errors="replace") for word in argv if word)
    # A process that ended but was not waited for yet keeps its name, not its arguments.
    return ProcessFacts(pid, name, words) if name and words else None


def _read(path: Path) -> bytes:
    # A process may end between two looks at it.
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _any_parents() -> dict[int, int]:
    found = psutil.process_iter(["ppid"])
    return {process.pid: process.info["ppid"] or 0 for process in found}


def _any_facts(pid: int) -> ProcessFacts | None:
    try:
        process = psutil.Process(pid)
        return ProcessFacts(pid, process.name(), tuple(process.cmdline()))
    except psutil.Error:
        return None
