"""What all RQ workers of ours have in common: JSON, an allow-list, quiet and secret-free logs."""

from collections.abc import Callable
from types import FrameType
from typing import Any

from redis import Redis
from rq import SimpleWorker
from rq.job import Job

from houmao.jobs import ALLOWED, queue_of
from houmao.state.connect import lose_patience


class KnownJob(Job):
    """A job that runs only when its function is one of ours.

    Whoever can write to Redis could otherwise name any importable function.
    """

    @property
    def func(self) -> Callable[..., Any]:
        """The function to call. Raises PermissionError for one that is not on the list."""
        if self.func_name not in ALLOWED:
            raise PermissionError("job function is not on the allow-list")
        if (
            self._success_callback_name
            or self._failure_callback_name
            or self._stopped_callback_name
        ):
            raise PermissionError("a job of ours has no callbacks")
        known: Callable[..., Any] = super().func
        return known

    @property
    def success_callback(self) -> None:
        """None: RQ would import and call whatever is named, also for a job that was refused."""

    @property
    def failure_callback(self) -> None:
        """None, as above."""

    @property
    def stopped_callback(self) -> None:
        """None, as above."""


class QueueWorker(SimpleWorker):
    """Runs the jobs of exactly one queue in this process, one after the other.

    One queue only: with several, a crash between taking and starting a job would lose it.
    The worker's name is generated, since RQ refuses a fixed one for minutes after a crash.
    """

    job_class = KnownJob
    #: RQ would otherwise double its pause up to a minute while Redis is away.
    max_connection_wait_time = 1.0

    def __init__(self, redis: Redis, queue_name: str) -> None:
        super().__init__(
            [queue_of(redis, queue_name)],
            connection=redis,
            serializer="json",
            job_class=KnownJob,
            worker_ttl=60,
            maintenance_interval=15,
            log_job_description=False,
        )

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End after the job that runs; a Redis that is away must not hold us up."""
        lose_patience(self.connection)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own
