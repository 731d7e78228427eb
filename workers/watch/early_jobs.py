"""Asks for a scheduled job of this process before its time, without waiting for Redis.

When Redis is away the job is asked for once it answers; the clock would do so too, later.
"""

from functools import partial

from redis import Redis

from houmao.jobs import enqueue_once, queue_of, watch_job_id, watch_queue
from houmao.state.requests import RequestStore
from workers.watch.outbox import Outbox, Then


class EarlyJobs:
    """Belongs to the watch loop. `redis` is a bytes client of the publishing thread."""

    def __init__(self, redis: Redis, host_id: str, outbox: Outbox) -> None:
        self._queue = queue_of(redis, watch_queue(host_id))
        self._host_id = host_id
        self._outbox = outbox
        self._asked: set[str] = set()

    def hurry(self, function: str) -> None:
        """Have the job enqueued, unless it was asked for and that is still under way."""
        if function not in self._asked:
            self._asked.add(function)
            self._outbox.ask(partial(self._enqueue, function))

    def _enqueue(self, function: str, _: RequestStore) -> Then:
        enqueue_once(self._queue, function, watch_job_id(self._host_id, function))
        return partial(self._asked.discard, function)
