"""When to capture which pane: pure bookkeeping on a clock that arrives as an argument.

A pane that was painted on is due a moment later, when the tool has finished its stroke, but
not before a minimum gap since its last capture, so that a flood of output costs a bounded
number of captures. It is due once more when the painting has stopped: tmux reads a pane's
output when it comes to it, and what it had not read yet is missing from a capture. A pane on
which nothing happens is due when the sweep comes round to it: a few at a time, since all of a
large fleet's would keep a painted one waiting.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=tuple[str, ...] | str)

#: Seconds between the first sign of painting and the capture.
SETTLE = 0.005
#: Seconds between two captures of one pane.
GAP = 0.04
#: Seconds after the last sign of painting at which the pane is captured once more.
CONFIRM = 0.2
#: Panes without any sign of painting that are captured beside the others at one time.
SWEPT = 8


class CaptureSchedule(Generic[KeyT]):
    """Keys say which pane; each server counts its own from 0."""

    def __init__(self) -> None:
        self._due: dict[KeyT, float] = {}
        self._confirm: dict[KeyT, float] = {}
        #: In the order in which the sweep came to them, and when it did.
        self._stale: dict[KeyT, float] = {}
        self._last: dict[KeyT, float] = {}
        self._noticed: dict[KeyT, float] = {}
        #: Minimum gap in force; the owner widens it when it cannot keep up.
        self.gap = GAP

    def painted(self, key: KeyT, now: float) -> None:
        """Something was painted on the pane."""
        self.mark(key, now, SETTLE)
        self._noticed.setdefault(key, now)
        self._confirm[key] = now + CONFIRM

    def mark(self, key: KeyT, now: float, settle: float = 0.0) -> None:
        """Somebody wants the pane captured `settle` seconds from now."""
        when = max(now + settle, self._last.get(key, -self.gap) + self.gap)
        self._due[key] = min(self._due.get(key, when), when)

    def mark_stale(self, keys: Iterable[KeyT], now: float, age: float) -> None:
        """Every pane whose last capture is older than `age` seconds is due, the others first."""
        for key in keys:
            if now - self._last.get(key, -age) >= age:
                self._stale.setdefault(key, now)

    def take(self, now: float, most: int) -> list[KeyT]:
        """Panes to capture now, longest due first; they count as captured.

        At most so many that somebody wants, and some of those that are only stale.
        """
        for key in [key for key, due in self._confirm.items() if due <= now]:
            del self._confirm[key]
            self.mark(key, now)
        ready = sorted((due, key) for key, due in self._due.items() if due <= now)[:most]
        taken = [key for _, key in ready]
        for key in taken:
            del self._due[key]
            self._stale.pop(key, None)
        swept = [*islice(self._stale, SWEPT)]
        for key in swept:
            del self._stale[key]
        self._last.update(dict.fromkeys(taken + swept, now))
        return taken + swept

    def noticed(self, key: KeyT) -> float | None:
        """When the paint was noticed that the present capture is the first to show, if any was."""
        return self._noticed.pop(key, None)

    def next_due(self) -> float | None:
        """When the next capture is due, None when nothing waits."""
        stale = islice(self._stale.values(), 1)
        return min((*self._due.values(), *self._confirm.values(), *stale), default=None)

    def forget(self, key: KeyT) -> None:
        """The pane is no longer watched."""
        self._due.pop(key, None)
        self._confirm.pop(key, None)
        self._stale.pop(key, None)
        self._last.pop(key, None)
        self._noticed.pop(key, None)
