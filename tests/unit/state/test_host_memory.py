"""Which hosts are remembered, for how long, and who wins: Redis, a person, or the memory."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakeredis import FakeRedis

from houmao.clock import iso_ms
from houmao.errors import HostLost, NotFound, Unavailable
from houmao.state import keys
from houmao.state.host_memory import (
    MOST_AGENTS,
    REMEMBERED_SECONDS,
    HostMemory,
    RememberedHosts,
    lost,
    renewed,
)
from houmao.state.hosts import HostStore
from houmao.state.read import StateReader
from houmao.state.values import HostStatus
from houmao.state.write import carry_out, heartbeat_writes, index_writes
from tests.values import IDENTITY

NOW = 1_774_602_000.0
SOUTH = RememberedHosts({"south": iso_ms(NOW)}, {"one@south": "name-one"})
NORTH = RememberedHosts({"north": iso_ms(NOW)}, {"two@north": "name-two"})
NOBODY = RememberedHosts()


def test_what_redis_tells_of_others_is_remembered() -> None:
    """Of the own host nothing; of a host that is told again, what is told now."""
    assert renewed(NOBODY, SOUTH, {}, "south", NOW) == NOBODY
    assert renewed(NOBODY, SOUTH, {}, "north", NOW) == SOUTH
    odd = RememberedHosts({"so\r\nuth": iso_ms(NOW)}, {"one@so\r\nuth": "name-one"})
    assert renewed(NOBODY, odd, {}, "north", NOW) == NOBODY
    later = RememberedHosts({"south": iso_ms(NOW + 60)}, {"three@south": "name-three"})
    assert renewed(SOUTH, later, {}, "north", NOW + 60) == later


def test_a_host_that_redis_has_lost_stays_in_memory() -> None:
    """For a day, unless somebody had it forgotten after it was heard of."""
    assert renewed(SOUTH, NORTH, {}, "north", NOW + 60) == SOUTH
    both = renewed(SOUTH, NORTH, {}, "west", NOW + 60)
    assert both.heard.keys() == {"south", "north"}
    assert both.agents.keys() == {"one@south", "two@north"}
    assert lost(both, ["north"], {}, NOW + 60) == SOUTH
    assert lost(both, ["north", "south"], {}, NOW + 60) == NOBODY
    assert lost(SOUTH, (), {}, NOW + REMEMBERED_SECONDS) == SOUTH
    assert lost(SOUTH, (), {}, NOW + REMEMBERED_SECONDS + 1) == NOBODY
    assert lost(SOUTH, (), {"south": iso_ms(NOW + 1)}, NOW + 2) == NOBODY
    assert renewed(SOUTH, NORTH, {"south": iso_ms(NOW + 1)}, "north", NOW + 2) == NOBODY
    # It came back after that, and was lost once more.
    assert lost(SOUTH, (), {"south": iso_ms(NOW - 1)}, NOW + 2) == SOUTH


def test_the_memory_is_bounded() -> None:
    """What only it knows comes first."""
    crowd = {f"{number}@north": "many" for number in range(MOST_AGENTS)}
    found = renewed(SOUTH, replace(NORTH, agents=crowd), {}, "west", NOW)
    assert len(found.agents) == MOST_AGENTS
    assert "one@south" in found.agents


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '[{"a": 1}]', "[[], []]", '{"a": 1, "b": 2}'])
def test_a_memory_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    """And no file either; the next look writes it anew."""
    path = tmp_path / "here.others"
    assert HostMemory(path).read() == NOBODY
    path.write_text(text)
    assert HostMemory(path).read() == NOBODY


def test_a_time_that_nobody_can_read_is_long_ago() -> None:
    spoilt = replace(SOUTH, heard={"south": "yesterday"})
    assert lost(spoilt, (), {}, NOW) == NOBODY


@pytest.fixture
def redis() -> Iterator[FakeRedis]:
    with FakeRedis(decode_responses=True) as found:
        yield found


def tell(redis: FakeRedis, host: str) -> None:
    """A host with an agent of one id on all of them."""
    agent = replace(IDENTITY, agent_id="twin", host=host, agent_name="name-twin")
    carry_out(redis, index_writes(host, {}, [agent], {}, NOW).commands)
    carry_out(redis, heartbeat_writes(HostStatus(host, 1, 1, NOW, 1, NOW)).commands)


def test_an_agent_of_a_lost_host_is_away_and_not_unknown(redis: FakeRedis, tmp_path: Path) -> None:
    """By id, name or `@host`; one of that name on a living host is meant before it."""
    memory = HostMemory(tmp_path / "north.others")
    for host in ("north", "south"):
        tell(redis, host)
    memory.renew(redis, "north", NOW)
    assert json.loads(memory.path.read_text())[1] == {"twin@south": "name-twin"}
    redis.flushall()
    # No host has told anything yet: as little as this reader knows of its own.
    reader = StateReader(redis, lambda: NOW + 60, memory=memory.read)
    redis.hset(keys.HOSTS, "north", iso_ms(NOW + 60))
    store = HostStore(redis, reader.lost_hosts)
    for reference in ("twin", "name-twin", "twin@south", "name-twin@south"):
        with pytest.raises(HostLost, match="south was not heard of since 2026") as away:
            reader.resolve(reference)
        assert (away.value.http_status, dict(away.value.headers())) == (503, {"Retry-After": "1"})
    with pytest.raises(Unavailable, match="host south was not heard of since"):
        reader.check_watched("south")
    for reference in ("other", "twin@west"):
        with pytest.raises(NotFound, match="no live agent answers to"):
            reader.resolve(reference)
    assert not_listed(reader) == ("south",)
    assert [(it.host, it.lost) for it in store.all()] == [("north", False), ("south", True)]
    tell(redis, "north")
    assert reader.resolve("twin").host == "north"
    assert store.forget("south", NOW + 60).agents == ("name-twin",)
    with pytest.raises(NotFound, match="no live agent answers to"):
        reader.resolve("twin@south")
    assert not_listed(reader) == ()
    memory.renew(redis, "north", NOW + 60)
    assert memory.read() == NOBODY


def not_listed(reader: StateReader) -> tuple[str, ...]:
    """The hosts that a list of all agents lacks."""
    reader.identities()
    return tuple(sorted(reader.lost_hosts().heard))
