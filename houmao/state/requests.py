"""Requests in Redis: copies for readers, and the way in to the host that takes charge.

The host's files are the truth; it publishes every change here. Raises redis.RedisError.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import cast

from redis import Redis
from redis.typing import EncodableT

from houmao.clock import iso_ms, parse_iso
from houmao.requests.request import Request, request_from
from houmao.state import keys
from houmao.state.codec import pairs

#: Seconds for which an ended request can be read.
KEEP_SECONDS = 7 * 86_400
#: Seconds for which an idempotency key answers with the request it made.
IDEMPOTENCY_SECONDS = 86_400
#: Entries kept in the fleet's event stream.
EVENTS_LENGTH = 20_000

_TIMES = ("created_at", "deadline_at", "typed_at", "ended_at", "turn_ended_at")


class RequestStore:
    """Reads and writes the copies."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def claim(self, agent_id: str, key: str, request_id: str) -> str:
        """Reserve an idempotency key; returns the id of the request that owns it."""
        name = keys.idempotency(agent_id, key)
        if self._redis.set(name, request_id, nx=True, ex=IDEMPOTENCY_SECONDS):
            return request_id
        return str(self._redis.get(name) or request_id)

    def release(self, agent_id: str, key: str) -> None:
        """Give an idempotency key back, for a request that no host took."""
        self._redis.delete(keys.idempotency(agent_id, key))

    def put(self, request: Request) -> None:
        """Write a request for readers."""
        found = request_fields(request)
        name, agent_id = keys.request(request.request_id), request.agent_id
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(name)
            pipe.hset(name, items=list(pairs(found)))
            pipe.expire(name, KEEP_SECONDS)
            listing = keys.requests(agent_id)
            pipe.zadd(listing, {request.request_id: request.created_at})
            pipe.zremrangebyscore(listing, "-inf", request.created_at - KEEP_SECONDS)
            pipe.execute()

    def drop(self, request_id: str, agent_id: str) -> None:
        """Forget a request that no host took."""
        self._redis.delete(keys.request(request_id))
        self._redis.zrem(keys.requests(agent_id), request_id)

    def announce(self, request: Request) -> None:
        """Tell in the fleet's stream how a request goes; its text stays out of it."""
        found = request_fields(replace(request, text=""))
        entry: dict[EncodableT, EncodableT] = {
            "agent_name": str(self._redis.hget(keys.AGENTS, request.agent_id) or ""),
            "summary": f"request_{request.state.value}",
            "recorded_at": found.get("ended_at") or found.get("typed_at") or found["created_at"],
        }
        entry.update(found.items())
        self._redis.xadd(keys.EVENTS, entry, maxlen=EVENTS_LENGTH, approximate=True)

    def get(self, request_id: str) -> Request | None:
        """A request as it was last published, None when it is unknown."""
        found = cast(Mapping[str, str], self._redis.hgetall(keys.request(request_id)))
        if not found:
            return None
        times = {name: parse_iso(found[name]) for name in _TIMES if name in found}
        return request_from({"text": "", **found, **times})

    def of_agent(self, agent_id: str, limit: int) -> list[str]:
        """Ids of the agent's latest requests, newest first."""
        return [str(i) for i in self._redis.zrevrange(keys.requests(agent_id), 0, limit - 1)]


def request_fields(request: Request) -> dict[str, str]:
    """Flat text fields of a request; what does not apply is absent."""
    return {
        name: iso_ms(value) if name in _TIMES else str(value)
        for name, value in asdict(request).items()
        if value is not None and value != ""
    }
