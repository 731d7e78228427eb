"""That Redis is known to be away: the watch process, which tries all the time, says so in a file.

Whoever is about to ask Redis looks there first, so that nobody waits to learn it once more.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from houmao import clock
from houmao.config import Settings

#: Seconds for which a mark holds: it is set again after each try, so that none outlives its maker.
HOLDS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class AwayMark:
    """The mark of one host; `now` is in seconds since the epoch, on that machine's own clock."""

    path: Path
    now: Callable[[], float] = clock.now

    def set(self) -> None:
        """Redis has just not answered."""
        at = self.now()
        # Without a mark everybody finds out by himself.
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            os.utime(self.path, (at, at))

    def clear(self) -> None:
        """Redis has just answered."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def is_set(self) -> bool:
        """Whether Redis did not answer a moment ago."""
        try:
            marked = self.path.stat().st_mtime
        except OSError:
            return False
        return abs(self.now() - marked) < HOLDS_SECONDS


def away_mark(settings: Settings) -> AwayMark:
    """The mark of this host."""
    return AwayMark(settings.runtime_root / "hosts" / f"{settings.host_id}.redis-away")
