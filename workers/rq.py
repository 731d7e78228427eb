"""What all RQ workers of ours have in common: JSON, an allow-list, quiet and secret-free logs."""

from collections.abc import Callable
from time import sleep
from types import FrameType
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ResponseError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.utils import now

from houmao.clock import monotonic
from houmao.jobs import ALLOWED, UNKNOWN_JOB, PlainQueue, queue_of
from houmao.state.connect import lose_patience
from houmao.state.faults import problem
from workers.queue_repair import forget_ended_jobs, make_whole

#: Seconds between two words that a worker lives; RQ forgets it after two minutes.
HEARTBEAT_EVERY = 10.0


class KnownJob(Job):
    """A job that runs only when its function is one of ours.

    Whoever can write to Redis could otherwise name any importable function. It costs fewer round
    trips than RQ's: a host may be far from Redis, and somebody waits for the answer.
    """

    @property
    def func(self) -> Callable[..., Any]:
        """The function to call. Raises PermissionError for one that is not on the list."""
        if self.func_name not in ALLOWED:
            raise PermissionError(UNKNOWN_JOB)
        if (
            self._success_callback_name
            or self._failure_callback_name
            or self._stopped_callback_name
        ):
            raise PermissionError("a job of ours has no callbacks")
        known: Callable[..., Any] = super().func
        return known

    def prepare_for_execution(self, worker_name: str, pipeline: Pipeline) -> None:
        """Note that it runs, and keep it while it does, in one round trip."""
        pipeline.persist(self.key)
        super().prepare_for_execution(worker_name, pipeline)

    def perform(self) -> Any:
        """Run it; it is kept already."""
        self._result = self._execute()
        return self._result

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
    queue_class = PlainQueue
    #: RQ would otherwise double its pause up to a minute while Redis is away.
    max_connection_wait_time = 1.0
    #: When the worker says next that it lives, on the clock that never goes back.
    _beats_at = 0.0

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

    def register_birth(self) -> None:
        """Begin, on keys that are what they should be: one that is not ends a worker."""
        make_whole(self.connection, self.queues[0])
        super().register_birth()  # type: ignore[no-untyped-call]  # RQ's own

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """The next job; a Redis that takes no writes is waited for like one that is away."""
        while True:
            try:
                return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            except ResponseError as error:
                told = problem(error)
                if told is None:
                    raise
                self.log.warning("no job is taken: %s", told)
                sleep(self.max_connection_wait_time)
                make_whole(self.connection, self.queues[0])

    def clean_registries(self) -> None:
        """Tidy up what RQ notes of jobs that have ended.

        RQ fails at a job whose worker was killed, for a minute after that job's time was over, and
        at what others have spoilt. Nobody here asks for these notes: they are given up.
        """
        try:
            super().clean_registries()  # type: ignore[no-untyped-call]  # RQ's own
        except (ValueError, ResponseError) as error:
            self.log.warning("notes of ended jobs are given up: %s", error)
            make_whole(self.connection, self.queues[0])
            forget_ended_jobs(self.connection, self.queues[0])

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Note the state; it is told with whatever is told next, in the same round trip."""
        self._state = state
        if pipeline is not None:
            super().set_state(state, pipeline)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that this worker lives: in one round trip instead of RQ's two, and now and then."""
        if pipeline is not None:
            super().heartbeat(timeout, pipeline)
            return
        at = monotonic()
        if at < self._beats_at:
            return
        self._beats_at = at + HEARTBEAT_EVERY
        with self.connection.pipeline(transaction=False) as pipe:
            super().heartbeat(timeout, pipe)
            super().set_state(self._state, pipe)
            pipe.execute()

    def handle_execution_ended(self, job: Job, queue: Queue, heartbeat_ttl: int) -> None:
        """Note the end; its result, which RQ tells next, says as much as a word that it lives."""
        job.ended_at = now()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End after the job that runs; a Redis that is away must not hold us up."""
        lose_patience(self.connection)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own
