"""How a watch process names itself in the lease, and whether a named one has ended.

Only a process of the same boot and the same process-id namespace can be judged; any other
holder is believed alive until its lease expires.
"""

import os
from pathlib import Path

import psutil


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
