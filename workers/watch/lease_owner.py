"""How a watch process names itself in the lease, and whether a named one has ended.

Only a process of the same boot and the same process-id namespace can be judged; any other
holder is believed alive until its lease expires.
"""

import os
from pathlib import Path

import psutil
from filelock import FileLock, Timeout


class MachineHold:
    """That no other process of this machine watches for the host: a file that only one holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path, timeout=0)

    def take(self) -> bool:
        """Whether it is ours, now and until this process ends."""
        if not self._lock.is_locked:
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._lock.acquire()
            except (Timeout, OSError):
                return False
        return True


def owner_text(pid: int) -> str:
    """`<machine>:<pid>:<start>` of a living process; no blanks."""
    return f"{_machine()}:{pid}:{psutil.Process(pid).create_time():.2f}"


def has_ended(owner: str) -> bool:
    """True only when the named process certainly does not run any more."""
    machine, pid, start = [*owner.split(":"), "", ""][:3]
    if machine != _machine() or not pid.isdigit():
        return False
    try:
        process = psutil.Process(int(pid))
        ended = process.status() == psutil.STATUS_ZOMBIE
        return ended or f"{process.create_time():.2f}" != start
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def _machine() -> str:
    boot = _read("/proc/sys/kernel/random/boot_id")[:8] or f"{psutil.boot_time():.0f}"
    try:
        namespace = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        namespace = "0"
    return f"{boot}.{namespace}"


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
