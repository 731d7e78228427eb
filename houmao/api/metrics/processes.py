"""What the processes of the answering server cost, by what they do. Reads the system, no Redis."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

#: What stands in the command line of each, in the words of the programs that a server runs.
_ROLES = {
    "redis-server": "redis",
    "gunicorn": "web",
    "workers.clock": "clock",
    "workers.watch": "watch",
    "workers.launch": "launch",
    "workers.turn": "turn",
    "workers.notify": "notify",
    "houmao.serve.main": "supervisor",
}


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """One process: processor seconds that it has used, and its resident memory in bytes."""

    role: str
    cpu: float
    memory: int


def process_costs() -> tuple[ProcessCost, ...]:
    """Every process of the server that this one belongs to; of others none."""
    return tuple(_costs(_supervisor(psutil.Process())))


def _supervisor(web: psutil.Process) -> psutil.Process:
    """Whoever began it all, as far as its ancestors are ours."""
    found = web
    for parent in web.parents():
        if not _role(parent):
            break
        found = parent
    return found


def _costs(root: psutil.Process) -> Iterator[ProcessCost]:
    for process in (root, *root.children(recursive=True)):
        # It may end while it is looked at.
        with suppress(psutil.Error):
            if role := _role(process):
                times = process.cpu_times()
                yield ProcessCost(role, times.user + times.system, process.memory_info().rss)


def _role(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return role_of(process.cmdline())
    return ""


def role_of(argv: list[str]) -> str:
    """What a process of ours does; empty for one that is somebody else's, say a tool's."""
    program = argv[argv.index("-m") + 1 : argv.index("-m") + 2] if "-m" in argv else argv[:1]
    name = Path(program[0].split(" ")[0]).name if program else ""
    return _ROLES.get(name, "")
