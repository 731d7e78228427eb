"""A recording of one agent under way: what its tracker takes in, copied to where readers find it.

Whoever records asks again before the lease ends; after that nothing is copied any more. It
knows no Redis; times are seconds on the loop's monotonic clock.
"""

from collections.abc import Callable, Mapping

from houmao.detect.signals import Frame

#: Seconds a recording goes on after it was last asked for.
LEASE_SECONDS = 10.0

#: Takes one entry: flat text fields.
Sink = Callable[[Mapping[str, str]], None]


class Recorder:
    """Frames and inputs in the order in which the tracker gets them, numbered from 1."""

    def __init__(self) -> None:
        self._sink: Sink | None = None
        self._number = 0
        self._until = float("-inf")

    def record(self, now: float, open_sink: Callable[[], Sink], shown: Frame | None) -> None:
        """Copy what comes in the next `LEASE_SECONDS`; ask again to go on.

        A new recording opens its sink, and begins with `shown`, the screen as it is.
        """
        begins = now >= self._until
        self._until = now + LEASE_SECONDS
        if begins:
            self._sink, self._number = open_sink(), 0
            if shown is not None:
                self.frame(shown, now)

    def frame(self, frame: Frame, at: float) -> None:
        """The tracker takes in a frame."""
        title = {} if frame.title is None else {"title": frame.title}
        self._put("frame", at, {"raw": frame.raw, **title})

    def input(self, at: float) -> None:
        """The tracker is told that a prompt is being sent."""
        self._put("input", at, {})

    def _put(self, kind: str, at: float, fields: Mapping[str, str]) -> None:
        if self._sink is not None and at < self._until:
            self._number += 1
            self._sink({"kind": kind, "number": str(self._number), "at": f"{at:.3f}", **fields})
