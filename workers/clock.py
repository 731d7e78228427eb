"""The clock process: `python -m workers.clock`. Enqueues the host's periodic jobs.

RQ's scheduler decides when; this file replaces how it enqueues, because RQ's own way stores
pickles, knows no leader and piles copies up while no worker runs.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime
from types import FrameType

from redis import Redis
from rq.cron import CronJob, CronScheduler

from houmao import clock, config, logs
from houmao.jobs import ADOPT, SCAN, TICK, enqueue_once, queue_of, watch_job_id, watch_queue
from houmao.state import keys
from houmao.state.connect import PATIENT_JOBS, RedisAway, connect, lose_patience
from houmao.state.host_key import HostKey, own_key
from workers.queue_repair import make_whole
from workers.watch import jobs

#: Seconds between ticks and scans that go through the queue. The watch loop paces itself; a job
#: makes Redis write 6 kB to the disk, so that one each second would be most of an idle host's.
TICK_EVERY, SCAN_EVERY = 60, 60
#: Seconds between looks for tools that nobody adopted, in panes that did not change.
ADOPT_EVERY = 2
#: Seconds of a round trip to Redis from which on it is far away.
FAR = 0.02
#: Milliseconds the right to schedule lives without renewal.
LEASE_MS = 3_000


class HostClock(CronScheduler):
    """Periodic jobs of one host: JSON, one copy of each at a time, one scheduler at a time."""

    def __init__(
        self, redis: Redis, host_id: str, *, key: HostKey | None = None, adopts: bool = False
    ) -> None:
        super().__init__(redis, logging_level="WARNING")
        self._queue = queue_of(redis, watch_queue(host_id))
        self._host_id = host_id
        self._key = key
        self._lease = keys.clock_lease(host_id)
        #: A job costs a dozen round trips. Where they are long the watch loop ticks by itself.
        self._far = False
        self._owner = f"{os.getpid()}-{self.name}"
        self.register(jobs.tick, self._queue.name, interval=TICK_EVERY, name=TICK)
        self.register(jobs.scan, self._queue.name, interval=SCAN_EVERY, name=SCAN)
        if adopts:
            self.register(jobs.adopt, self._queue.name, interval=ADOPT_EVERY, name=ADOPT)

    def register_birth(self) -> None:
        """Begin, unless the host's id is another machine's. Raises HostTaken."""
        # Here a Redis that is away is waited for with our own signal handlers in place.
        if self._key is not None:
            self._key.claim(self.connection)
        ids = [watch_job_id(self._host_id, job.name) for job in self.get_jobs()]
        make_whole(self.connection, self._queue, ids)
        super().register_birth()

    def enqueue_jobs(self) -> list[CronJob]:
        """Enqueue what is due, unless another clock of this host does."""
        due = [job for job in self.get_jobs() if job.should_run()]
        leading = bool(due) and self._lead()
        for job in due:
            if leading and not (self._far and job.name == TICK):
                enqueue_once(self._queue, job.name, watch_job_id(self._host_id, job.name))
            job.set_enqueue_time(datetime.fromtimestamp(clock.now(), UTC))
        return due

    def _request_stop(self, signum: int, frame: FrameType | None) -> None:
        # Saying goodbye to a Redis that is away must not hold us up.
        lose_patience(self.connection)
        super()._request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own

    def _lead(self) -> bool:
        if self.connection.pttl(self._lease) == -1:
            # A lease without an end was not written here.
            self.connection.delete(self._lease)
        began = clock.monotonic()
        held = self.connection.set(self._lease, self._owner, nx=True, px=LEASE_MS)
        self._far = clock.monotonic() - began > FAR
        if not held and self.connection.get(self._lease) == self._owner.encode():
            held = self.connection.pexpire(self._lease, LEASE_MS)
        return bool(held)


def main() -> None:
    """Schedule until told to stop."""
    logs.configure("clock")
    settings = config.load()
    redis = connect(settings.effective_redis_url, PATIENT_JOBS)
    with suppress(RedisAway):
        key = own_key(settings)
        HostClock(redis, settings.host_id, key=key, adopts=settings.adopt).start()  # type: ignore[no-untyped-call]  # RQ's own


if __name__ == "__main__":
    main()
