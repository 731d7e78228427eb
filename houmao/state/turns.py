"""Headless agents and their turns in Redis: copies for readers, and the way in to the host.

The host's files are the truth; its turn process publishes every change here, and everything
again when Redis has forgotten. Raises redis.RedisError.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import cast

from redis import Redis
from redis.typing import EncodableT

from houmao.headless.records import OwnedAgent, TurnRecord
from houmao.ids import split_reference
from houmao.state import keys
from houmao.state.codec import flat_fields, flat_from, pairs
from houmao.state.values import HeadlessAgent

#: Seconds for which an ended turn is kept here; the host's files keep it longer.
KEEP_SECONDS = 7 * 86_400
#: Events of one turn that are kept while it runs; its file has all of them.
TURN_EVENTS_LENGTH = 5_000
#: Seconds that an order waits for its host, an output for its reader, a host for its next word.
ORDER_SECONDS, OUTPUT_SECONDS, HOST_SECONDS = 60, 60, 6
#: What a turn's fleet events leave out: paths, and what the agent said.
_NOT_TOLD = frozenset({"answer", "turn_artifact_dir", "prompt_digest"})

#: An event's number, the first being 1, and its JSON text.
Numbered = tuple[int, str]


@dataclass(frozen=True, slots=True)
class TurnOrder:
    """A turn on its way to its host. Its prompt must not be told to anybody else."""

    turn_id: str
    tracked_agent_id: str
    prompt: str
    limit_seconds: int | None = None
    fan_out_id: str | None = None


class TurnStore:
    """Reads and writes the copies."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    # --- agents ------------------------------------------------------------------------

    def put_agent(self, agent: HeadlessAgent) -> None:
        """Publish an agent that a host owns, in place of a former one of the same id there."""
        for former in self.agents_called(str(agent.key)):
            if (
                former.agent_id == agent.agent_id
                and former.tracked_agent_id != agent.tracked_agent_id
            ):
                self.drop_agent(former.tracked_agent_id)
        found, name = flat_fields(agent), keys.headless(agent.tracked_agent_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(name)
            pipe.hset(name, items=list(pairs(found)))
            pipe.hset(keys.HEADLESS, agent.tracked_agent_id, f"{agent.agent_id} {agent.agent_name}")
            pipe.execute()

    def drop_agent(self, tracked: str) -> None:
        """An agent is owned no longer; its turns can still be asked for."""
        self._redis.hdel(keys.HEADLESS, tracked)
        self._redis.delete(keys.headless(tracked))

    def agent(self, tracked: str) -> HeadlessAgent | None:
        """The agent of that tracked id."""
        found = cast(Mapping[str, str], self._redis.hgetall(keys.headless(tracked)))
        return flat_from(HeadlessAgent, found)

    def agents_called(self, reference: str) -> list[HeadlessAgent]:
        """Every owned agent whose tracked id, agent id or name this is, `@host` or not."""
        text, host = split_reference(reference)
        names = cast(Mapping[str, str], self._redis.hgetall(keys.HEADLESS))
        called = sorted(it for it, both in names.items() if text in (it, *both.split()))
        found = (agent for agent in map(self.agent, called) if agent is not None)
        return [agent for agent in found if host in (None, agent.host)]

    def agents(self) -> list[HeadlessAgent]:
        """Every owned agent, by name."""
        tracked = sorted(str(it) for it in self._redis.hkeys(keys.HEADLESS))
        hashes = self._hashes(map(keys.headless, tracked))
        found = (flat_from(HeadlessAgent, each) for each in hashes)
        return sorted((it for it in found if it), key=lambda it: (it.agent_name, it.agent_id))

    def told_of(self, host: str) -> set[str]:
        """Tracked ids of the agents that are published as this host's."""
        return {agent.tracked_agent_id for agent in self.agents() if agent.host == host}

    def host_lives(self, host: str, now: str) -> bool:
        """Say that the host's turn process looks after its turns; False when nobody knew."""
        name = keys.turn_host(host)
        return bool(self._redis.set(name, now, ex=HOST_SECONDS, get=True))

    def is_served(self, host: str) -> bool:
        """True while the host's turn process looks after its turns."""
        return bool(self._redis.exists(keys.turn_host(host)))

    # --- the way in --------------------------------------------------------------------

    def order(self, order: TurnOrder) -> None:
        """Put a turn where its host finds it."""
        name = keys.turn_order(order.turn_id)
        found = {spec.name: getattr(order, spec.name) for spec in fields(order)}
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(name, items=list(pairs({k: str(v) for k, v in found.items() if v})))
            pipe.expire(name, ORDER_SECONDS)
            pipe.execute()

    def ordered(self, turn_id: str) -> TurnOrder | None:
        """An order that nobody has taken or taken back."""
        found = cast(Mapping[str, str], self._redis.hgetall(keys.turn_order(turn_id)))
        if not found:
            return None
        limit = found.get("limit_seconds")
        return TurnOrder(
            turn_id,
            found["tracked_agent_id"],
            found["prompt"],
            int(limit) if limit else None,
            found.get("fan_out_id"),
        )

    def take_order(self, turn_id: str) -> bool:
        """Take an order away: of its host and its caller, one gets True."""
        return bool(self._redis.delete(keys.turn_order(turn_id)))

    # --- turns -------------------------------------------------------------------------

    def put(self, record: TurnRecord, *, news: bool = True) -> None:
        """Publish a turn as it is now; a change that nobody was told goes into the fleet's stream.

        Without `news` a turn that Redis does not know is a forgotten one, and no event.
        """
        name, listing = keys.turn(record.turn_id), keys.turns(record.tracked_agent_id)
        found = flat_fields(record)
        before = cast(Mapping[str, str], self._redis.hgetall(name))
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(name)
            pipe.hset(name, items=list(pairs(found)))
            pipe.zadd(listing, {record.turn_id: record.started_at})
            if not record.active:
                pipe.expire(name, KEEP_SECONDS)
                pipe.expire(keys.turn_events(record.turn_id), KEEP_SECONDS)
                pipe.zremrangebyscore(listing, "-inf", record.started_at - KEEP_SECONDS)
                pipe.expire(listing, KEEP_SECONDS)
            if _step(found) != _step(before) and (before or news):
                pipe.xadd(keys.EVENTS, _entry(record), maxlen=keys.EVENTS_LENGTH, approximate=True)
            pipe.execute()

    def get(self, turn_id: str) -> TurnRecord | None:
        """A turn as it was last published, None when Redis does not know it."""
        return _record(self._redis.hgetall(keys.turn(turn_id)))

    def get_all(self, turn_ids: Sequence[str]) -> dict[str, TurnRecord]:
        """Every turn of these that Redis knows, in one round trip."""
        found = map(_record, self._hashes(map(keys.turn, turn_ids)))
        return {record.turn_id: record for record in found if record is not None}

    def latest(self, tracked: str, limit: int) -> list[TurnRecord]:
        """The agent's latest turns, newest first, in two round trips."""
        if limit < 1:
            return []
        ids = self._redis.zrevrange(keys.turns(tracked), 0, limit - 1)
        return _newest_first(map(_record, self._hashes(keys.turn(str(it)) for it in ids)))

    def latest_of(self, tracked: Sequence[str], limit: int) -> dict[str, list[TurnRecord]]:
        """The same of many agents, by tracked id, in two round trips for all of them."""
        with self._redis.pipeline(transaction=False) as pipe:
            for each in tracked:
                pipe.zrevrange(keys.turns(each), 0, limit - 1)
            ids = [str(turn_id) for found in pipe.execute() for turn_id in found]
        found: dict[str, list[TurnRecord]] = {each: [] for each in tracked}
        for record in _newest_first(map(_record, self._hashes(map(keys.turn, ids)))):
            found[record.tracked_agent_id].append(record)
        return found

    def last_event(self, turn_id: str) -> int:
        """Number of the newest event that is known here, 0 for none."""
        newest = cast(
            list[tuple[str, object]], self._redis.xrevrange(keys.turn_events(turn_id), count=1)
        )
        return _number(newest[0][0]) if newest else 0

    def add_events(self, turn_id: str, events: Iterable[Numbered], *, whole: bool = False) -> None:
        """Publish events in the order of their numbers, those that are known already left out.

        `whole` keeps every one; otherwise the latest are kept.
        """
        known = 0 if whole else self.last_event(turn_id)
        length = None if whole else TURN_EVENTS_LENGTH
        name = keys.turn_events(turn_id)
        with self._redis.pipeline(transaction=True) as pipe:
            if whole:
                pipe.delete(name)
            for number, text in events:
                if number > known:
                    pipe.xadd(name, {"event": text}, id=f"{number}-0", maxlen=length)
            if whole:
                pipe.expire(name, KEEP_SECONDS)
            pipe.execute()

    def events(self, turn_id: str, after: int, count: int | None = None) -> list[Numbered]:
        """Events after that number, oldest first."""
        start = f"({after}-0"
        found = cast(
            list[tuple[str, Mapping[str, str]]],
            self._redis.xrange(keys.turn_events(turn_id), min=start, count=count),
        )
        return [(_number(name), entry["event"]) for name, entry in found]

    def await_event(self, turn_id: str, after: int, block_ms: int) -> bool:
        """Wait for an event after that number; whether there is one."""
        name = keys.turn_events(turn_id)
        return bool(self._redis.xread({name: f"{after}-0"}, count=1, block=block_ms))

    def _hashes(self, names: Iterable[str]) -> list[Mapping[str, str]]:
        with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(name)
            return list(pipe.execute())

    def put_output(self, turn_id: str, name: str, text: str) -> None:
        """Lay an output out for somebody who asked for it."""
        self._redis.set(keys.turn_output(turn_id, name), text, ex=OUTPUT_SECONDS)

    def output(self, turn_id: str, name: str) -> str | None:
        """An output that was laid out."""
        found = self._redis.get(keys.turn_output(turn_id, name))
        return None if found is None else str(found)

    # --- fan-outs ----------------------------------------------------------------------

    def put_fan_out(self, fan_out_id: str, found: Mapping[str, str]) -> None:
        """Keep what became of each agent of a fan-out."""
        name = keys.fan_out(fan_out_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(name, items=list(pairs(found)))
            pipe.expire(name, KEEP_SECONDS)
            pipe.execute()

    def fan_out(self, fan_out_id: str) -> dict[str, str]:
        """What became of each agent of a fan-out; empty for an unknown one."""
        found = self._redis.hgetall(keys.fan_out(fan_out_id))
        return dict(cast(Mapping[str, str], found))


def _newest_first(found: Iterable[TurnRecord | None]) -> list[TurnRecord]:
    known = (record for record in found if record is not None)
    return sorted(known, key=lambda it: (it.started_at, it.turn_id), reverse=True)


def owned_agent(authority: OwnedAgent, host: str) -> HeadlessAgent:
    """What is told of an agent that this host owns; of its session nothing is known yet."""
    return HeadlessAgent(
        tracked_agent_id=authority.tracked_agent_id,
        host=host,
        backend=authority.backend,
        tool=authority.tool,
        agent_id=authority.agent_id,
        agent_name=authority.agent_name,
        manifest_path=authority.manifest_path,
        session_root=authority.session_root,
        tmux_session_name=authority.tmux_session_name,
        created_at=authority.created_at,
    )


def _record(found: object) -> TurnRecord | None:
    return flat_from(TurnRecord, cast(Mapping[str, str], found))


def _number(entry_id: str) -> int:
    return int(entry_id.partition("-")[0])


def _step(found: Mapping[str, str]) -> tuple[str | None, bool]:
    """What of a turn is news when it changes."""
    return found.get("status"), "interrupt_requested_at" in found


def _entry(record: TurnRecord) -> dict[EncodableT, EncodableT]:
    found = flat_fields(record)
    moments = ("completed_at", "interrupt_requested_at", "started_at")
    entry: dict[EncodableT, EncodableT] = {
        "summary": _summary(record),
        "recorded_at": next(found[name] for name in moments if name in found),
    }
    told = (k for k in found if k not in _NOT_TOLD and not k.endswith("_path"))
    entry.update((k, found[k]) for k in told)
    return entry


def _summary(record: TurnRecord) -> str:
    if not record.active:
        return f"turn_{record.status.value}"
    return "turn_interrupting" if record.interrupt_requested_at else "turn_started"
