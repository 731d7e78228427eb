"""Whose a host's id is, what is held of a host, and that forgetting takes all of it away."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakeredis import FakeRedis

from houmao import config
from houmao.clock import iso_ms
from houmao.errors import Conflict, NotFound, Unavailable
from houmao.jobs import LAUNCHING, TURN, WATCH, Jobs
from houmao.state import keys
from houmao.state.host_key import HostKey, HostTaken, own_key
from houmao.state.hosts import FORGOTTEN_AFTER, HostStore
from houmao.state.read import StateReader
from houmao.state.turns import TurnStore
from houmao.state.values import HostStatus
from houmao.state.write import carry_out, heartbeat_writes, index_writes
from tests.values import IDENTITY

NOW = 1_774_602_000.0


@pytest.fixture
def redis() -> Iterator[FakeRedis]:
    with FakeRedis(decode_responses=True) as found:
        yield found


def tell(redis: FakeRedis, host: str, at: float = NOW) -> None:
    """A host with one agent that was looked at at that time."""
    agent = replace(IDENTITY, host=host, agent_name=f"name-{host}")
    carry_out(redis, index_writes(host, {}, [agent], {}, NOW).commands)
    status = HostStatus(host, 1, 1, at, 1, NOW)
    carry_out(redis, heartbeat_writes(status).commands)


def test_an_id_belongs_to_the_first_machine(redis: FakeRedis, tmp_path: Path) -> None:
    """Its key is on its disk; a second machine is told whose the id is and what to do."""
    settings = config.load({"HOUMAO_HOST_ID": "south", "HOME": str(tmp_path)})
    first = own_key(settings)
    first.claim(redis)
    own_key(settings).claim(redis)
    with pytest.raises(HostTaken, match=r"belongs to .*; give this machine.*hosts forget south"):
        HostKey("south", "another", "elsewhere").claim(redis)
    assert oct((settings.runtime_root / "hosts" / "south.key").stat().st_mode)[-3:] == "600"
    redis.flushall()
    HostKey("south", "another", "elsewhere").claim(redis)
    with pytest.raises(HostTaken, match="belongs to elsewhere"):
        first.claim(redis)


def test_forgetting_takes_everything(redis: FakeRedis) -> None:
    """Of that host; the other one keeps all it has."""
    tell(redis, "north")
    kept = set(redis.keys())
    tell(redis, "south", NOW - 60)
    HostKey("south", "s", "a machine").claim(redis)
    found = HostStore(redis).forget("south", NOW)
    assert (found.agents, found.machine) == (("name-south",), "a machine")
    assert set(redis.keys()) == {*kept, keys.FORGOTTEN_HOSTS}
    assert redis.ttl(keys.FORGOTTEN_HOSTS) > 0
    assert [it.host for it in HostStore(redis).all()] == ["north"]
    with pytest.raises(NotFound, match="no host is called 'south'"):
        HostStore(redis).holdings("south")


def test_a_living_host_is_not_forgotten(redis: FakeRedis) -> None:
    """One that beats, or that owns its panes."""
    tell(redis, "north")
    with pytest.raises(Conflict, match="stop its server first"):
        HostStore(redis).forget("north", NOW)
    redis.set(keys.lease("north"), "m:1:0 1")
    with pytest.raises(Conflict):
        HostStore(redis).forget("north", NOW + 60)


def test_the_long_dead_go_by_themselves(redis: FakeRedis) -> None:
    """After a month; a younger silence is kept, since its reason is worth knowing."""
    tell(redis, "north", NOW - FORGOTTEN_AFTER - 1)
    tell(redis, "south", NOW - FORGOTTEN_AFTER + 1)
    assert HostStore(redis).forget_the_long_dead(NOW) == ["north"]
    assert redis.hkeys(keys.HOSTS) == ["south"]
    assert iso_ms(NOW - FORGOTTEN_AFTER + 1) == redis.hget(keys.HOSTS, "south")


def test_a_host_that_is_cut_off_is_asked_for_nothing(redis: FakeRedis) -> None:
    """Headless turns go on as long as their process is heard of; a launch waits all the same."""
    tell(redis, "south", NOW - 60)
    reader = StateReader(redis, lambda: NOW)
    jobs = Jobs(redis, reader.check_heard)
    for process in (WATCH, TURN):
        with pytest.raises(Unavailable, match="host south was not heard of since"):
            reader.check_heard("south", process)
    refused = jobs.begin_turns({"turn-1": "south"}, 5.0)["turn-1"]
    assert (refused["status"], "not heard of" in refused["failed"]) == ("503", True)
    with pytest.raises(Unavailable, match="not heard of"):
        jobs.interrupt_turn("south", "tracked", 5.0)
    TurnStore(redis).host_lives("south", iso_ms(NOW))
    reader.check_heard("south", TURN)
    reader.check_heard("south", LAUNCHING)
    with pytest.raises(Unavailable):
        reader.check_heard("south", WATCH)
