"""The one clock of all hosts: Redis's time, carried on between two answers by a local clock.

Whoever asks Redis something anyway asks for its time, too, and notes it here. Until then, and
while Redis is away, time goes on from what was known last.
"""

from collections.abc import Callable
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError

from houmao import clock


class RedisClock:
    """Seconds since the epoch as Redis has them; before its first word, as this machine does."""

    def __init__(
        self,
        monotonic: Callable[[], float] = clock.monotonic,
        wall: Callable[[], float] = clock.now,
    ) -> None:
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._monotonic() + self._offset

    def note(self, sent: float, received: float, told: float) -> None:
        """Redis said `told` between these two moments of the local clock.

        What can be explained by the way of the answer changes nothing, so that time runs evenly.
        """
        offset, doubt = told - (sent + received) / 2, (received - sent) / 2
        if abs(offset - self._offset) > doubt:
            self._offset = offset


def synchronised(redis: Redis) -> RedisClock:
    """A clock that has asked Redis once; while that is away it begins as this machine's."""
    time = RedisClock()
    with suppress(RedisError):
        sent = clock.monotonic()
        seconds, micros = redis.time()
        time.note(sent, clock.monotonic(), seconds + micros / 1e6)
    return time
