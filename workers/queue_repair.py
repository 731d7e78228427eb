"""Removes what stands in the keys that RQ keeps of a queue and is no such thing.

Whoever can write to Redis may spoil them, and a worker that meets one of another type ends, as
often as it is started. Which keys of Houmao's are whole: `houmao.state.repair`.
"""

from collections.abc import Iterable

from redis import Redis
from rq import Queue
from rq.cron_scheduler_registry import get_registry_key
from rq.executions import ExecutionRegistry
from rq.job import Job
from rq.registry import (
    BaseRegistry,
    CanceledJobRegistry,
    DeferredJobRegistry,
    FailedJobRegistry,
    FinishedJobRegistry,
    ScheduledJobRegistry,
    StartedJobRegistry,
)
from rq.worker_registration import REDIS_WORKER_KEYS, WORKERS_BY_QUEUE_KEY

from houmao.state.repair import drop_misfits

_REGISTRIES: tuple[type[BaseRegistry], ...] = (
    StartedJobRegistry,
    FinishedJobRegistry,
    FailedJobRegistry,
    DeferredJobRegistry,
    ScheduledJobRegistry,
    CanceledJobRegistry,
)


def make_whole(redis: Redis, queue: Queue, job_ids: Iterable[str] = ()) -> None:
    """Remove what is of another type; `job_ids` are those of jobs that always have the same."""
    kept = {
        queue.key: "list",
        queue.intermediate_queue_key: "list",
        Queue.redis_queues_keys: "set",
        REDIS_WORKER_KEYS: "set",
        WORKERS_BY_QUEUE_KEY % queue.name: "set",
        get_registry_key(): "zset",
        **dict.fromkeys(_noted(queue), "zset"),
    }
    for job_id in job_ids:
        kept[Job.key_for(job_id)] = "hash"
        kept[ExecutionRegistry(job_id, redis).key] = "zset"
    drop_misfits(redis, kept)


def forget_ended_jobs(redis: Redis, queue: Queue) -> None:
    """Have RQ know nothing more of the jobs that ended, or were given up; those that wait stay."""
    redis.delete(*_noted(queue))


def _noted(queue: Queue) -> list[str]:
    return [registry(queue=queue).key for registry in _REGISTRIES]
