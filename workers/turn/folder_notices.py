"""Learn which turns' folders changed, without polling."""

from pathlib import Path

from inotify_simple import flags

from workers.file_events import FileEvents

_MASK = flags.MODIFY | flags.CREATE | flags.MOVED_TO


class FolderNotices:
    """The folders of all running turns."""

    def __init__(self) -> None:
        self._events = FileEvents()
        self._watched: set[Path] = set()

    @property
    def works(self) -> bool:
        """False where the system cannot tell."""
        return self._events.works

    def fileno(self) -> int:
        """Readable when a file in one of the folders grew; -1 where the system cannot tell."""
        return self._events.fileno()

    def watch(self, folder: Path) -> None:
        """Watch a folder, if that is possible."""
        if self._events.watch(str(folder), _MASK):
            self._watched.add(folder)

    def unwatch(self, folder: Path) -> None:
        """Stop watching; no complaint when it was not watched or is gone."""
        self._watched.discard(folder)
        self._events.unwatch(str(folder))

    def read(self) -> frozenset[Path]:
        """The folders that changed since the last call; all of them when news was lost."""
        changed = self._events.read()
        if None in changed:
            return frozenset(self._watched)
        return frozenset(Path(path) for path in changed if path is not None)

    def close(self) -> None:
        """Give the kernel's watches back."""
        self._events.close()
