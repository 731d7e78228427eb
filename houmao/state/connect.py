"""The only place that opens Redis connections."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.connection import UnixDomainSocketConnection
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import Sentinel

from houmao.errors import ConfigError
from houmao.files import is_anothers
from houmao.state.away import AwayMark

#: What any read or write raises when Redis does not answer; for those who import no redis.
RedisAway = RedisError
#: What is raised when no Redis can be reached; one that answers may refuse by others.
NO_ANSWER = (RedisConnectionError, RedisTimeoutError)

#: Scheme of a URL that names sentinels.
SENTINEL = "redis+sentinel"
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


class KnownAway(RedisConnectionError):
    """Redis was not even tried; the message is a sentence for a person."""


class UnlessAway(Retry):
    """Tries once, and not at all while Redis is known to be away."""

    def __init__(self, mark: AwayMark) -> None:
        super().__init__(ConstantBackoff(0), 0)
        self._mark = mark

    def call_with_retry(self, *args: Any, **options: Any) -> Any:
        """What the call gives. Raises KnownAway at once while the mark is set."""
        if self._mark.is_set():
            raise KnownAway(self._mark.sentence())
        return super().call_with_retry(*args, **options)


def connect(url: str, policy: ConnectionPolicy = PROMPT, away: AwayMark | None = None) -> Redis:
    """A client for a Redis URL; nothing is sent before the first command.

    `redis://`, `rediss://`, `unix://`, and `redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB`, which
    follows the service's master. A `password_file` in the query is read now. Commands fail at once
    while `away` is set. Raises ConfigError.
    """
    retry = UnlessAway(away) if away else Retry(ConstantBackoff(RETRY_PAUSE), policy.retries)
    options: dict[str, Any] = {
        "decode_responses": policy.text,
        "socket_timeout": policy.command_timeout,
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "retry": retry,
        "retry_on_error": [RedisConnectionError, RedisTimeoutError] if policy.retries else [],
    }
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if path := query.pop("password_file", ""):
        options["password"] = _password(Path(path))
    try:
        if parts.scheme == SENTINEL:
            return _master(parts, options)
        # An empty query would be part of a socket's path.
        more = f"?{urlencode(query)}" if query else ""
        client: Redis = Redis.from_url(url.partition("?")[0] + more, **options)
    except ValueError as error:
        raise ConfigError(f"HOUMAO_REDIS_URL cannot be used: {error}") from error
    if client.connection_pool.connection_class is UnixDomainSocketConnection:
        client.connection_pool.connection_class = OwnSocketConnection
    return client


def ask(redis: Redis, *words: str) -> Any:
    """What Redis answers to one command, as it stands.

    Like `execute_command`, without what that notes for telemetry: a third of a short read.
    """
    pool = redis.connection_pool
    connection: Any = pool.get_connection()

    def answer() -> Any:
        connection.send_command(*words)
        return connection.read_response()

    try:
        return connection.retry.call_with_retry(answer, lambda _: connection.disconnect())
    finally:
        pool.release(connection)


class ForeignSocket(RedisConnectionError):
    """What lies at the socket's path may be another user's server."""


class OwnSocketConnection(UnixDomainSocketConnection):
    """Looks at each connection whose socket that is: its folder may have been taken meanwhile."""

    def _connect(self) -> Any:
        if is_anothers(Path(self.path)):
            raise ForeignSocket(f"the folder of {self.path} belongs to another user")
        return super()._connect()  # type: ignore[no-untyped-call]  # redis-py's own


def _master(parts: SplitResult, options: dict[str, Any]) -> Redis:
    """The master that these sentinels name, whichever that is at each connection."""
    user, _, addresses = parts.netloc.rpartition("@")
    pairs = [address.rpartition(":") for address in addresses.split(",")]
    service, _, db = parts.path.strip("/").partition("/")
    if not service or not all(host and port.isdecimal() for host, _, port in pairs):
        raise ValueError(f"write it as {SENTINEL}://HOST:PORT,HOST:PORT/SERVICE/DB")
    if user:
        name, _, password = user.partition(":")
        options = {**options, "username": unquote(name) or None, "password": unquote(password)}
    asked = {"socket_timeout": CONNECT_TIMEOUT, "socket_connect_timeout": CONNECT_TIMEOUT}
    hosts = [(host, int(port)) for host, _, port in pairs]
    # redis-py's sentinel has no types.
    sentinel = Sentinel(hosts, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    master: Redis = sentinel.master_for(service, db=int(db or 0), **options)  # type: ignore[no-untyped-call]
    return master


def _password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(
            f"HOUMAO_REDIS_PASSWORD_FILE {path} cannot be read: {error.strerror}"
        ) from error


def check(url: str) -> bool:
    """Whether Redis answers now. Raises ConfigError when it refuses us, or cannot be asked."""
    try:
        with connect(url) as redis:
            redis.ping()
    except (AuthenticationError, NoPermissionError) as error:
        raise ConfigError(
            "Redis refuses the user or the password; set them in HOUMAO_REDIS_URL, or the password "
            f"in the file that HOUMAO_REDIS_PASSWORD_FILE names ({error})"
        ) from error
    except RedisConnectionError as error:
        if "SSL" in str(error) or "certificate" in str(error).lower():
            raise ConfigError(
                f"HOUMAO_REDIS_URL: no TLS connection can be made ({error}); a private authority "
                "is named with ?ssl_ca_certs=FILE, and a Redis without TLS with redis://"
            ) from error
        return False
    except RedisError:
        return False
    return True


def lets_anybody_in(url: str) -> bool:
    """Whether this Redis takes a password and would do without: it guards nothing then."""
    with connect(url) as redis:
        options = redis.connection_pool.connection_kwargs
        if not options.get("password"):
            return False
        redis.connection_pool.connection_kwargs = {**options, "password": None, "username": None}
        try:
            return bool(redis.ping())
        except RedisError:
            return False


def lose_patience(redis: Redis) -> None:
    """Let every command fail at once from now on, for a process that is about to end."""
    redis.set_retry(Retry(ConstantBackoff(0), 0))
