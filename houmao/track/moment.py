"""One instant on two clocks: what a host is told whenever it is told anything."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` never goes back (the scheduler's clock, seconds); `wall` is seconds since the epoch."""

    at: float
    wall: float
