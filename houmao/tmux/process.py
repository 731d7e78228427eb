"""Which tool runs below a pane: a walk down the process tree, read from `/proc`, else by psutil.

Never `ps`: it would be a child process for what a few small files say.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from houmao.ids import PROCESS_NAMES

_PROC = Path("/proc")

#: Programs that run a tool given as their first file argument.
_INTERPRETERS = frozenset({"node", "nodejs", "bun", "deno", "sh", "bash", "python"})
_SCRIPT_ENDINGS = (".js", ".mjs", ".cjs", ".py")


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
    """Every name a process goes by: command name, argv[0], and the script it interprets."""
    names = {process.name.lower()}
    if process.argv:
        names.add(_base(process.argv[0]))
        if _base(process.argv[0]).rstrip("0123456789.") in _INTERPRETERS:
            names.add(_base(_script(process.argv[1:])))
    return frozenset(names)


class ProcessTable:
    """Who is whose child, read once; arguments are read when somebody asks for them."""

    def __init__(self, parents: Mapping[int, int]) -> None:
        """`parents` maps each process id to its parent's."""
        self._children: dict[int, list[int]] = {}
        for pid, parent in sorted(parents.items()):
            self._children.setdefault(parent, []).append(pid)

    @classmethod
    def read(cls) -> "ProcessTable":
        """The machine's processes now."""
        return cls(_proc_parents() if _has_proc() else _any_parents())

    def find_tool(self, pane_pid: int, tool: str) -> ToolProcess | None:
        """The tool's process at or below a pane's process, None when it does not run."""
        wanted = PROCESS_NAMES.get(tool, frozenset())
        found = ((process, names_of(process) & wanted) for process in self.descend(pane_pid))
        matches = [(process, names) for process, names in found if names]
        if not matches:
            return None
        names = sorted(frozenset().union(*(names for _, names in matches)))
        top = matches[0][0]
        return ToolProcess(top.pid, tuple(names), top.argv)

    def find_tools(self, pane_pid: int) -> dict[str, ToolProcess]:
        """Every supported tool that runs at or below a pane's process."""
        found = {tool: self.find_tool(pane_pid, tool) for tool in PROCESS_NAMES}
        return {tool: process for tool, process in found.items() if process}

    def descend(self, pid: int) -> Iterator[ProcessFacts]:
        """A process and its descendants, parents first, each once; vanished ones are skipped."""
        facts = _proc_facts if _has_proc() else _any_facts
        seen: set[int] = set()
        waiting = [pid] if pid > 0 else []
        while waiting:
            current = waiting.pop(0)
            if current not in seen:
                seen.add(current)
                waiting += self._children.get(current, ())
                found = facts(current)
                if found:
                    yield found


def _script(arguments: tuple[str, ...]) -> str:
    """The file an interpreter runs, empty when it runs a text: `-c 'cd src/claude'` is no tool."""
    for word in arguments:
        if not word.startswith("-"):
            return word
        if word.endswith("c") and not word.startswith("--"):
            return ""
    return ""


def _base(word: str) -> str:
    name = word.rsplit("/", 1)[-1].lower()
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
    return ProcessFacts(pid, name, words) if name else None


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
