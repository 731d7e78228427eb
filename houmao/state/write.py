"""What the watch process writes. Every write is fenced by the host's lease.

It decides nothing: callers hand over finished values. Raises redis.RedisError when Redis is
away and LeaseLost when another watch process owns the host.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

from redis import Redis, WatchError
from redis.client import Pipeline
from redis.typing import EncodableT

from houmao.clock import iso_ms, now
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.codec import flat_fields, pairs
from houmao.state.values import AgentIdentity, HostStatus

#: Entries kept in an agent's transition stream.
HISTORY_LENGTH = 50
#: Entries kept in an agent's stream of frames, and the seconds it lives without a new one.
FRAMES_LENGTH, FRAMES_TTL = 1_000, 60
#: Milliseconds a lease lives without renewal.
LEASE_MS = 10_000
#: Seconds the host hash lives without a heartbeat.
HOST_TTL = 3_600


class LeaseLost(Exception):
    """Another watch process owns this host's panes; stop publishing and typing."""


@dataclass(frozen=True, slots=True)
class AgentUpdate:
    """Everything one publish writes for one agent; an empty mapping leaves its key alone."""

    agent_id: str
    state: Mapping[str, str]
    screen: Mapping[str, str]
    transition: Mapping[str, str]
    event: Mapping[str, str]


class Lease:
    """The ownership of one host's panes by one watch process."""

    def __init__(self, redis: Redis, host_id: str, owner: str) -> None:
        self._redis = redis
        self._owner = owner
        self._keys = [keys.lease(host_id), keys.epoch(host_id)]
        self._script = redis.register_script(_script("lease.lua"))
        self.token = ""

    @property
    def epoch(self) -> int:
        """The fencing number, 0 while nothing is owned."""
        return int(self.token.rpartition(" ")[2] or 0)

    def acquire(self, dead_owner: str = "") -> bool:
        """Take or renew. `dead_owner` names a holder known to have ended."""
        args = [self._owner, self.token, str(LEASE_MS), dead_owner]
        self.token = str(self._script(keys=self._keys, args=args))
        return bool(self.token)

    def is_held(self) -> bool:
        """True when Redis still has our token."""
        return bool(self.token) and self._redis.get(self._keys[0]) == self.token

    def holder(self) -> str:
        """The present owner's text, empty when nobody holds the lease."""
        held = self._redis.get(self._keys[0])
        return str(held).rpartition(" ")[0] if held else ""

    def release(self) -> None:
        """Give the lease up at once, if it is still ours."""
        if self.is_held():
            self._redis.delete(self._keys[0])
        self.token = ""


class Publisher:
    """Writes agents' states and the host's index under a lease."""

    def __init__(self, redis: Redis, host_id: str, lease: Lease) -> None:
        self._redis = redis
        self._host = host_id
        self._lease = lease
        self._publish = redis.register_script(_script("publish.lua"))

    def publish(self, changes: Sequence[AgentUpdate]) -> None:
        """Write all changes in one round trip; each change is atomic.

        Raises LeaseLost when the lease is another's; then nothing after it was written.
        """
        if not changes:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            for change in changes:
                self._publish(keys=self._keys_of(change), args=self._args_of(change), client=pipe)
            written = pipe.execute()
        if not all(written):
            raise LeaseLost(self._host)

    def _keys_of(self, change: AgentUpdate) -> list[str]:
        agent = self._key(change.agent_id)
        return [
            keys.lease(self._host),
            keys.state(agent),
            keys.screen(agent),
            keys.transitions(agent),
            keys.EVENTS,
        ]

    def _args_of(self, change: AgentUpdate) -> list[str]:
        args = [self._lease.token, str(HISTORY_LENGTH), str(keys.EVENTS_LENGTH)]
        for found in (change.state, change.screen, change.transition, change.event):
            items = list(pairs(found))
            args += [str(len(items)), *items]
        return args

    def index(self, agents: Iterable[AgentIdentity], skipped: Mapping[str, str]) -> None:
        """Replace the host's part of the agent index, and drop what belonged to agents gone."""
        agents = list(agents)
        live = {agent.agent_id for agent in agents}
        members = keys.host_agents(self._host)
        before = {str(a) for a in self._redis.smembers(members)}
        gone, new = before - live, live - before
        names = self._names(gone)
        with self._owned() as pipe:
            for agent_id in gone:
                pipe.hdel(keys.AGENTS, str(self._key(agent_id)))
                pipe.srem(members, agent_id)
                pipe.delete(*_all_keys(self._key(agent_id)))
                reason = skipped.get(agent_id, "its registry record was removed")
                self._note(pipe, "agent_gone", agent_id, names[agent_id], reason=reason)
            for agent in agents:
                name = keys.agent(agent.key)
                pipe.hset(keys.AGENTS, str(agent.key), agent.agent_name)
                pipe.sadd(members, agent.agent_id)
                pipe.delete(name)
                pipe.hset(name, items=list(pairs(flat_fields(agent))))
                if agent.agent_id in new:
                    self._note(pipe, "agent_listed", agent.agent_id, agent.agent_name)
            pipe.delete(keys.host_skipped(self._host))
            if skipped:
                pipe.hset(keys.host_skipped(self._host), items=list(pairs(skipped)))

    def _names(self, agent_ids: Iterable[str]) -> dict[str, str]:
        return {i: str(self._redis.hget(keys.AGENTS, str(self._key(i))) or i) for i in agent_ids}

    def _key(self, agent_id: str) -> AgentKey:
        return AgentKey(self._host, agent_id)

    def _note(self, pipe: Redis, summary: str, agent_id: str, name: str, **more: str) -> None:
        """Tell in the fleet's stream that an agent came or went."""
        entry: dict[EncodableT, EncodableT] = {
            "agent_id": agent_id,
            "agent_name": name,
            "host": self._host,
            "recorded_at": iso_ms(now()),
            "summary": summary,
        }
        entry.update(more.items())
        pipe.xadd(keys.EVENTS, entry, maxlen=keys.EVENTS_LENGTH, approximate=True)

    def heartbeat(self, status: HostStatus) -> None:
        """Tell readers that this host's panes are being watched."""
        with self._owned() as pipe:
            pipe.hset(keys.HOSTS, self._host, iso_ms(status.heartbeat_at))
            pipe.hset(keys.host(self._host), items=list(pairs(flat_fields(status))))
            pipe.expire(keys.host(self._host), HOST_TTL)

    def drop_frames(self, agent_id: str) -> None:
        """Empty the agent's stream of frames."""
        with self._owned() as pipe:
            pipe.delete(keys.frames(self._key(agent_id)))

    def add_frame(self, agent_id: str, entry: Mapping[str, str]) -> None:
        """Add one entry to the agent's stream of frames."""
        name = keys.frames(self._key(agent_id))
        found: dict[EncodableT, EncodableT] = dict(entry.items())
        with self._owned() as pipe:
            pipe.xadd(name, found, maxlen=FRAMES_LENGTH, approximate=True)
            pipe.expire(name, FRAMES_TTL)

    @contextmanager
    def _owned(self) -> Iterator[Pipeline]:
        """A transaction that is carried out on leaving, and only if the lease is ours even then."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.watch(keys.lease(self._host))  # type: ignore[no-untyped-call]
            if not self._lease.token or pipe.get(keys.lease(self._host)) != self._lease.token:
                raise LeaseLost(self._host)
            pipe.multi()
            yield pipe
            try:
                pipe.execute()
            except WatchError:
                raise LeaseLost(self._host) from None


def _all_keys(agent: AgentKey) -> list[str]:
    return [
        keys.agent(agent),
        keys.state(agent),
        keys.screen(agent),
        keys.transitions(agent),
        keys.frames(agent),
    ]


def _script(name: str) -> str:
    return files("houmao.state").joinpath(name).read_text(encoding="utf-8")
