"""Requests in Redis: copies for readers, and the way in to the host that takes charge.

The host's files are the truth; it publishes every change here. Raises redis.RedisError.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import cast

from redis import Redis
from redis.client import Pipeline

from houmao.clock import iso_ms, parse_iso
from houmao.errors import UsageError
from houmao.ids import AgentKey
from houmao.requests.request import Request, request_from
from houmao.state import keys
from houmao.state.scripts import script
from houmao.state.totals import counted
from houmao.state.write import Command, WriteSet, added, carry_out, replaced

#: Seconds for which an ended request can be read.
KEEP_SECONDS = 7 * 86_400
#: Seconds for which an idempotency key answers with the request it made.
IDEMPOTENCY_SECONDS = 86_400

_TIMES = ("created_at", "deadline_at", "accepted_at", "typed_at", "ended_at", "turn_ended_at")


class RequestStore:
    """Reads and writes the copies."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(script("take"))

    def claim(self, request: Request) -> str:
        """Reserve the request's idempotency key; returns the id of the request that owns it.

        Raises UsageError when the owner asks for something else.
        """
        name = keys.idempotency(request.agent, request.idempotency_key or "")
        own = f"{request.request_id} {_digest(request)}"
        if self._redis.set(name, own, nx=True, ex=IDEMPOTENCY_SECONDS):
            return request.request_id
        owner, _, asked = str(self._redis.get(name) or own).partition(" ")
        if asked != _digest(request):
            raise UsageError(
                "this Idempotency-Key was used for another request before; use a new one"
            )
        return owner

    def release(self, agent: AgentKey, key: str) -> None:
        """Give an idempotency key back, for a request that no host took."""
        self._redis.delete(keys.idempotency(agent, key))

    def reclaim(self, request: Request, owner: str) -> Request:
        """The request under the id of the one it repeats, as its host knows: its key is that's."""
        name = keys.idempotency(request.agent, request.idempotency_key or "")
        self._redis.set(name, f"{owner} {_digest(request)}", ex=IDEMPOTENCY_SECONDS)
        return replace(request, request_id=owner)

    def offer(self, request: Request) -> None:
        """Write a request for its host to take; one that is there already stays as it is."""
        name = keys.request(request.request_id)

        def step(pipe: Pipeline) -> None:
            known = pipe.exists(name)
            pipe.multi()
            if not known:
                carry_out(pipe, _commands(request))

        self._redis.transaction(step, name)

    def take(self, request_id: str, now: float) -> bool:
        """Take charge of an offered request; False when its caller has taken it back.

        Of this and `withdraw` only one can succeed, whatever happens to either side.
        """
        return bool(self._take(keys=[keys.request(request_id)], args=[iso_ms(now)]))

    def withdraw(self, request: Request) -> bool:
        """Forget a request that no host took; False when one did."""
        name = keys.request(request.request_id)

        def step(pipe: Pipeline) -> None:
            taken = pipe.hexists(name, "accepted_at")
            pipe.multi()
            if not taken:
                pipe.delete(name)
                pipe.zrem(keys.requests(request.agent), request.request_id)

        return bool(self._redis.transaction(step, name))

    def get(self, request_id: str) -> Request | None:
        """A request as it was last published, None when it is unknown or cannot be read."""
        return _request(cast(Mapping[str, str], self._redis.hgetall(keys.request(request_id))))

    def knows(self, request_id: str) -> bool:
        """Whether there is such a request, be it one that only another version can read."""
        return bool(self._redis.exists(keys.request(request_id)))

    def of_agent(self, agent: AgentKey, limit: int) -> list[str]:
        """Ids of the agent's latest requests, newest first."""
        return [str(i) for i in self._redis.zrevrange(keys.requests(agent), 0, limit - 1)]

    def latest(self, agent: AgentKey, limit: int) -> list[Request]:
        """The agent's latest requests, newest first, at most `limit`, in two round trips."""
        if limit < 1:
            return []
        return self._all(self.of_agent(agent, limit))

    def latest_of(self, agents: Sequence[AgentKey], limit: int) -> list[Request]:
        """The latest requests of all these agents, newest first, at most `limit` of each."""
        if limit < 1:
            return []
        with self._redis.pipeline(transaction=False) as pipe:
            for agent in agents:
                pipe.zrevrange(keys.requests(agent), 0, limit - 1)
            found = self._all(str(it) for each in pipe.execute() for it in each)
        return sorted(found, key=lambda it: it.created_at, reverse=True)

    def batch(self, agents: Sequence[AgentKey], key: str) -> list[Request]:
        """The requests of these agents that were made with one idempotency key."""
        with self._redis.pipeline(transaction=False) as pipe:
            for agent in agents:
                pipe.get(keys.idempotency(agent, key))
            owners = [str(it).partition(" ")[0] for it in pipe.execute() if it]
        return self._all(owners)

    def _all(self, request_ids: Iterable[str]) -> list[Request]:
        with self._redis.pipeline(transaction=False) as pipe:
            for request_id in request_ids:
                pipe.hgetall(keys.request(request_id))
            found = (_request(fields) for fields in pipe.execute())
            return [request for request in found if request is not None]


def request_writes(request: Request, agent_name: str, news: bool) -> WriteSet:
    """A request for readers and, as `news`, in the fleet's stream; its text stays out of that."""
    present = {keys.request(request.request_id): tuple(_commands(request))}
    if not news:
        return WriteSet(present)
    found = request_fields(replace(request, text=""))
    entry = {
        "agent_name": agent_name,
        "summary": f"request_{request.state.value}",
        "recorded_at": found.get("ended_at") or found.get("typed_at") or found["created_at"],
        **found,
    }
    return WriteSet(present, (added(keys.EVENTS, entry, keys.EVENTS_LENGTH), *counted(entry)))


def _commands(request: Request) -> Iterator[Command]:
    name, listing = keys.request(request.request_id), keys.requests(request.agent)
    yield from replaced(name, request_fields(request))
    yield ("EXPIRE", name, str(KEEP_SECONDS))
    yield ("ZADD", listing, str(request.created_at), request.request_id)
    yield ("ZREMRANGEBYSCORE", listing, "-inf", str(request.created_at - KEEP_SECONDS))
    yield ("EXPIRE", listing, str(KEEP_SECONDS))


def _request(found: Mapping[str, str]) -> Request | None:
    with suppress(ValueError, KeyError, TypeError):
        times = {name: parse_iso(found[name]) for name in _TIMES if name in found}
        return request_from({"text": "", **found, **times})
    return None


def _digest(request: Request) -> str:
    return hashlib.sha256(f"{request.kind} {request.text}".encode()).hexdigest()[:16]


def request_fields(request: Request) -> dict[str, str]:
    """Flat text fields of a request; what does not apply is absent."""
    return {
        name: iso_ms(value) if name in _TIMES else str(value)
        for name, value in asdict(request).items()
        if value is not None and value != "" and value is not False
    }
