"""Which tool runs below a pane: a walk down the process tree by `/proc`, else by psutil.

Never `ps`: a scan of one pane's few processes costs microseconds, a child process milliseconds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from houmao.ids import PROCESS_NAMES

_PROC = Path("/proc")

#: Programs that run a tool given as their first file argument.
_INTERPRETERS = frozenset({"node", "nodejs", "bun", "deno", "sh", "bash", "python", "python3", "env"})
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


def names_of(process: ProcessFacts) -> frozenset[str]:
    """Every name a process goes by: command name, argv[0], and the script it interprets."""
    names = {process.name.lower()}
    if process.argv:
        names.add(_base(process.argv[0]))
        if _base(process.argv[0]).rstrip("0123456789.") in _INTERPRETERS or process.name in _INTERPRETERS:
            names |= {_base(word) for word in process.argv[1:4] if not word.startswith("-")}
    return frozenset(names)


def find_tool(pane_pid: int, tool: str) -> ToolProcess | None:
    """The tool's process at or below a pane's process, None when it does not run."""
    wanted = PROCESS_NAMES.get(tool, frozenset())
    matches = [(p.pid, names_of(p) & wanted) for p in descend(pane_pid) if names_of(p) & wanted]
    if not matches:
        return None
    return ToolProcess(matches[0][0], tuple(sorted(set().union(*(names for _, names in matches)))))


def find_tools(pane_pid: int) -> dict[str, ToolProcess]:
    """Every supported tool that runs at or below a pane's process."""
    found = {tool: find_tool(pane_pid, tool) for tool in PROCESS_NAMES}
    return {tool: process for tool, process in found.items() if process}


def descend(pid: int, limit: int = 512) -> Iterator[ProcessFacts]:
    """A process and its descendants, parents first, each once; vanished ones are skipped."""
    children, facts = (_proc_children, _proc_facts) if _has_proc() else (_any_children, _any_facts)
    seen: set[int] = set()
    waiting = [pid]
    while waiting and len(seen) < limit:
        current = waiting.pop(0)
        if current in seen or current <= 0:
            continue
        seen.add(current)
        found = facts(current)
        if found:
            yield found
            waiting += children(current)


def _base(word: str) -> str:
    name = word.rsplit("/", 1)[-1].lower()
    for ending in _SCRIPT_ENDINGS:
        name = name.removesuffix(ending)
    # Login shells carry a dash, and some wrappers leave options in argv[0].
    return name.lstrip("-").split(" ", 1)[0]


def _has_proc() -> bool:
    return (_PROC / "self" / "task").is_dir()


def _proc_children(pid: int) -> list[int]:
    found: list[int] = []
    for task in _quietly(lambda: list((_PROC / str(pid) / "task").iterdir()), []):
        found += map(int, _quietly(lambda task=task: (task / "children").read_text(), "").split())
    return found


def _proc_facts(pid: int) -> ProcessFacts | None:
    folder = _PROC / str(pid)
    name = _quietly(lambda: (folder / "comm").read_text(errors="replace"), "").rstrip("\n")
    argv = _quietly(lambda: (folder / "cmdline").read_bytes(), b"").split(b"\0")
    words = tuple(word.decode(errors="replace") for word in argv if word)
    return ProcessFacts(pid, name, words) if name else None


def _quietly[T](read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except OSError:
        return otherwise


def _any_children(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def _any_facts(pid: int) -> ProcessFacts | None:
    try:
        process = psutil.Process(pid)
        return ProcessFacts(pid, process.name(), tuple(process.cmdline()))
    except psutil.Error:
        return None
