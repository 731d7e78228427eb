"""The second thread of a worker: it owns what the process looks after, and sleeps between news.

It wakes when a descriptor has news, when something is due, or when somebody calls. What then
happens is the business of what it looks after.
"""

import os
import selectors
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from houmao import logs
from houmao.clock import monotonic
from houmao.track.moment import Moment

T = TypeVar("T")

#: Name of a source of news to its descriptor, -1 for one that is not there, and who reads it.
NewsSources = Mapping[str, tuple[int, Callable[[], None]]]


@dataclass(frozen=True, slots=True)
class Clocks:
    """What a loop knows the time by: seconds that never go back, and seconds since the epoch."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]

    def moment(self) -> Moment:
        """Now, on both."""
        return Moment(self.monotonic(), self.wall())


class Service(Protocol):
    """What a loop looks after; only the loop's thread calls it."""

    def news(self) -> NewsSources:
        """The descriptors that become readable when there is news."""
        ...

    def turn(self) -> None:
        """Do whatever is due now."""
        ...

    def seconds_to_next(self) -> float:
        """How long nothing needs to be done unless a descriptor says so."""
        ...

    def wind_down(self) -> bool:
        """Begin nothing new; True once nothing is half-done. Asked again until it is."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


ServiceT = TypeVar("ServiceT", bound=Service)

#: Seconds between a turn that failed and the next one, so that a lasting failure costs little.
PAUSE_AFTER_FAILURE = 0.1

#: Seconds for what is half-done when the loop is told to end, and for its end after that.
WIND_DOWN_SECONDS, END_SECONDS = 2.0, 0.3

#: Longest sleep in seconds, so that a lost wake-up costs little.
LONGEST_SLEEP = 0.5


class Loop(Generic[ServiceT]):
    """Looks after its charge on a thread of its own; others talk to it by `call`."""

    def __init__(self, service: ServiceT, name: str) -> None:
        self._service = service
        # Poll keeps no memory in the kernel, so a reopened descriptor of the same number works.
        self._selector = selectors.PollSelector()
        self._sources: dict[str, int] = {}
        self._calls: deque[Callable[[], None]] = deque()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._stopping = threading.Event()
        self._stop_by = 0.0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._log = logs.get("loop")

    @property
    def alive(self) -> bool:
        """True while the loop's thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin watching."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop, once nothing is half-done or time is up, and give back what it holds."""
        self._stop_by = monotonic() + WIND_DOWN_SECONDS
        self._stopping.set()
        self._wake()
        self._thread.join(WIND_DOWN_SECONDS + END_SECONDS)

    def call(self, action: Callable[[ServiceT], T], timeout: float) -> T:
        """Run `action` on the loop's thread and return its result, within `timeout` seconds.

        Raises what the action raises, and TimeoutError.
        """
        future: Future[T] = Future()
        self._calls.append(lambda: _fulfil(future, lambda: action(self._service)))
        self._wake()
        return future.result(timeout)

    def _wake(self) -> None:
        # A full pipe wakes as well as one more byte would.
        with suppress(BlockingIOError):
            os.write(self._wake_write, b"!")

    def _run(self) -> None:
        try:
            while not self._is_over():
                self._once()
        finally:
            self._service.close()
            self._selector.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _is_over(self) -> bool:
        if not self._stopping.is_set():
            return False
        return self._service.wind_down() or monotonic() >= self._stop_by

    def _once(self) -> None:
        try:
            sources = self._service.news()
            self._register(sources)
            ready = {key.data for key, _ in self._selector.select(self._patience())}
            self._handle([handler for name, (_, handler) in sources.items() if name in ready])
        except Exception:  # whatever one turn met, the next one must come
            self._log.exception("turn_failed")
            self._stopping.wait(PAUSE_AFTER_FAILURE)

    def _handle(self, ready: Sequence[Callable[[], None]]) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        for handler in ready:
            handler()
        while self._calls:
            self._calls.popleft()()
        self._service.turn()

    def _patience(self) -> float:
        return min(LONGEST_SLEEP, max(0.0, self._service.seconds_to_next()))

    def _register(self, sources: NewsSources) -> None:
        wanted = {"wake": self._wake_read, **{name: fd for name, (fd, _) in sources.items()}}
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


def _fulfil(future: "Future[T]", action: Callable[[], T]) -> None:
    try:
        future.set_result(action())
    except Exception as error:  # it belongs to the caller, on the other thread
        future.set_exception(error)
