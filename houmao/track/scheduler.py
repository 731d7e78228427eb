"""A Rx scheduler whose clock moves only when its owner says so.

One instance serves all sessions of a process. It starts no thread and never sleeps: the owner's
event loop asks `next_due()` how long it may wait and then calls `advance_to()`. Virtual time in a
replay and the monotonic clock of a live process are the same to it.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from reactivex import abc, typing
from reactivex.disposable import Disposable
from reactivex.scheduler.scheduler import Scheduler

_State = TypeVar("_State")


class LoopScheduler(Scheduler):
    """Runs what is due, in order of due time, on the thread that calls `advance_to`."""

    def __init__(self, clock: float = 0.0) -> None:
        self._clock = float(clock)
        self._order = count()
        self._due: list[tuple[float, int, _Item]] = []

    @property
    def seconds(self) -> float:
        """Where the clock stands, in seconds."""
        return self._clock

    @property
    def now(self) -> typing.AbsoluteTime:  # type: ignore[override]
        return self.to_datetime(self._clock)

    def schedule(
        self, action: abc.ScheduledAction[_State], state: _State | None = None
    ) -> abc.DisposableBase:
        """Run `action` at the next `advance_to`, whatever time that names."""
        return self._enqueue(self._clock, action, state)

    def schedule_relative(
        self,
        duetime: typing.RelativeTime,
        action: abc.ScheduledAction[_State],
        state: _State | None = None,
    ) -> abc.DisposableBase:
        """Run `action` once the clock has moved by `duetime`."""
        return self._enqueue(self._clock + self.to_seconds(duetime), action, state)

    def schedule_absolute(
        self,
        duetime: typing.AbsoluteTime,
        action: abc.ScheduledAction[_State],
        state: _State | None = None,
    ) -> abc.DisposableBase:
        """Run `action` once the clock reaches `duetime`."""
        return self._enqueue(self.to_seconds(duetime), action, state)

    def next_due(self) -> float | None:
        """Seconds on this clock at which something is due; None when nothing is."""
        while self._due and self._due[0][2].cancelled:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def advance_to(self, seconds: float) -> None:
        """Move the clock to `seconds` and run everything due at or before it.

        An earlier time than the present moves nothing, but still runs what is due.
        """
        target = max(seconds, self._clock)
        while (due := self.next_due()) is not None and due <= target:
            item = heapq.heappop(self._due)[2]
            self._clock = max(self._clock, due)
            item.run()
        self._clock = target

    def _enqueue(
        self, due: float, action: abc.ScheduledAction[_State], state: _State | None
    ) -> abc.DisposableBase:
        item = _Item(lambda: self.invoke_action(action, state))
        heapq.heappush(self._due, (due, next(self._order), item))
        return Disposable(item.cancel)


class _Item:
    """One piece of work that can be cancelled until it runs."""

    __slots__ = ("_work", "cancelled")

    def __init__(self, work: Callable[[], object]) -> None:
        self.cancelled = False
        self._work = work

    def cancel(self) -> None:
        self.cancelled = True

    def run(self) -> None:
        self.cancelled = True
        self._work()
