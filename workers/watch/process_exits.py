"""Learn at once that a process ended, without polling: pidfds behind one descriptor.

Where the system has no pidfds, `watch` returns False and the owner finds out by looking.
"""

import os
import select


class ProcessExits:
    """Process ids that are watched for their end."""

    def __init__(self) -> None:
        self._poll = select.epoll() if hasattr(select, "epoll") else None
        self._fds: dict[int, int] = {}

    def fileno(self) -> int:
        """Readable when a watched process ended; -1 where the system cannot tell."""
        return self._poll.fileno() if self._poll is not None else -1

    def watch(self, pid: int) -> bool:
        """Watch a process; False when it is gone already or cannot be watched."""
        if pid in self._fds:
            return True
        try:
            fd = os.pidfd_open(pid)
        except (OSError, AttributeError):
            return False
        self._fds[pid] = fd
        if self._poll is not None:
            self._poll.register(fd, select.EPOLLIN)
        return True

    def watches(self, pid: int) -> bool:
        """True while the end of this process would be told."""
        return pid in self._fds

    def unwatch(self, pid: int) -> None:
        """Stop watching a process."""
        fd = self._fds.pop(pid, None)
        if fd is not None:
            if self._poll is not None:
                self._poll.unregister(fd)
            os.close(fd)

    def read(self) -> set[int]:
        """Processes that ended since the last call; each is told once."""
        if self._poll is None:
            return set()
        ended_fds = {fd for fd, _ in self._poll.poll(0)}
        ended = {pid for pid, fd in self._fds.items() if fd in ended_fds}
        for pid in ended:
            self.unwatch(pid)
        return ended

    def close(self) -> None:
        """Give all descriptors back."""
        for pid in list(self._fds):
            self.unwatch(pid)
        if self._poll is not None:
            self._poll.close()
            self._poll = None
