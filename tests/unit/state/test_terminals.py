"""Registered terminals in Redis: two publishers, one of which removes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fakeredis import FakeRedis

from houmao.state.terminals import TerminalStore, terminals_writes
from houmao.state.write import carry_out
from houmao.terminals.registration import Registration, Terminal

WORK = Terminal(Registration("work", "0a1b2c3d", "claude", 1774602322.5, agent_name="gpu"), "h1")
FOUND = replace(WORK, agent_id="alpha", looked_for=True)


class Published(TerminalStore):
    """The store, and hosts that publish what they have found."""

    def __init__(self, redis: FakeRedis) -> None:
        super().__init__(redis)
        self._server = redis
        self._known: dict[str, set[str]] = {}

    def replace(self, host: str, found: list[Terminal]) -> None:
        write_set = terminals_writes(host, self._known.get(host, set()), found)
        carry_out(self._server, write_set.commands)
        self._known[host] = {it.registration.terminal_id for it in found}


@pytest.fixture
def store() -> Iterator[Published]:
    with FakeRedis(decode_responses=True) as redis:
        yield Published(redis)


@pytest.mark.parametrize("terminal", [WORK, FOUND])
def test_a_terminal_comes_back(store: Published, terminal: Terminal) -> None:
    store.put(terminal)
    assert store.get("h1", "0a1b2c3d") == terminal
    assert store.get("h1", "ffffffff") is None


def test_the_host_replaces_what_the_server_published(store: Published) -> None:
    """Once it has looked for the terminal it knows more."""
    store.put(WORK)
    store.replace("h1", [FOUND])
    assert store.get("h1", "0a1b2c3d") == FOUND
    store.replace("h1", [replace(FOUND, agent_id=None)])
    assert store.get("h1", "0a1b2c3d") == replace(FOUND, agent_id=None)


def test_a_host_removes_only_what_it_published(store: Published) -> None:
    """It may not have read yet what was just registered."""
    store.replace("h1", [FOUND])
    new = replace(WORK, registration=replace(WORK.registration, terminal_id="ffffffff"))
    store.put(new)
    store.replace("h1", [])
    assert store.get("h1", "0a1b2c3d") is None
    assert store.get("h1", "ffffffff") == new


def test_hosts_are_apart(store: Published) -> None:
    store.replace("h1", [FOUND])
    store.replace("h2", [])
    assert store.get("h1", "0a1b2c3d") == FOUND
    store.drop("h1", "0a1b2c3d")
    assert store.get("h1", "0a1b2c3d") is None
