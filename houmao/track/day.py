"""What an agent did today: turns, failures, time at work and time it waited for a person. Pure.

Days are those of this machine's clock; a day is `2026-11-29`. Times are wall seconds.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from houmao.track.state import LastTurnResult, TrackedState, TurnPhase


@dataclass(frozen=True, slots=True)
class DayTally:
    """Counts and seconds of one day, as far as they were counted; the default is none yet."""

    day: str = ""
    turns: int = 0
    failed: int = 0
    worked_seconds: float = 0.0
    waited_seconds: float = 0.0
    #: Up to when; None before the first look.
    counted_until: float | None = None

    def after(self, before: TrackedState, after: TrackedState, wall: float) -> "DayTally":
        """The tally once `before`, which held until `wall`, has become `after`."""
        tally, result = self.until(wall, before), after.last_turn.result
        if result in (before.last_turn.result, LastTurnResult.NONE):
            return tally
        failed = tally.failed + (result is LastTurnResult.KNOWN_FAILURE)
        return replace(tally, turns=tally.turns + 1, failed=failed)

    def until(self, wall: float, held: TrackedState) -> "DayTally":
        """The tally of the day of `wall`, while all that time `held` was what the agent did."""
        midnight = datetime.fromtimestamp(wall).replace(hour=0, minute=0, second=0, microsecond=0)
        day = midnight.date().isoformat()
        tally = self if self.day == day else DayTally(day, counted_until=self.counted_until)
        since = wall if tally.counted_until is None else tally.counted_until
        seconds = max(0.0, wall - max(since, midnight.timestamp()))
        waits = held.surface.blocked_on is not None
        works = held.phase is TurnPhase.ACTIVE and not waits
        return replace(
            tally,
            worked_seconds=tally.worked_seconds + (seconds if works else 0.0),
            waited_seconds=tally.waited_seconds + (seconds if waits else 0.0),
            counted_until=wall,
        )
