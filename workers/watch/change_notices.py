"""Learn which panes were painted on and which registry folders changed, without polling.

inotify on a pane's tty device reports every write by the program in the pane; where the
system has no inotify, `ChangeNotices.works` is False and the owner looks at every pane instead.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from inotify_simple import flags

from workers.file_events import FileEvents

_PAINTED = flags.MODIFY | flags.DELETE_SELF
_CHANGED = flags.CREATE | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE | flags.CLOSE_WRITE
_FOLDER = _CHANGED | flags.ONLYDIR | flags.DONT_FOLLOW


@dataclass(frozen=True, slots=True)
class NoticedChanges:
    """What happened since the last look: ttys painted on, and whether the registry changed."""

    ttys: frozenset[str]
    registry: bool
    #: Events were lost; anything may have changed.
    overflow: bool = False


class ChangeNotices:
    """All ttys and registry folders of the host."""

    def __init__(self) -> None:
        self._events = FileEvents()
        self._folders: set[str] = set()

    @property
    def works(self) -> bool:
        """False where the system cannot tell."""
        return self._events.works

    def fileno(self) -> int:
        """Readable when something happened; -1 where the system cannot tell."""
        return self._events.fileno()

    def watch_tty(self, tty: str) -> bool:
        """Watch a pane's device; False when that is not possible."""
        return self._events.watch(tty, _PAINTED)

    def watch_folder(self, folder: Path) -> bool:
        """Watch a registry folder's entries; False when that is not possible."""
        self._folders.add(str(folder))
        return self._events.watch(str(folder), _FOLDER)

    def watch_folders(self, folders: Iterable[Path]) -> bool:
        """Watch all of these registry folders; whether any is new.

        What was put into a new one before it was watched has not been noticed.
        """
        before = set(self._folders)
        for folder in folders:
            self.watch_folder(folder)
        return self._folders != before

    def unwatch(self, path: str) -> None:
        """Stop watching; no complaint when it was not watched or is gone."""
        self._events.unwatch(path)

    def read(self) -> NoticedChanges:
        """Everything that happened since the last call."""
        changed = self._events.read()
        overflow = None in changed
        registry = overflow or not self._folders.isdisjoint(changed - {None})
        ttys = (path for path in changed if path is not None and path not in self._folders)
        return NoticedChanges(frozenset(ttys), registry, overflow)

    def close(self) -> None:
        """Give the kernel's watches back."""
        self._events.close()
