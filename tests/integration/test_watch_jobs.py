"""The host's queue: what a watch process will run, who may schedule, and what a crash leaves."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from redis.connection import UnixDomainSocketConnection
from redis.exceptions import ConnectionError
from rq import Callback, Queue
from rq.executions import Execution
from rq.job import JobStatus

from houmao.errors import Unavailable
from houmao.jobs import REFRESH, SCAN, TICK, Jobs, enqueue_once, queue_of, watch_queue
from houmao.requests.request import Request, RequestKind
from houmao.state import keys
from houmao.state.connect import PROMPT_JOBS, connect
from houmao.state.requests import RequestStore
from tests.integration.watching import Host
from tests.services import RedisServer, wait_until
from workers.clock import HostClock
from workers.rq import KnownJob, QueueWorker
from workers.watch import jobs

NAME = watch_queue("here")
FOREIGN = ("os.getpid", "workers.watch.jobs.renew", "houmao.clock.now")


@pytest.fixture
def bytes_redis(redis_server: RedisServer, redis: Redis) -> Iterator[Redis]:
    """An empty Redis as RQ wants it, which stores bytes."""
    assert redis.dbsize() == 0
    with connect(redis_server.url, PROMPT_JOBS) as client:
        yield client


@pytest.fixture
def queue(bytes_redis: Redis) -> Queue:
    return queue_of(bytes_redis, NAME)


def waiting(queue: Queue) -> list[str]:
    return sorted(job.func_name.rpartition(".")[2] for job in queue.jobs if job.func_name)


def test_a_scheduled_job_waits_once(queue: Queue) -> None:
    """However long nobody takes it; another one is another matter."""
    assert enqueue_once(queue, TICK, "t")
    assert not enqueue_once(queue, TICK, "t")
    assert enqueue_once(queue, SCAN, "s")
    assert waiting(queue) == ["scan", "tick"]


def test_one_clock_schedules(bytes_redis: Redis, queue: Queue) -> None:
    """A second clock of the host stands by; it leads once the first one's lease is over."""
    first, second = HostClock(bytes_redis, "here"), HostClock(bytes_redis, "here")
    assert len(first.enqueue_jobs()) == 2
    queue.empty()  # type: ignore[no-untyped-call]
    second.enqueue_jobs()
    assert waiting(queue) == []
    bytes_redis.delete(keys.clock_lease("here"))
    third = HostClock(bytes_redis, "here")
    third.enqueue_jobs()
    assert waiting(queue) == ["scan", "tick"]
    queue.empty()  # type: ignore[no-untyped-call]
    # Nobody's: it would never end.
    bytes_redis.set(keys.clock_lease("here"), "something else")
    fourth = HostClock(bytes_redis, "here")
    fourth.enqueue_jobs()
    assert waiting(queue) == ["scan", "tick"]


def test_only_our_functions_and_only_json_are_run(host: Host) -> None:
    """Whoever can write to Redis can name any function or leave a pickle; neither is run."""
    host.silent("agent")
    with host.watch_process(), connect(host.settings.effective_redis_url, PROMPT_JOBS) as redis:
        queue = queue_of(redis, NAME)
        pickled = queue.enqueue_call(TICK, result_ttl=60)
        redis.hset(pickled.key, "data", b"cos\nsystem\n(S'true'\ntR.")
        named = [queue.enqueue_call(name, result_ttl=60) for name in FOREIGN]
        for job in named:
            wait_until(lambda: job.get_status(refresh=True) is JobStatus.FAILED, "it is refused")  # noqa: B023
        assert pickled.get_status(refresh=True) is not JobStatus.FINISHED
        host.await_availability("agent", "available")
        Jobs(redis).refresh("here", "agent", 5.0)


def test_a_host_of_an_earlier_version_says_what_it_cannot_do(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that it does not know is done in no other way, and its caller is told at once."""
    host.silent("agent")
    monkeypatch.setattr("houmao.jobs.REFRESH", "workers.watch.jobs.foresee")
    with host.watch_process(), connect(host.settings.effective_redis_url, PROMPT_JOBS) as redis:
        host.await_availability("agent", "available")
        began = time.monotonic()
        with pytest.raises(
            Unavailable, match=r"host here does not know the job 'foresee': its version"
        ):
            Jobs(redis).refresh("here", "agent", 5.0)
        assert time.monotonic() - began < 4.0


class CountedConnection(UnixDomainSocketConnection):
    """Counts how often anything is sent: each time is a round trip."""

    sent = 0

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        CountedConnection.sent += 1
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]


def test_a_job_costs_few_round_trips(
    bytes_redis: Redis, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host may be far from Redis: it is begun in one, and its end is told in three."""
    monkeypatch.setattr("workers.rq.ALLOWED", frozenset({"houmao.clock.monotonic"}))
    queue.enqueue_call("houmao.clock.monotonic", result_ttl=60)
    worker = QueueWorker(bytes_redis, NAME)
    taken = worker.dequeue_job_and_maintain_ttl(1)
    assert taken is not None
    bytes_redis.connection_pool.connection_class = CountedConnection
    bytes_redis.connection_pool.reset()
    bytes_redis.ping()
    CountedConnection.sent = 0
    worker.execute_job(*taken)
    assert CountedConnection.sent <= 4
    job = taken[0]
    assert 0 < bytes_redis.ttl(job.key) <= 60
    assert isinstance(job.return_value(), float)
    assert len(queue.started_job_registry) == 0


def test_a_refused_function_is_not_even_imported(bytes_redis: Redis, queue: Queue) -> None:
    """The refusal comes before anything is imported."""
    job = queue.enqueue_call("no.such.module")
    with pytest.raises(PermissionError, match="allow-list"):
        _ = KnownJob.fetch(job.id, bytes_redis, serializer="json").func


@pytest.mark.parametrize("moment", ["on_success", "on_failure", "on_stopped"])
def test_a_job_with_a_callback_is_refused(bytes_redis: Redis, queue: Queue, moment: str) -> None:
    """A function of ours with a callback of somebody else's is no job of ours; neither is run."""
    callback: dict[str, Any] = {moment: Callback("no.such.module")}
    job = queue.enqueue_call(TICK, **callback)
    known = KnownJob.fetch(job.id, bytes_redis, serializer="json")
    with pytest.raises(PermissionError, match="callbacks"):
        _ = known.func
    assert not any((known.success_callback, known.failure_callback, known.stopped_callback))


def test_a_refresh_comes_back_with_the_publication(host: Host) -> None:
    """Who asked reads a state that was captured after the question."""
    host.silent("agent")
    with host.watch_process(), connect(host.settings.effective_redis_url, PROMPT_JOBS) as redis:
        host.await_availability("agent", "available")
        asked = time.time()
        Jobs(redis).refresh("here", "agent", 5.0)
        state = host.state("agent")
        assert state is not None
        # Milliseconds are cut off in Redis.
        assert state.captured_at >= asked - 0.001
        with pytest.raises(
            Unavailable, match="could not do the job 'refresh': the log of its watch"
        ):
            Jobs(redis).refresh("here", "nobody", 5.0)


def test_a_refresh_that_nobody_takes_is_refused_in_time(bytes_redis: Redis) -> None:
    """The sentence names the host and what to look at."""
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"host here .* in time; does its watch process run"):
        Jobs(bytes_redis).refresh("here", "agent", 1.0)
    assert time.monotonic() - began < 3.0


def test_a_job_of_another_process_says_where_it_belongs() -> None:
    """A worker that watches nothing must not pretend to."""
    with pytest.raises(RuntimeError, match="watch jobs belong on a watch queue"):
        jobs.tick()


def test_a_job_that_died_with_its_process_does_not_stop_the_looks(host: Host) -> None:
    """RQ believes for minutes that it still runs; the next process looks and scans by itself."""
    host.silent("agent")
    with connect(host.settings.effective_redis_url, PROMPT_JOBS) as redis:
        queue = queue_of(redis, NAME)
        for function, job_id in ((TICK, "t"), (SCAN, "s"), (REFRESH, "r")):
            enqueue_once(queue, function, job_id)
            job = queue.fetch_job(job_id)
            assert job is not None
            queue.remove(job)
            # As RQ leaves a job whose worker was killed in the middle of it.
            job.set_status(JobStatus.STARTED)
            redis.persist(job.key)
            assert not enqueue_once(queue, function, job_id)
        with host.watch_process():
            host.await_availability("agent", "available")
            first = host.redis.hgetall(keys.HOSTS)
            wait_until(lambda: host.redis.hgetall(keys.HOSTS) != first, "it looks again", 3.0)


#: What RQ keeps of the watch queue, of workers, and of the job that ticks.
OF_RQ = (
    *(f"rq:{kind}:{NAME}" for kind in ("queue", "workers", "wip", "failed", "deferred")),
    *("rq:queues", "rq:workers", "rq:cron_schedulers"),
    *(f"rq:{kind}:{NAME}-tick" for kind in ("job", "executions")),
)


def test_a_spoilt_queue_is_made_whole(bytes_redis: Redis, queue: Queue) -> None:
    """A clock and a worker that begin do their work, whichever of RQ's keys is another's."""
    for key in OF_RQ:
        bytes_redis.set(key, "spoilt")
    scheduler, worker = HostClock(bytes_redis, "here"), QueueWorker(bytes_redis, NAME)
    scheduler.register_birth()
    worker.register_birth()
    scheduler.enqueue_jobs()
    worker.run_maintenance_tasks()  # type: ignore[no-untyped-call]  # RQ's own
    assert waiting(queue) == ["scan", "tick"]
    assert [key for key in OF_RQ if bytes_redis.type(key) == b"string"] == []


@pytest.mark.parametrize("spoilt", [False, True], ids=["half forgotten", "spoilt"])
def test_a_job_that_was_given_up_ends_no_worker(
    bytes_redis: Redis, queue: Queue, spoilt: bool
) -> None:
    """Its worker was killed, and RQ has forgotten the half of it: or somebody spoils the notes."""
    assert enqueue_once(queue, SCAN, "s")
    (job,) = queue.jobs
    with bytes_redis.pipeline() as pipe:
        begun = Execution.create(job, ttl=1, pipeline=pipe)
        pipe.delete(begun.key)
        pipe.zadd(f"rq:wip:{NAME}", {begun.composite_key: 1})
        pipe.execute()
    if spoilt:
        bytes_redis.set(f"rq:failed:{NAME}", "spoilt")
    worker = QueueWorker(bytes_redis, NAME)
    worker.run_maintenance_tasks()  # type: ignore[no-untyped-call]  # RQ's own
    assert not bytes_redis.exists(f"rq:wip:{NAME}", f"rq:failed:{NAME}")


def test_a_redis_that_takes_no_writes_ends_no_worker(bytes_redis: Redis, queue: Queue) -> None:
    """It is waited for: what waits in the queue is taken once there is room."""
    assert enqueue_once(queue, SCAN, "s")
    worker = QueueWorker(bytes_redis, NAME)
    bytes_redis.config_set("maxmemory", 1)
    full = threading.Timer(0.3, lambda: bytes_redis.config_set("maxmemory", 0))
    full.start()
    try:
        began = time.monotonic()
        taken = worker.dequeue_job_and_maintain_ttl(5)
        assert taken is not None
        assert taken[0].id == "s"
        assert time.monotonic() - began > 0.3
    finally:
        full.join()
        bytes_redis.config_set("maxmemory", 0)


class LosesAnAnswer(RequestStore):
    """One whose connection breaks once, after Redis has carried the taking out."""

    is_broken = True

    def take(self, request_id: str, now: float) -> bool:
        """As any store does, but for the answer to the first."""
        taken = super().take(request_id, now)
        if self.is_broken:
            self.is_broken = False
            raise ConnectionError("Connection closed by server.")
        return taken


def test_a_prompt_that_was_taken_without_an_answer_is_typed(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its caller finds it taken and counts on it, so that the host must not leave it on disk."""
    host.stub("agent")
    now = time.time()
    asked = Request("mreq-1", "agent", RequestKind.SUBMIT_PROMPT, "go", now, now + 60, "here")
    with host.watched() as loop:
        host.await_availability("agent", "available")
        loop.call(lambda it: setattr(it.outbox, "store", LosesAnAnswer(host.redis)), 5.0)
        monkeypatch.setattr(jobs, "running", loop)
        RequestStore(host.redis).offer(asked)
        with pytest.raises(ConnectionError):
            jobs.accept(asked.request_id)
        assert not RequestStore(host.redis).withdraw(asked)
        wait_until(lambda: _outcome(host, asked.request_id) == "submitted", "it is typed")


def _outcome(host: Host, request_id: str) -> str:
    found = RequestStore(host.redis).get(request_id)
    return found.outcome.value if found and found.outcome else ""
