"""One instant on two clocks: what trackers are told whenever they are told anything."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` never goes back (the scheduler's clock, seconds); `wall` is seconds since the epoch."""

    at: float
    wall: float

    def wall_of(self, at: float) -> float:
        """Wall time of another instant of the scheduler's clock."""
        return self.wall - (self.at - at)
