"""Learn which turns' folders changed, without polling."""

from pathlib import Path

from inotify_simple import INotify, flags

_MASK = flags.MODIFY | flags.CREATE | flags.MOVED_TO


class Folders:
    """One inotify instance for the folders of all running turns."""

    def __init__(self) -> None:
        self._inotify = _open()
        self._wds: dict[Path, int] = {}
        self._paths: dict[int, Path] = {}

    @property
    def works(self) -> bool:
        """False where the system cannot tell."""
        return self._inotify is not None

    def fileno(self) -> int:
        """Readable when a file in one of the folders grew; -1 where the system cannot tell."""
        return self._inotify.fileno() if self._inotify is not None else -1

    def watch(self, folder: Path) -> None:
        """Watch a folder, if that is possible."""
        if self._inotify is not None:
            try:
                wd: int = self._inotify.add_watch(folder, _MASK)
            except OSError:
                return
            self._wds[folder], self._paths[wd] = wd, folder

    def unwatch(self, folder: Path) -> None:
        """Stop watching; no complaint when it was not watched or is gone."""
        wd = self._wds.pop(folder, None)
        if wd is not None and self._inotify is not None:
            self._paths.pop(wd, None)
            try:
                self._inotify.rm_watch(wd)
            except OSError:
                return

    def read(self) -> frozenset[Path]:
        """The folders that changed since the last call; all of them when news was lost."""
        events = self._inotify.read(timeout=0) if self._inotify is not None else ()
        if any(event.mask & flags.Q_OVERFLOW for event in events):
            return frozenset(self._wds)
        return frozenset(self._paths[it.wd] for it in events if it.wd in self._paths)

    def close(self) -> None:
        """Give the kernel's watches back."""
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None


def _open() -> INotify | None:
    try:
        return INotify(nonblocking=True)
    except (OSError, AttributeError):
        return None
