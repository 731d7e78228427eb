"""Launches in Redis: the way in to the host, and what became of them. Raises RedisError."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import cast

from redis import Redis
from redis.typing import EncodableT

from houmao.clock import iso_ms, parse_iso
from houmao.requests.launch_ticket import LaunchTicket, ticket_from
from houmao.state import keys
from houmao.state.codec import pairs

#: Seconds for which a launch can be read.
KEEP_SECONDS = 7 * 86_400

_TIMES = ("created_at", "deadline_at", "born_at", "ended_at")


class LaunchStore:
    """Reads and writes launches, and tells each step in the fleet's stream."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def put(self, ticket: LaunchTicket) -> None:
        """Publish a launch as it is now, and that it is so."""
        found = ticket_fields(ticket)
        name = keys.launch(ticket.launch_id)
        moment = found.get("ended_at") or found["created_at"]
        entry: dict[EncodableT, EncodableT] = {
            "summary": f"launch_{ticket.state.value}",
            "recorded_at": moment,
        }
        entry.update(found.items())
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(name)
            pipe.hset(name, items=list(pairs(found)))
            pipe.expire(name, KEEP_SECONDS)
            listing = keys.launches(ticket.host)
            pipe.zadd(listing, {ticket.launch_id: ticket.created_at})
            pipe.zremrangebyscore(listing, "-inf", ticket.created_at - KEEP_SECONDS)
            pipe.xadd(keys.EVENTS, entry, maxlen=keys.EVENTS_LENGTH, approximate=True)
            pipe.execute()

    def get(self, launch_id: str) -> LaunchTicket | None:
        """A launch as it was last published, None when it is unknown or cannot be read."""
        found = cast(Mapping[str, str], self._redis.hgetall(keys.launch(launch_id)))
        with suppress(ValueError, KeyError, TypeError):
            times = {name: parse_iso(found[name]) for name in _TIMES if name in found}
            return ticket_from({**found, **times})
        return None

    def of_host(self, host: str) -> list[LaunchTicket]:
        """The host's launches, newest first."""
        ids = self._redis.zrevrange(keys.launches(host), 0, -1)
        return [ticket for ticket in map(self.get, map(str, ids)) if ticket]


def ticket_fields(ticket: LaunchTicket) -> dict[str, str]:
    """Flat text fields of a launch; what does not apply is absent."""
    return {
        name: iso_ms(value) if name in _TIMES else str(value)
        for name, value in asdict(ticket).items()
        if value is not None and value != ""
    }
