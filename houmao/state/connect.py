"""The only place that opens Redis connections."""

from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

#: What any read or write raises when Redis does not answer; for those who import no redis.
RedisAway = RedisError

#: Seconds that connecting may take.
CONNECT_TIMEOUT = 2.0
#: Seconds between two tries of a command that failed.
RETRY_PAUSE = 0.5
_FOR_EVER = -1


@dataclass(frozen=True, slots=True)
class ConnectionPolicy:
    """How a client behaves: `text` or bytes, seconds a command may take, tries after a failure."""

    text: bool
    command_timeout: float | None
    retries: int


#: For answering a person: fails within seconds so that no request ever hangs.
PROMPT = ConnectionPolicy(text=True, command_timeout=2.0, retries=0)
#: The same for reads that wait for something to happen, up to 20 s at the server.
PROMPT_WAITING = ConnectionPolicy(text=True, command_timeout=25.0, retries=0)
#: For enqueueing from a request; RQ stores bytes.
PROMPT_JOBS = ConnectionPolicy(text=False, command_timeout=15.0, retries=0)
#: For the watch loop, which must go on watching when Redis does not answer.
WATCH = ConnectionPolicy(text=True, command_timeout=1.0, retries=0)
#: For what the watch loop enqueues.
WATCH_JOBS = ConnectionPolicy(text=False, command_timeout=1.0, retries=0)
#: For a worker between its jobs: waits for Redis however long it is away.
PATIENT = ConnectionPolicy(text=True, command_timeout=None, retries=_FOR_EVER)
#: For RQ's own work, which would end its process: waits for Redis however long it is away.
PATIENT_JOBS = ConnectionPolicy(text=False, command_timeout=None, retries=_FOR_EVER)


def connect(url: str, policy: ConnectionPolicy = PROMPT) -> Redis:
    """A client for a `redis://` or `unix://` URL; nothing is sent before the first command."""
    options: dict[str, Any] = {
        "decode_responses": policy.text,
        "socket_timeout": policy.command_timeout,
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "retry": Retry(ConstantBackoff(RETRY_PAUSE), policy.retries),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError] if policy.retries else [],
    }
    client: Redis = Redis.from_url(url, **options)
    return client


def lose_patience(redis: Redis) -> None:
    """Let every command fail at once from now on, for a process that is about to end."""
    redis.set_retry(Retry(ConstantBackoff(0), 0))
