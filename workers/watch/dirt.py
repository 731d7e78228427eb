"""Learn which panes were painted on and which registry folders changed, without polling.

inotify on a pane's tty device reports every write by the program in the pane; where the
system has no inotify, `Dirt.works` is False and the owner looks at every pane instead.
"""

import errno
from dataclasses import dataclass
from pathlib import Path

from inotify_simple import INotify, flags

_PAINTED = flags.MODIFY | flags.DELETE_SELF
_CHANGED = flags.CREATE | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE | flags.CLOSE_WRITE


@dataclass(frozen=True, slots=True)
class Dirty:
    """What happened since the last look: ttys painted on, and whether the registry changed."""

    ttys: frozenset[str]
    registry: bool
    #: Events were lost; anything may have changed.
    overflow: bool = False


class Dirt:
    """One inotify instance for all ttys and registry folders of the host."""

    def __init__(self) -> None:
        self._inotify = _open()
        self._wds: dict[str, int] = {}
        self._paths: dict[int, str] = {}
        self._folders: set[int] = set()

    @property
    def works(self) -> bool:
        """False where the system cannot tell."""
        return self._inotify is not None

    def fileno(self) -> int:
        """Readable when something happened; -1 where the system cannot tell."""
        return self._inotify.fileno() if self._inotify is not None else -1

    def watch_tty(self, tty: str) -> bool:
        """Watch a pane's device; False when that is not possible."""
        return self._add(tty, _PAINTED) is not None

    def watch_folder(self, folder: Path) -> bool:
        """Watch a registry folder's entries; False when that is not possible."""
        wd = self._add(str(folder), _CHANGED | flags.ONLYDIR | flags.DONT_FOLLOW)
        if wd is not None:
            self._folders.add(wd)
        return wd is not None

    def unwatch(self, path: str) -> None:
        """Stop watching; no complaint when it was not watched or is gone."""
        wd = self._wds.pop(path, None)
        if wd is None or self._inotify is None:
            return
        self._drop(wd)
        try:
            self._inotify.rm_watch(wd)
        except OSError as error:
            # The kernel drops a watch by itself when its file goes.
            if error.errno != errno.EINVAL:
                raise

    def read(self) -> Dirty:
        """Everything that happened since the last call."""
        ttys: set[str] = set()
        registry = overflow = False
        for event in self._inotify.read(timeout=0) if self._inotify is not None else ():
            overflow |= bool(event.mask & flags.Q_OVERFLOW)
            path = self._paths.get(event.wd)
            if event.wd in self._folders:
                registry = True
            elif path is not None:
                ttys.add(path)
            if event.mask & flags.IGNORED and path is not None:
                self._drop(event.wd)
        return Dirty(frozenset(ttys), registry or overflow, overflow)

    def close(self) -> None:
        """Give the kernel's watches back."""
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    def _add(self, path: str, mask: int) -> int | None:
        if self._inotify is None:
            return None
        try:
            wd: int = self._inotify.add_watch(path, mask)
        except OSError:
            return None
        self._wds[path], self._paths[wd] = wd, path
        return wd

    def _drop(self, wd: int) -> None:
        path = self._paths.pop(wd, None)
        self._folders.discard(wd)
        if path is not None and self._wds.get(path) == wd:
            del self._wds[path]


def _open() -> INotify | None:
    try:
        return INotify(nonblocking=True)
    except (OSError, AttributeError):
        return None
