"""What processes cost, read from /proc: processor time, memory, and children they had.

Knows nothing of Houmao but the words in the command lines of its processes.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

#: Words in a command line, and the role they give a process; the first match counts.
_ROLES = (
    ("redis-server", "redis"),
    ("gunicorn", "web"),
    ("workers.clock", "clock"),
    ("workers.watch", "watch"),
    ("workers.launch", "launch"),
    ("workers.turn", "turn"),
    ("workers.notify", "notify"),
    ("houmao.serve", "supervisor"),
)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far: CPU seconds, with those of its children that have ended.

    `reaped_faults` are the page faults of ended children: not even the shortest process runs
    without some, so as long as the number stands still there was no child at all.
    """

    cpu: float
    reaped_faults: int


def descendants(root: int) -> list[int]:
    """The process and everything below it, parents first."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat(int(name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def roles(root: int) -> dict[int, str]:
    """Role of every process of a Houmao server by pid; unknown ones are `other`."""
    return {pid: role_of(_command(pid)) for pid in descendants(root)}


def role_of(command: str) -> str:
    """The role that a command line tells."""
    return next((role for words, role in _ROLES if words in command), "other")


def usage(pid: int) -> Usage:
    """What the process has used; zeros once it is gone."""
    fields = _stat(pid)
    if not fields:
        return Usage(0.0, 0)
    # Counted from 0 after the command name: minflt 7, cminflt 8, majflt 9, cmajflt 10, then times.
    ticks = sum(int(fields[at]) for at in (11, 12, 13, 14))
    return Usage(ticks / _TICKS_PER_SECOND, int(fields[8]) + int(fields[10]))


def proportional_bytes(pid: int) -> int:
    """Memory of the process, pages that others share counted by its part; 0 once it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    line = next((line for line in text.splitlines() if line.startswith("Pss:")), "Pss: 0")
    return int(line.split()[1]) * 1024


def written_bytes(pid: int) -> int:
    """Bytes of pages that the process has made the kernel write; 0 where nobody tells."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    except OSError:
        return 0
    return next((int(it.split()[1]) for it in lines if it.startswith("write_bytes:")), 0)


def machine_forks() -> int:
    """Processes and threads the whole machine has started since it booted."""
    lines = Path("/proc/stat").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("processes "))


def by_role(values: Mapping[int, float], names: Mapping[int, str]) -> dict[str, float]:
    """Sums of a value per process, by role."""
    sums: dict[str, float] = {}
    for pid, value in values.items():
        role = names.get(pid, "other")
        sums[role] = sums.get(role, 0.0) + value
    return sums


class Meter:
    """Usage of some processes between its making and `read`."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = dict(names)
        self._before = _usages(names)
        self._forks = machine_forks()

    def cpu(self) -> dict[str, float]:
        """CPU seconds by role since then."""
        now = _usages(self._names)
        spent = {pid: now[pid].cpu - self._before[pid].cpu for pid in self._names}
        return by_role(spent, self._names)

    def childless(self) -> bool:
        """True when none of the processes has had a child that ended since then."""
        now = _usages(self._names)
        return all(now[pid].reaped_faults == self._before[pid].reaped_faults for pid in self._names)

    def forks(self) -> int:
        """Processes and threads that anybody on the machine has started since then."""
        return machine_forks() - self._forks


def _usages(pids: Iterable[int]) -> dict[int, Usage]:
    return {pid: usage(pid) for pid in pids}


def _command(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
        )
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    """Fields of the process after its command name, which may hold anything; empty once gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
