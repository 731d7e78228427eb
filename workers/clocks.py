"""The two clocks of a loop, handed to everything that needs to know the time."""

from collections.abc import Callable
from dataclasses import dataclass

from houmao.track.moment import Moment


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds that never go back, and seconds since the epoch."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]

    def moment(self) -> Moment:
        """Now, on both."""
        return Moment(self.monotonic(), self.wall())
