"""Lock files that keep other processes waiting, and who holds them. Looks only."""

import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: Longer than any change takes that is made under such a lock.
LASTING_SECONDS = 1.0
_KERNEL_TABLE = Path("/proc/locks")
#: `1: FLOCK  ADVISORY  WRITE 18087 fe:00:5652837 0 EOF`: the process, device and file.
_LINE = re.compile(r"^\d+: FLOCK +\S+ +WRITE +(\d+) +\w+:\w+:(\d+) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock file that is held; `pid` is None where the system does not tell by whom."""

    path: Path
    pid: int | None


def lasting(paths: Iterable[Path]) -> list[HeldLock]:
    """Those that one process holds for a second and longer."""
    held = [it for path in paths if (it := _held(path))]
    if held:
        time.sleep(LASTING_SECONDS)
    return [it for it in held if _held(it.path) == it]


def foreign(paths: Iterable[Path]) -> Iterator[Path]:
    """Those of other users; one that has gone since it was listed is nobody's."""
    for path in paths:
        with suppress(FileNotFoundError):
            if path.lstat().st_uid != os.getuid():
                yield path


def _held(path: Path) -> HeldLock | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return HeldLock(path, _holder(os.fstat(fd).st_ino))
    finally:
        os.close(fd)
    return None


def _holder(inode: int) -> int | None:
    try:
        found = _LINE.findall(_KERNEL_TABLE.read_text("ascii"))
    except OSError:
        return None
    return next((int(pid) for pid, file in found if int(file) == inode), None)
