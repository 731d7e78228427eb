"""What is wrong with a Redis that does not do what it was told, in a sentence for a person."""

import re
from collections.abc import Mapping
from typing import cast

from redis import Redis
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from houmao.state.connect import KnownAway

AWAY = "Redis does not answer; try again in a moment"
_KINDS: tuple[tuple[type[RedisError], str], ...] = (
    (OutOfMemoryError, "Redis is full: it has reached its maxmemory; raise that, or make room"),
    (ReadOnlyError, "Redis takes no writes: it is a read-only replica; name another one"),
    (BusyLoadingError, "Redis is reading its file; try again in a moment"),
    (NoPermissionError, "Redis refuses us: the user in HOUMAO_REDIS_URL may not do that"),
    (AuthenticationError, "Redis refuses the password in HOUMAO_REDIS_URL"),
)
#: What refused commands say, after words of the client or of the script that they stood in.
_WORDS = {
    "MISCONF": "Redis takes no writes: it cannot write to its own disk, which may be full; make "
    "room, or look at its log",
    "WRONGTYPE": "a key in Redis is not what it should be; it is made anew within seconds",
    "OOM": _KINDS[0][1],
}
_IN_PIPELINE = "caused error: "
_REFUSED = re.compile(rf"(?:^|[ -])({'|'.join(_WORDS)})\b")


def problem(error: RedisError) -> str | None:
    """What keeps Redis from serving; None for a command that is wrong by itself."""
    if isinstance(error, KnownAway):
        return str(error)
    told = next((words for kind, words in _KINDS if isinstance(error, kind)), None)
    if told is None and isinstance(error, ResponseError):
        answer = str(error).rpartition(_IN_PIPELINE)[2]
        found = _REFUSED.search(answer)
        return _WORDS[found[1]] if found else None
    return told or AWAY


def standing_problem(redis: Redis) -> str | None:
    """What keeps a Redis that answers from taking writes, as it tells itself; None for nothing."""
    try:
        told = cast(Mapping[str, object], redis.info())
    except ResponseError:
        # Another's Redis may not let us ask.
        return None
    limit = int(str(told.get("maxmemory", 0)))
    if told.get("aof_last_write_status", "ok") != "ok" or _waits_for_a_snapshot(redis, told):
        return _WORDS["MISCONF"]
    return _WORDS["OOM"] if limit and int(str(told.get("used_memory", 0))) >= limit else None


def _waits_for_a_snapshot(redis: Redis, told: Mapping[str, object]) -> bool:
    """Whether the last snapshot of a Redis that makes some failed, so that it takes nothing."""
    if told.get("rdb_last_bgsave_status", "ok") == "ok":
        return False
    chosen = cast(Mapping[str, str], redis.config_get("*save*"))
    return bool(chosen.get("save")) and chosen.get("stop-writes-on-bgsave-error") == "yes"


def is_misfit(found: object) -> bool:
    """Whether an answer says that a key is of another type than was asked for."""
    return isinstance(found, ResponseError) and str(found).startswith("WRONGTYPE")
