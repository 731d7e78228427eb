"""The watch loop: one thread that owns the host's tmux connection and every tracker.

It sleeps until a pane is painted on, tmux announces something, a registry folder changes, a
tool's process ends, a tracker's timer is due, or somebody asks for something. What then
happens is the fleet's business.
"""

import os
import selectors
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from houmao import logs
from workers.watch.fleet import Fleet

T = TypeVar("T")

#: Seconds between a turn that failed and the next one, so that a lasting failure costs little.
PAUSE_AFTER_FAILURE = 0.1

#: Longest sleep in seconds, so that a lost wake-up costs little.
LONGEST_SLEEP = 0.5


class WatchLoop:
    """Runs a fleet on a thread of its own; others talk to it by `call`."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        # Poll keeps no memory in the kernel, so a reopened descriptor of the same number works.
        self._selector = selectors.PollSelector()
        self._sources: dict[str, int] = {}
        self._calls: deque[Callable[[], None]] = deque()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch-loop", daemon=True)
        self._log = logs.get("loop")

    @property
    def alive(self) -> bool:
        """True while the loop's thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin watching."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End the loop and give everything it holds back."""
        self._stopping.set()
        self._wake()
        self._thread.join(timeout)

    def call(self, action: Callable[[Fleet], T], timeout: float) -> T:
        """Run `action` on the loop's thread and return its result, within `timeout` seconds.

        Raises what the action raises, and TimeoutError.
        """
        future: Future[T] = Future()
        self._calls.append(lambda: _fulfil(future, action, self._fleet))
        self._wake()
        return future.result(timeout)

    def _wake(self) -> None:
        # A full pipe wakes as well as one more byte would.
        with suppress(BlockingIOError):
            os.write(self._wake_write, b"!")

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._once()
        finally:
            self._fleet.close()
            self._selector.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _once(self) -> None:
        try:
            self._register_sources()
            self._handle({key.data for key, _ in self._selector.select(self._patience())})
        except Exception:  # whatever one turn met, the next one must come
            self._log.exception("turn_failed")
            self._stopping.wait(PAUSE_AFTER_FAILURE)

    def _handle(self, ready: set[str]) -> None:
        if "wake" in ready:
            os.read(self._wake_read, 4096)
        if "dirt" in ready:
            self._fleet.on_dirt()
        if "tmux" in ready:
            self._fleet.on_notices()
        if "exits" in ready:
            self._fleet.on_exits()
        while self._calls:
            self._calls.popleft()()
        self._fleet.turn()

    def _patience(self) -> float:
        return min(LONGEST_SLEEP, max(0.0, self._fleet.seconds_to_next()))

    def _register_sources(self) -> None:
        wanted = {"wake": self._wake_read, **self._fleet.filenos()}
        for name, fd in list(self._sources.items()):
            if wanted.get(name) != fd:
                self._unregister(name, fd)
        for name, fd in wanted.items():
            if fd >= 0 and name not in self._sources:
                self._selector.register(fd, selectors.EVENT_READ, name)
                self._sources[name] = fd

    def _unregister(self, name: str, fd: int) -> None:
        del self._sources[name]
        # A closed descriptor has left by itself.
        with suppress(KeyError, ValueError, OSError):
            self._selector.unregister(fd)


def _fulfil(future: "Future[T]", action: Callable[[Fleet], T], fleet: Fleet) -> None:
    try:
        future.set_result(action(fleet))
    except Exception as error:  # it belongs to the caller, on the other thread
        future.set_exception(error)
