"""What the kernel tells of files, where it does: one inotify instance, paths in and paths out.

Which paths matter and what a change of one means is its user's business.
"""

import errno

from inotify_simple import INotify, flags


class FileEvents:
    """Watches paths. Where the system has no inotify, `works` is False and nothing is told."""

    def __init__(self) -> None:
        self._inotify = _open()
        self._wds: dict[str, int] = {}
        self._paths: dict[int, str] = {}

    @property
    def works(self) -> bool:
        """False where the system cannot tell."""
        return self._inotify is not None

    def fileno(self) -> int:
        """Readable when something happened; -1 where the system cannot tell."""
        return self._inotify.fileno() if self._inotify is not None else -1

    def watch(self, path: str, mask: int) -> bool:
        """Watch a path for the events of an inotify mask; False when that is not possible."""
        if self._inotify is None:
            return False
        try:
            wd: int = self._inotify.add_watch(path, mask)
        except OSError:
            return False
        self._wds[path], self._paths[wd] = wd, path
        return True

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

    def read(self) -> set[str | None]:
        """The paths that changed since the last call; None says that events were lost."""
        changed: set[str | None] = set()
        for event in self._inotify.read(timeout=0) if self._inotify is not None else ():
            if event.mask & flags.Q_OVERFLOW:
                changed.add(None)
            path = self._paths.get(event.wd)
            if path is not None:
                changed.add(path)
                if event.mask & flags.IGNORED:
                    self._drop(event.wd)
        return changed

    def close(self) -> None:
        """Give the kernel's watches back."""
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    def _drop(self, wd: int) -> None:
        path = self._paths.pop(wd, None)
        if path is not None and self._wds.get(path) == wd:
            del self._wds[path]


def _open() -> INotify | None:
    try:
        return INotify(nonblocking=True)
    except (OSError, AttributeError):
        return None
