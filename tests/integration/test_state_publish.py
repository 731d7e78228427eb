"""What a watch process writes, and that it writes nothing once the host is another's."""

from dataclasses import dataclass, field, replace

import pytest
from redis import Redis

from houmao.errors import AmbiguousName, NotFound, Unavailable
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.codec import public_fields, state_fields
from houmao.state.present import HEARTBEAT_GRACE
from houmao.state.read import StateReader
from houmao.state.redis_clock import RedisClock
from houmao.state.upgrade import bring_up_to_date
from houmao.state.values import AgentIdentity, HostStatus
from houmao.state.write import (
    HISTORY_LENGTH,
    AgentUpdate,
    Lease,
    LeaseLost,
    Publisher,
    WriteSet,
    agent_writes,
    frame_added,
    frames_dropped,
    heartbeat_writes,
    index_writes,
)
from houmao.track.state import LastTurn, LastTurnResult, LastTurnSource, TurnPhase
from tests.unit.state.test_codec import STATE
from tests.values import IDENTITY

#: Wall time of every heartbeat here.
NOW = 1_774_602_000.0
A1 = AgentKey("here", "a1")
STATUS = HostStatus("here", 1, 1, NOW, 1, NOW)


@dataclass
class Writer:
    """Writes write sets one at a time, and remembers what it has listed."""

    host: str
    lease: Lease
    to: Publisher
    listed: dict[str, str] = field(default_factory=dict)
    number: int = 0

    def write(self, *write_sets: WriteSet) -> None:
        numbers = range(self.number + 1, self.number + len(write_sets) + 1)
        self.number += len(write_sets)
        self.to.write(list(zip(numbers, write_sets, strict=True)))

    def publish(self, changes: list[AgentUpdate]) -> None:
        self.write(*(agent_writes(self.host, it) for it in changes))

    def index(self, agents: list[AgentIdentity], skipped: dict[str, str]) -> None:
        self.write(index_writes(self.host, self.listed, agents, skipped, NOW))
        self.listed = {it.agent_id: it.agent_name for it in agents}

    def heartbeat(self, status: HostStatus) -> None:
        self.write(heartbeat_writes(status))


def publisher(redis: Redis, host: str = "here", owner: str = "m:1:0") -> tuple[Writer, Lease]:
    lease = Lease(redis, host, owner)
    assert lease.acquire()
    return Writer(host, lease, Publisher(redis, host, lease, RedisClock())), lease


def change(
    agent_id: str = "a1", phase: TurnPhase = TurnPhase.READY, screen: str = "x"
) -> AgentUpdate:
    last = LastTurn(LastTurnResult.SUCCESS, LastTurnSource.SURFACE_INFERENCE)
    state = replace(STATE, tracked=replace(STATE.tracked, phase=phase, last_turn=last))
    fields = state_fields(IDENTITY, state)
    entry = {
        "agent_id": agent_id,
        "agent_name": f"name-{agent_id}",
        "recorded_at": "2026-03-27T09:00:00.000+00:00",
        "summary": "test",
        "changed_fields": "turn_phase",
        **public_fields(fields),
    }
    return AgentUpdate(
        agent_id,
        fields,
        {"observed_at": "2026-03-27T09:00:00.000+00:00", "pane_id": screen},
        entry,
        entry,
    )


def agent(agent_id: str = "a1", name: str = "", host: str = "here") -> AgentIdentity:
    return replace(IDENTITY, agent_id=agent_id, agent_name=name or f"name-{agent_id}", host=host)


def test_a_change_is_state_screen_history_and_event(redis: Redis) -> None:
    """All of it, in one step, readable as it was written."""
    writer, _ = publisher(redis)
    writer.index([agent()], {})
    writer.heartbeat(STATUS)
    writer.publish([change(phase=TurnPhase.ACTIVE), change()])
    reader = StateReader(redis)
    seen = reader.observe("a1", NOW)
    assert seen.state is not None
    assert (seen.state.tracked.phase, seen.seen_at) == ("ready", NOW)
    assert [it.fields["turn_phase"] for it in reader.history("a1", 9).entries] == [
        "ready",
        "active",
    ]
    told = [it for it in reader.events("0-0", 1, 99) if it.fields["summary"] == "test"]
    assert [it.fields["turn_phase"] for it in told] == ["active", "ready"]
    assert redis.hget(keys.screen(A1), "pane_id") == "x"


def test_a_field_that_no_longer_applies_is_gone(redis: Redis) -> None:
    """The hash is replaced, not added to; an empty part leaves its key alone."""
    writer, _ = publisher(redis)
    first = change()
    writer.publish([replace(first, state={**first.state, "blocked_on": "approval"})])
    writer.publish([replace(change(screen="y"), transition={}, event={})])
    assert "blocked_on" not in redis.hkeys(keys.state(A1))
    writer.publish([replace(change(), screen={})])
    assert redis.hget(keys.screen(A1), "pane_id") == "y"
    assert redis.xlen(keys.transitions(A1)) == 2


def test_history_is_bounded(redis: Redis) -> None:
    """However long an agent works."""
    writer, _ = publisher(redis)
    writer.publish([change() for _ in range(HISTORY_LENGTH * 5)])
    # Redis trims whole nodes of a hundred entries at a time.
    assert HISTORY_LENGTH <= redis.xlen(keys.transitions(A1)) <= HISTORY_LENGTH + 100


@pytest.mark.parametrize("what", ["publish", "index", "heartbeat", "drop_frames", "add_frame"])
def test_a_former_owner_writes_nothing(redis: Redis, what: str) -> None:
    """Whatever it does after the host was taken over is refused, and changes nothing."""
    writer, _ = publisher(redis)
    other = Lease(redis, "here", "m:2:0")
    assert other.acquire(dead_owner="m:1:0")
    before = {str(name): redis.type(name) for name in redis.scan_iter()}
    actions = {
        "publish": lambda: writer.publish([change()]),
        "index": lambda: writer.index([agent()], {}),
        "heartbeat": lambda: writer.heartbeat(STATUS),
        "drop_frames": lambda: writer.write(frames_dropped(A1)),
        "add_frame": lambda: writer.write(frame_added(A1, {"x": "y"})),
    }
    with pytest.raises(LeaseLost):
        actions[what]()
    assert {str(name): redis.type(name) for name in redis.scan_iter()} == before


def test_what_is_sent_twice_is_written_once(redis: Redis) -> None:
    """An answer that got lost is no reason to tell a change again."""
    writer, _ = publisher(redis)
    batch = [(7, agent_writes("here", change())), (8, agent_writes("here", change()))]
    writer.to.write(batch[:1])
    writer.to.write(batch)
    writer.to.write(batch)
    assert redis.xlen(keys.transitions(A1)) == 2


def test_a_redis_that_forgot_a_publication(redis: Redis) -> None:
    """As a failover may do: its writer is told, so that it tells everything again."""
    writer, _ = publisher(redis)
    writer.publish([change(), change()])
    redis.set(keys.published("here"), "m:1:0 1")
    with pytest.raises(LeaseLost):
        writer.publish([change()])


@pytest.mark.parametrize("spoilt", ["something else", "9" * 30, "-1"])
def test_a_count_that_was_spoilt_keeps_nothing_back(redis: Redis, spoilt: str) -> None:
    """It begins anew, and all else of the same write is told."""
    writer, _ = publisher(redis)
    redis.hset(keys.TOTALS, "turns", spoilt)
    steps = (("HINCRBY", keys.TOTALS, "turns", "1"), ("HINCRBY", keys.TOTALS, "looks", "2"))
    writer.to.write([(1, WriteSet(steps=steps))])
    assert redis.hgetall(keys.TOTALS) == {"turns": "0" if spoilt == "-1" else "1", "looks": "2"}


def test_a_redis_that_forgot_its_scripts(redis: Redis) -> None:
    """It is told them again, and nothing is lost."""
    writer, _ = publisher(redis)
    redis.script_flush()
    writer.publish([change()])
    assert redis.xlen(keys.transitions(A1)) == 1
    writer.index([agent()], {})
    writer.heartbeat(STATUS)
    redis.script_flush()
    assert StateReader(redis).observe("a1", NOW).state is not None


def test_agents_that_went_leave_nothing(redis: Redis) -> None:
    """Their keys go with them, their going is an event, and other hosts' agents stay."""
    writer, _ = publisher(redis)
    there, _ = publisher(redis, "there")
    writer.index([agent("a1"), agent("a2")], {"a3": "its lease expired"})
    there.index([agent("b1", host="there")], {"b2": "no"})
    writer.publish([change("a1"), change("a2")])
    writer.index([agent("a2")], {"a1": "its session ended"})
    assert set(redis.hkeys(keys.AGENTS)) == {"a2@here", "b1@there"}
    assert [name for name in redis.scan_iter() if ":a1@" in str(name)] == []
    reader = StateReader(redis)
    assert reader.skipped() == {}, "no host has reported yet"
    for each, host in ((writer, "here"), (there, "there")):
        each.heartbeat(replace(STATUS, host=host))
    assert reader.skipped() == {"a1": "its session ended", "b2": "no"}
    gone = [it for it in reader.events("0-0", 1, 99) if it.fields["summary"] == "agent_gone"]
    assert [(it.agent_id, it.fields["reason"]) for it in gone] == [("a1", "its session ended")]


def test_the_present_is_withheld_when_nobody_looks(redis: Redis) -> None:
    """Until the grace is over a state holds; then only the last turn does, with the reason."""
    writer, _ = publisher(redis)
    writer.index([agent()], {})
    writer.publish([change()])
    writer.heartbeat(STATUS)
    reader = StateReader(redis)
    fresh = reader.observe("a1", NOW + HEARTBEAT_GRACE).state
    stale = reader.observe("a1", NOW + HEARTBEAT_GRACE + 0.1)
    assert fresh is not None
    assert fresh.availability == "available"
    assert stale.state is not None
    assert (stale.state.availability, stale.state.tracked.phase) == ("unavailable", "unknown")
    assert stale.state.tracked.last_turn.result == "success"
    assert stale.seen_at == NOW
    assert reader.observe_all(NOW + 60)[0].state == reader.observe("a1", NOW + 60).state
    assert reader.detail("a1", NOW + 60).surface is None


def test_one_strange_state_hides_no_other(redis: Redis) -> None:
    """Written by another version, or by hand: that agent's is unknown and why, others are told."""
    writer, _ = publisher(redis)
    writer.index([agent("a1"), agent("a2")], {})
    writer.publish([change("a1"), change("a2")])
    writer.heartbeat(STATUS)
    redis.hset(keys.state(A1), "turn_phase", "dreaming")
    reader = StateReader(redis)
    seen = {it.identity.agent_id: it.state for it in reader.observe_all(NOW)}
    strange, plain = seen["a1"], seen["a2"]
    assert strange is not None
    assert (strange.availability, strange.tracked.phase) == ("unavailable", "unknown")
    assert strange.diagnostics.probe_error is not None
    assert strange.diagnostics.probe_error.kind == "state_unreadable"
    assert "host here tells its state in words" in strange.diagnostics.probe_error.message
    assert plain is not None
    assert plain.availability == "available"
    redis.hset(keys.agent(A1), "gateway_port", "harbour")
    redis.hset(keys.host("here"), "pid", "many")
    assert [it.agent_id for it in reader.identities()] == ["a2"]
    assert reader.hosts() == []


def test_references(redis: Redis) -> None:
    """By id, by name with or without its prefix; an ambiguous name tells the ids."""
    writer, _ = publisher(redis)
    reader = StateReader(redis)
    with pytest.raises(Unavailable, match="no host has reported"):
        reader.resolve("x")
    agents = [agent("a1", "HOUMAO-gpu"), agent("a2", "twin"), agent("a3", "twin")]
    writer.index(agents, {})
    writer.heartbeat(STATUS)
    for reference in ("a1", "gpu", "HOUMAO-gpu", "AGENTSYS-gpu"):
        assert reader.resolve(reference).agent_id == "a1"
    with pytest.raises(AmbiguousName) as caught:
        reader.resolve("twin")
    assert caught.value.agent_ids == ("a2", "a3")
    assert "use one of a2, a3" in caught.value.message
    for reference in ("gpu2", "", "*", "houmao:agents", "a1:state", "../a1"):
        with pytest.raises(NotFound):
            reader.resolve(reference)


def test_twins_of_two_hosts(redis: Redis) -> None:
    """One id and one name on two hosts: two agents, two states, told apart by their hosts."""
    north, _ = publisher(redis, "north")
    south, _ = publisher(redis, "south")
    for writer, host, phase in ((north, "north", TurnPhase.ACTIVE), (south, "south", "ready")):
        writer.index([agent("t1", "twin", host)], {})
        writer.publish([change("t1", TurnPhase(phase))])
        writer.heartbeat(replace(STATUS, host=host))
    reader = StateReader(redis, lambda: NOW)
    seen = {str(it.identity.key): it.state for it in reader.observe_all(NOW)}
    phases = {key: it.tracked.phase.value for key, it in seen.items() if it}
    assert phases == {"t1@north": "active", "t1@south": "ready"}
    for reference in ("twin", "t1"):
        with pytest.raises(AmbiguousName, match="use one of twin@north, twin@south") as caught:
            reader.resolve(reference)
        assert caught.value.agent_ids == ("t1", "t1")
    for reference in ("twin@south", "t1@south", "HOUMAO-twin@south"):
        assert reader.observe(reference, NOW).identity.host == "south"
    with pytest.raises(NotFound):
        reader.resolve("twin@west")
    north.index([], {})
    assert reader.resolve("twin").host == "south"
    assert reader.observe("twin", NOW).state is not None


def test_a_watched_agent_wins_over_one_that_nobody_sees(redis: Redis) -> None:
    """A host that went away leaves its agents listed; they are in nobody's way."""
    for host, heard in (("north", NOW - 60), ("south", NOW)):
        writer, _ = publisher(redis, host)
        writer.index([agent("t1", "twin", host)], {})
        writer.heartbeat(replace(STATUS, host=host, heartbeat_at=heard))
    assert StateReader(redis, lambda: NOW).resolve("twin").host == "south"
    with pytest.raises(AmbiguousName):
        StateReader(redis, lambda: NOW + 60).resolve("twin")


def test_keys_of_before_agents_had_a_host(redis: Redis) -> None:
    """The first owner of the host gives them their present names; another host's it leaves."""
    for host, agent_id in (("here", "a1"), ("there", "b1")):
        redis.hset(keys.HOSTS, host, "2026-03-27T09:00:00.000+00:00")
        redis.sadd(keys.host_agents(host), agent_id)
        redis.hset(keys.AGENTS, agent_id, f"name-{agent_id}")
        redis.hset(f"houmao:agent:{agent_id}:state", "turn_phase", "ready")
        redis.set(f"houmao:agent:{agent_id}:idempotency:k:1", "mreq-1 0")
    redis.sadd(keys.host_terminals("here"), "0a1b2c3d")
    redis.hset("houmao:terminal:0a1b2c3d", "session_name", "work")
    assert bring_up_to_date(redis, "here") == 3
    assert bring_up_to_date(redis, "here") == 0
    assert redis.hgetall(keys.AGENTS) == {"a1@here": "name-a1", "b1": "name-b1"}
    assert redis.hget(keys.state(A1), "turn_phase") == "ready"
    assert redis.get(keys.idempotency(A1, "k:1")) == "mreq-1 0"
    assert redis.hget(keys.terminal("here", "0a1b2c3d"), "session_name") == "work"
    assert redis.exists("houmao:agent:b1:state")
