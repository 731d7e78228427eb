"""Remembers what was read of files that nobody has touched since, so that looking again is cheap.

Knows nothing of what the files hold. A file that is younger than its file system's clock can
tell apart is read again each time.
"""

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

#: Two changes within one tick of the kernel's clock leave the same times; a tick is far shorter.
YOUNG_SECONDS = 1.0

Stamp = tuple[int, ...]


class FileCache(Generic[T]):
    """What `read` made of each folder, valid while its file `name` stays as it is."""

    def __init__(self, read: Callable[[Path], T], name: str) -> None:
        self._read = read
        self._name = name
        self._known: dict[Path, tuple[Stamp, T]] = {}

    def read_all(self, folders: Iterable[Path], now: float) -> tuple[T, ...]:
        """One value per folder, in order; `now` is in epoch seconds. Forgets other folders."""
        before, self._known = self._known, {}
        return tuple(self._value(folder, before, now) for folder in folders)

    def _value(self, folder: Path, before: dict[Path, tuple[Stamp, T]], now: float) -> T:
        # Taken before reading: a change in between makes the stamp old, never the value.
        stamp = _stamp(folder, self._name, now)
        known = before.get(folder)
        value = known[1] if known and known[0] == stamp else self._read(folder)
        if stamp:
            self._known[folder] = (stamp, value)
        return value


def _stamp(folder: Path, name: str, now: float) -> Stamp:
    """What changes with every change of the file; empty when nothing safe can be said."""
    try:
        place, file = os.lstat(folder), os.lstat(f"{folder}/{name}")
    except OSError:
        return ()
    settled = now - file.st_ctime >= YOUNG_SECONDS
    if not (stat.S_ISDIR(place.st_mode) and stat.S_ISREG(file.st_mode) and settled):
        return ()
    return (place.st_ino, file.st_ino, file.st_size, file.st_mtime_ns, file.st_ctime_ns)
