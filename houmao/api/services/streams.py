"""How many callers wait in one process, and the pace that they and all streams keep."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from houmao.errors import Unavailable

#: Milliseconds one read waits for events: the longest a stopping process waits for a stream.
BLOCK_MS = 500
#: Events one read takes.
BATCH = 200
#: Seconds between two tries while Redis is away.
RETRY_SECONDS = 0.5
#: Seconds after which a client that found no place may ask again.
FULL_RETRY_AFTER = 5


def _never() -> bool:
    return False


class Streams:
    """The places for waiting callers in one process, who hold a thread each; and its end."""

    def __init__(self, places: int) -> None:
        self._free = threading.BoundedSemaphore(places)
        #: Whether whoever serves the answers can keep streams open without threads.
        self.detaches = False
        self._ending: Callable[[], bool] = _never

    def enter(self) -> Callable[[], None]:
        """Take a place; the result gives it back. Raises Unavailable when all are taken."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("all places for waiting are taken; try again later", FULL_RETRY_AFTER)
        return self._free.release

    @contextmanager
    def place(self, *, wanted: bool) -> Iterator[None]:
        """A place for as long as the block runs, if one is wanted. Raises Unavailable."""
        leave = self.enter() if wanted else None
        try:
            yield
        finally:
            if leave is not None:
                leave()

    def end_when(self, ending: Callable[[], bool]) -> None:
        """Let every stream end within a second once `ending()` is true; no thread serves one."""
        self._ending = ending
        self.detaches = True

    def ending(self) -> bool:
        """True when the process wants to end."""
        return self._ending()
