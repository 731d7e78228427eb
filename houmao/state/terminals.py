"""Registered terminals in Redis: copies for readers. Raises redis.RedisError.

The server that took a registration publishes it at once; the host that watches it replaces that
by what it knows, and removes only what it had published itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import cast

from redis import Redis

from houmao.clock import iso_ms, parse_iso
from houmao.state import keys
from houmao.state.codec import pairs
from houmao.terminals.registration import Registration, Terminal

_REGISTERED_AT = "registered_at"
#: The agent's own field names are taken by what was registered.
_WATCHED_AS, _HOST, _LOOKED_FOR = "watched_as", "host", "looked_for"


class TerminalStore:
    """Reads and writes the copies."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def get(self, terminal_id: str) -> Terminal | None:
        """A terminal as it was last published, None when it is unknown."""
        found = cast(Mapping[str, str], self._redis.hgetall(keys.terminal(terminal_id)))
        return _terminal_from(found) if found else None

    def put(self, terminal: Terminal) -> None:
        """Publish one terminal."""
        name = keys.terminal(terminal.registration.terminal_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(name)
            pipe.hset(name, items=list(pairs(_fields(terminal))))
            pipe.execute()

    def drop(self, terminal_id: str) -> None:
        """Forget one terminal."""
        self._redis.delete(keys.terminal(terminal_id))

    def replace(self, host: str, terminals: Iterable[Terminal]) -> None:
        """Publish all terminals of a host, and forget those it published before."""
        known = {it.registration.terminal_id: it for it in terminals}
        members = keys.host_terminals(host)
        gone = {str(it) for it in self._redis.smembers(members)} - known.keys()
        with self._redis.pipeline(transaction=True) as pipe:
            for terminal_id in gone:
                pipe.delete(keys.terminal(terminal_id))
            pipe.delete(members)
            for terminal_id, terminal in known.items():
                pipe.sadd(members, terminal_id)
                pipe.delete(keys.terminal(terminal_id))
                pipe.hset(keys.terminal(terminal_id), items=list(pairs(_fields(terminal))))
            pipe.execute()


def _fields(terminal: Terminal) -> dict[str, str]:
    registration = asdict(terminal.registration)
    registration[_REGISTERED_AT] = iso_ms(terminal.registration.registered_at)
    known = {
        **registration,
        _HOST: terminal.host,
        _WATCHED_AS: terminal.agent_id,
        _LOOKED_FOR: "yes" if terminal.looked_for else None,
    }
    return {name: str(value) for name, value in known.items() if value is not None}


def _terminal_from(found: Mapping[str, str]) -> Terminal:
    names = {field.name for field in fields(Registration)} - {_REGISTERED_AT}
    given = {name: value for name, value in found.items() if name in names}
    registration = Registration(registered_at=parse_iso(found[_REGISTERED_AT]), **given)
    return Terminal(
        registration, found[_HOST], found.get(_WATCHED_AS), found.get(_LOOKED_FOR) == "yes"
    )
