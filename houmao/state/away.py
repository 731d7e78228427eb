"""That Redis is known to be away: the watch process, which tries all the time, says so in a file.

Whoever is about to ask Redis looks there first, so that nobody waits to learn it once more.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from houmao import clock
from houmao.clock import iso_ms
from houmao.config import Settings
from houmao.files import read_plain, replace_text

#: Seconds for which a mark holds: it is set again after each try, so that none outlives its maker.
HOLDS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class AwayMark:
    """The mark of one host; `now` is in seconds since the epoch, on that machine's own clock."""

    path: Path
    host: str
    now: Callable[[], float] = clock.now

    def set(self, answered_at: float | None = None) -> None:
        """Redis has just not answered; when it last did, in seconds since the epoch."""
        at = self.now()
        # Without a mark everybody finds out by himself.
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_text(self.path, iso_ms(answered_at) if answered_at else "", to_disk=False)
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

    def sentence(self) -> str:
        """What to say to whoever needs Redis while the mark is set."""
        try:
            since = read_plain(self.path).decode("ascii")
        except (OSError, ValueError):
            since = ""
        when = f"has not reached it since {since}" if since else "does not reach it"
        return (
            f"Redis is away: host {self.host} {when}; type in the agent's own terminal "
            "(`houmao-mgr agents attach` on its host), or try again when it is back"
        )


def away_mark(settings: Settings) -> AwayMark:
    """The mark of this host."""
    path = settings.runtime_root / "hosts" / f"{settings.host_id}.redis-away"
    return AwayMark(path, settings.host_id)
