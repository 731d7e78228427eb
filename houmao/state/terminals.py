"""Registered terminals in Redis: copies for readers. Raises redis.RedisError.

The server that took a registration publishes it at once; the host that watches it replaces that
by what it knows, and removes only what it had published itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import cast

from redis import Redis

from houmao.clock import iso_ms, parse_iso
from houmao.errors import AmbiguousName
from houmao.ids import AT, split_reference
from houmao.state import keys
from houmao.state.codec import pairs
from houmao.state.write import Command, WriteSet, replaced
from houmao.terminals.registration import Registration, Terminal

_REGISTERED_AT = "registered_at"
#: The agent's own field names are taken by what was registered.
_WATCHED_AS, _HOST, _LOOKED_FOR = "watched_as", "host", "looked_for"


class TerminalStore:
    """Reads and writes the copies."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def find(self, reference: str, own_host: str) -> Terminal | None:
        """The terminal of that id: on the host that is named, else on the own one, else elsewhere.

        Raises AmbiguousName when it is on several other hosts.
        """
        terminal_id, host = split_reference(reference)
        found = self.get(host or own_host, terminal_id)
        if found is not None or host is not None:
            return found
        others = sorted(str(name) for name in self._redis.hkeys(keys.HOSTS))
        there = [it for it in (self.get(name, terminal_id) for name in others) if it]
        if len(there) > 1:
            hosts = tuple(f"{terminal_id}{AT}{it.host}" for it in there)
            raise AmbiguousName(reference, (terminal_id,) * len(there), hosts)
        return there[0] if there else None

    def get(self, host: str, terminal_id: str) -> Terminal | None:
        """A host's terminal as it was last published, None when it is unknown."""
        name = keys.terminal(host, terminal_id)
        found = cast(Mapping[str, str], self._redis.hgetall(name))
        return _terminal_from(found) if found else None

    def put(self, terminal: Terminal) -> None:
        """Publish one terminal."""
        name = keys.terminal(terminal.host, terminal.registration.terminal_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(name)
            pipe.hset(name, items=list(pairs(_fields(terminal))))
            pipe.execute()

    def drop(self, host: str, terminal_id: str) -> None:
        """Forget one terminal."""
        self._redis.delete(keys.terminal(host, terminal_id))


def terminals_writes(host: str, known: Iterable[str], terminals: Iterable[Terminal]) -> WriteSet:
    """All terminals of a host; of those it published before, by id, the rest goes."""
    found = {it.registration.terminal_id: it for it in terminals}
    members = keys.host_terminals(host)
    gone = [("DEL", keys.terminal(host, it)) for it in known if it not in found]
    steps: list[Command] = [*gone, ("DEL", members)]
    for terminal_id, terminal in found.items():
        steps.append(("SADD", members, terminal_id))
        steps += replaced(keys.terminal(host, terminal_id), _fields(terminal))
    return WriteSet(steps=tuple(steps))


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
