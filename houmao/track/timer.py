"""A Rx timer that its owner can restart and cancel: one piece of work due once.

It knows the scheduler that carries the clock, not what the work means.
"""

from collections.abc import Callable

import reactivex
from reactivex.disposable import SerialDisposable

from houmao.track.scheduler import LoopScheduler


class Timer:
    """At most one action is due at a time; starting again forgets the one before."""

    def __init__(self, scheduler: LoopScheduler) -> None:
        self._scheduler = scheduler
        self._running = SerialDisposable()
        self._due: float | None = None

    @property
    def due(self) -> float | None:
        """Seconds on the scheduler's clock at which the action runs; None when none waits."""
        return self._due

    def start(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` once `seconds` have passed, unless started again or cancelled before."""
        self._due = self._scheduler.seconds + seconds
        timer = reactivex.timer(seconds, scheduler=self._scheduler)
        self._running.disposable = timer.subscribe(lambda _: self._run(action))

    def cancel(self) -> None:
        self._due = None
        self._running.disposable = None

    def _run(self, action: Callable[[], None]) -> None:
        # Before the action, which may start the timer again.
        self._due = None
        action()
