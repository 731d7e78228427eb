"""The only reader of the wall clock, and the one text form of a time.

Pure code never imports this module: it takes seconds as an argument.
"""

import time
from datetime import UTC, datetime


def now() -> float:
    """Seconds since the epoch."""
    return time.time()


def monotonic() -> float:
    """Seconds on a clock that never goes backwards."""
    return time.monotonic()


def iso(epoch_seconds: float) -> str:
    """UTC text at whole-second precision with offset, e.g. `2026-03-27T09:00:00+00:00`."""
    return datetime.fromtimestamp(epoch_seconds, UTC).replace(microsecond=0).isoformat()


def iso_ms(epoch_seconds: float) -> str:
    """UTC text at millisecond precision, the form Redis fields use."""
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds")


def parse_iso(text: str) -> float:
    """Seconds since the epoch of an ISO-8601 time with offset (`Z` allowed).

    Raises ValueError for any other text and for a time without offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset such as +00:00 or Z")
    return moment.timestamp()
