"""How quickly the watch loop looks, counted from one heartbeat to the next. It reads no clock."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from houmao.state.totals import CAPTURES, DETECTIONS, Durations, added_up
from houmao.state.values import HostStatus
from houmao.state.write import Command


@dataclass(slots=True)
class _Sum:
    durations: Durations
    classes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Pace:
    """Durations of turns of the loop, of captures, and from a paint to what it means."""

    def __init__(self) -> None:
        self._slowest = 0.0
        self._sums: dict[str, _Sum] = {}

    def turned(self, seconds: float) -> None:
        """The loop went once through everything that was due."""
        self._slowest = max(self._slowest, seconds)

    def captured(self, seconds: float) -> None:
        """A tmux server gave the screens that it was asked for."""
        self._add(CAPTURES, seconds)

    def detected(self, noticed: float | None, now: float) -> None:
        """A screen was read on which a paint had been noticed, if one had."""
        if noticed is not None:
            self._add(DETECTIONS, now - noticed)

    def status(self, present: HostStatus) -> HostStatus:
        """The host's status with the slowest turn, which begins anew."""
        slowest, self._slowest = self._slowest, 0.0
        return replace(present, slowest_turn_ms=round(slowest * 1000))

    def counts(self, host: str) -> Iterator[Command]:
        """The commands that count all of it, which begins anew."""
        sums, self._sums = self._sums, {}
        for found in sums.values():
            yield from added_up(found.durations, found.classes, found.seconds, host)

    def _add(self, durations: Durations, seconds: float) -> None:
        found = self._sums.get(durations.name)
        if found is None:
            found = self._sums[durations.name] = _Sum(durations)
        found.classes[durations.class_of(seconds)] += 1
        found.seconds += seconds
