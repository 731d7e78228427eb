"""What is kept while it cannot be told: in order, within bounds, and with the gap told."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import cast

import pytest

from houmao.state import keys
from houmao.state.requests import RequestStore
from houmao.state.write import AgentUpdate
from tests.values import IDENTITY
from workers.loop import Clocks
from workers.watch import backlog
from workers.watch import outbox as module
from workers.watch.outbox import Outbox, ToldBefore

A1 = IDENTITY.key


class Time:
    at = 100.0

    def now(self) -> float:
        return self.at


def outbox(time: Time, *, holds_machine: bool = True) -> Outbox:
    """One whose host is ours and that Redis has just confirmed."""
    store = cast(RequestStore, None)
    found = Outbox(A1.host, store, Clocks(time.now, time.now), lambda: holds_machine)
    assert found.begin(1, ToldBefore())
    found.confirm(time.at)
    assert found.come_online()
    found.index([IDENTITY], {}, [])
    found.batch()
    found.arrived()
    return found


def update(phase: str, news: bool = True) -> AgentUpdate:
    entry = {"turn_phase": phase} if news else {}
    return AgentUpdate(A1.agent_id, {"turn_phase": phase}, {"screen": phase}, entry, entry)


def told(found: Outbox) -> list[tuple[str, ...]]:
    """The commands of the next batch, as Redis would carry them out."""
    return [command for _, it in found.batch() for command in it.commands]


def test_history_is_kept_and_only_the_latest_present() -> None:
    """Three changes in an outage: three entries, one state, one screen."""
    found = outbox(Time())
    found.lose_touch()
    found.publish([update("active"), update("ready"), update("active")])
    commands = told(found)
    state = [it[:4] for it in commands if it[1] == keys.state(A1)]
    assert state == [
        ("DEL", keys.state(A1)),
        ("HSET", keys.state(A1), "turn_phase", "active"),
    ]
    entries = [it[-1] for it in commands if it[:2] == ("XADD", keys.transitions(A1))]
    assert entries == ["active", "ready", "active"]


def test_a_batch_stays_the_same_until_it_arrived() -> None:
    """Its numbers too, so that Redis knows what it has carried out."""
    found = outbox(Time())
    found.publish([update("active")])
    first = found.batch()
    found.publish([update("ready")])
    assert found.batch() == first
    found.arrived()
    assert [number for number, _ in found.batch()] == [first[-1][0] + 1]


def test_what_was_put_in_is_told_whatever_comes_behind_it() -> None:
    """One that waits for its own news is not kept by those of others."""
    found = outbox(Time())
    found.publish([update("active")])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(found.await_told, 10.0)
        assert not wait([waiting], 0.05).done
        found.batch()
        found.publish([update("ready")])
        found.arrived()
        waiting.result(1.0)
        assert not found.empty
        assert not wait([pool.submit(found.await_told, 0.05)], 0.0).done


def test_the_first_look_of_a_new_owner_takes_no_verdict_back() -> None:
    """The loop may see an agent after the host became ours and before it hears of that."""
    before = {"turn_phase": "ready", "last_turn_result": "success"}
    generation = {A1.agent_id: IDENTITY.generation_id}
    found = Outbox(A1.host, cast(RequestStore, None), Clocks(Time().now, Time().now))
    found.begin(2, ToldBefore(generations=generation, states={A1.agent_id: before}))
    found.index([IDENTITY], {}, [])
    found.publish([update("unknown")])
    assert found.come_online()
    assert found.told(IDENTITY) == before
    assert found.empty


def test_too_much_is_told_as_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest changes go, how many is said before the rest, and the present is told anew."""
    monkeypatch.setattr(backlog, "KEPT", 10)
    monkeypatch.setattr(backlog, "BATCH", 4)
    time = Time()
    found = outbox(time)
    found.lose_touch()
    for number in range(11):
        time.at += 1
        found.publish([update(f"p{number}")])
    commands = told(found)
    gap = dict(zip(commands[0][6::2], commands[0][7::2], strict=True))
    assert (gap["summary"], gap["lost"], gap["agent_id"]) == ("gap", "5", A1.agent_id)
    assert [it[-1] for it in commands if it[0] == "XADD"][2] == "p5"
    found.arrived()
    found.confirm(time.at)
    assert found.come_online()


def test_who_may_type() -> None:
    """The owner, as long as its lease holds; in an outage only who holds the machine."""
    for holds_machine in (True, False):
        time = Time()
        found = outbox(time, holds_machine=holds_machine)
        assert found.owns_panes()
        time.at += module.CONFIRMED_SECONDS
        assert not found.owns_panes(), "nobody has asked Redis for long"
        found.lose_touch()
        assert found.owns_panes() == holds_machine
        found.stand_by()
        assert not found.owns_panes()


def test_another_owner_tells() -> None:
    """What waits is forgotten, and nothing is kept until the host is ours again."""
    found = outbox(Time())
    found.publish([update("active")])
    found.stand_by()
    found.publish([update("ready")])
    assert found.batch() == []


def test_what_readers_know_includes_what_is_on_its_way() -> None:
    """A change that waits is no second change when the present is told anew."""
    found = outbox(Time())
    found.lose_touch()
    found.publish([update("ready")])
    former = {A1.agent_id: {"turn_phase": "active"}}
    generations = {A1.agent_id: IDENTITY.generation_id}
    assert found.begin(2, ToldBefore(generations=generations, states=former))
    assert found.come_online()
    assert found.told(IDENTITY) == {"turn_phase": "ready"}
    assert found.told(replace(IDENTITY, agent_id="other")) == {}
