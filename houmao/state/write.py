"""What a watch process writes: write sets, as values, and the one way in which they are written.

Every write is fenced by the host's lease, and carried out once however often it is sent.
Raises redis.RedisError when Redis is away and LeaseLost when another process owns the host.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import NoScriptError

from houmao.clock import iso_ms, monotonic
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.codec import flat_fields, pairs, with_whole
from houmao.state.redis_clock import RedisClock
from houmao.state.scripts import script
from houmao.state.totals import counted, ended
from houmao.state.values import AgentIdentity, HostStatus

#: Entries kept in an agent's transition stream.
HISTORY_LENGTH = 50
#: Entries kept in an agent's stream of frames, and the seconds it lives without a new one.
FRAMES_LENGTH, FRAMES_TTL = 1_000, 60
#: Milliseconds a lease lives without renewal.
LEASE_MS = 10_000
#: Seconds the host hash lives without a heartbeat.
HOST_TTL = 3_600

#: One Redis command in words.
Command = tuple[str, ...]


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
    #: The state that was told last; empty for none.
    before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteSet:
    """What is written at once: the present of some keys, and steps that each must be taken.

    A later present of the same key makes an earlier one needless; a step never becomes so.
    """

    present: Mapping[str, tuple[Command, ...]] = field(default_factory=dict)
    steps: tuple[Command, ...] = ()

    @property
    def commands(self) -> Iterator[Command]:
        """All of it, in order."""
        for commands in self.present.values():
            yield from commands
        yield from self.steps


class Lease:
    """The ownership of one host's panes by one watch process."""

    def __init__(self, redis: Redis, host_id: str, owner: str) -> None:
        self._redis = redis
        self._owner = owner
        self._keys = [keys.lease(host_id), keys.epoch(host_id)]
        self._script = redis.register_script(script("lease"))
        self.token = ""

    @property
    def epoch(self) -> int:
        """The fencing number, 0 while nothing is owned."""
        return int(self.token.rpartition(" ")[2] or 0)

    def acquire(self, dead_owner: str = "") -> bool:
        """Take or renew. `dead_owner` names a holder known to have ended."""
        self.token = str(self._script(keys=self._keys, args=self._args(dead_owner)))
        return bool(self.token)

    def renew_in(self, pipe: Pipeline) -> None:
        """Add a renewal to a pipeline; its answer is the token, another one than before if lost."""
        words = [str(word) for word in (*self._keys, *self._args(""))]
        pipe.evalsha(self._script.sha, 2, *words)

    def load_script(self) -> None:
        """Make `renew_in` possible on a Redis that does not know the script."""
        self._redis.script_load(self._script.script)

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

    def _args(self, dead_owner: str) -> list[str]:
        return [self._owner, self.token, str(LEASE_MS), dead_owner]


class Publisher:
    """Writes write sets under a lease, many in one round trip."""

    def __init__(self, redis: Redis, host_id: str, lease: Lease, time: RedisClock) -> None:
        self._redis = redis
        self._lease = lease
        self._time = time
        self._host = host_id
        self._fenced = script("fenced")
        self._sha = sha1(self._fenced.encode(), usedforsecurity=False).hexdigest()

    def write(self, batch: Sequence[tuple[int, WriteSet]]) -> None:
        """Renew the lease and carry the numbered write sets out, each once and atomically.

        Numbers rise by one. When this fails, the same batch may be given again. Raises LeaseLost
        when the lease is not ours any more, or when Redis has forgotten something.
        """
        try:
            self._send(batch)
        except NoScriptError:
            self._lease.load_script()
            self._redis.script_load(self._fenced)
            self._send(batch)

    def _send(self, batch: Sequence[tuple[int, WriteSet]]) -> None:
        token = self._lease.token
        with self._redis.pipeline(transaction=False) as pipe:
            self._lease.renew_in(pipe)
            pipe.time()
            for number, write_set in batch:
                self._add(pipe, number, write_set)
            sent = monotonic()
            renewed, (seconds, micros), *written = pipe.execute()
        self._time.note(sent, monotonic(), seconds + micros / 1e6)
        if str(renewed) != token or any(int(it) != 1 for it in written):
            # Ours under another number, or with a hole: Redis has forgotten something.
            self._lease.token = str(renewed)
            raise LeaseLost(self._host)

    def _add(self, pipe: Pipeline, number: int, write_set: WriteSet) -> None:
        words = [keys.lease(self._host), keys.published(self._host), self._lease.token, str(number)]
        for command in write_set.commands:
            words += [str(len(command)), *command]
        pipe.evalsha(self._sha, 2, *words)


def carry_out(redis: Redis, commands: Iterable[Command]) -> None:
    """Carry commands out that need no lease, or add them to a pipeline."""
    for command in commands:
        redis.execute_command(*command)  # type: ignore[no-untyped-call]


# --- what there is to publish ------------------------------------------------------------


def agent_writes(host: str, update: AgentUpdate) -> WriteSet:
    """One agent's change."""
    agent = AgentKey(host, update.agent_id)
    state = with_whole(update.state) if update.state else {}
    hashes = {keys.state(agent): state, keys.screen(agent): update.screen}
    streams = (
        (keys.transitions(agent), HISTORY_LENGTH, update.transition),
        (keys.EVENTS, keys.EVENTS_LENGTH, update.event),
    )
    return WriteSet(
        {name: replaced(name, found) for name, found in hashes.items() if found},
        (
            *(added(name, found, length) for name, length, found in streams if found),
            *counted(update.event),
            *ended(host, update.before, update.state),
        ),
    )


def index_writes(
    host: str,
    listed: Mapping[str, str],
    agents: Iterable[AgentIdentity],
    skipped: Mapping[str, str],
    at: float,
) -> WriteSet:
    """The host's part of the agent index; of those `listed` before, id to name, the rest goes."""
    agents = list(agents)
    live, members = {agent.agent_id for agent in agents}, keys.host_agents(host)
    steps: list[Command] = []
    for agent_id in listed.keys() - live:
        key = AgentKey(host, agent_id)
        reason = skipped.get(agent_id, "its registry record was removed")
        steps += [
            ("HDEL", keys.AGENTS, str(key)),
            ("SREM", members, agent_id),
            ("DEL", *agent_keys(key)),
            _note(key, listed[agent_id], at, "agent_gone", reason=reason),
        ]
    for agent in agents:
        steps += [
            ("HSET", keys.AGENTS, str(agent.key), agent.agent_name),
            ("SADD", members, agent.agent_id),
            *replaced(keys.agent(agent.key), with_whole(flat_fields(agent))),
        ]
        if agent.agent_id not in listed:
            steps.append(_note(agent.key, agent.agent_name, at, "agent_listed"))
    name = keys.host_skipped(host)
    return WriteSet({name: replaced(name, skipped)}, tuple(steps))


def heartbeat_writes(status: HostStatus, counts: Iterable[Command] = ()) -> WriteSet:
    """Word that all of the host's panes were looked at, and what was counted meanwhile."""
    name = keys.host(status.host)
    beat = ("HSET", keys.HOSTS, status.host, iso_ms(status.heartbeat_at))
    told = ("HSET", name, *pairs(flat_fields(status)))
    return WriteSet({name: (beat, told, ("EXPIRE", name, str(HOST_TTL)))}, tuple(counts))


def gap_writes(identity: AgentIdentity, lost: int, since: float, at: float) -> WriteSet:
    """Word that so many changes of an agent could not be kept until they could be told."""
    entry = {
        "agent_id": identity.agent_id,
        "agent_name": identity.agent_name,
        "tool": identity.tool,
        "host": identity.host,
        "recorded_at": iso_ms(at),
        "summary": "gap",
        "lost": str(lost),
        "lost_since": iso_ms(since),
    }
    stream = keys.transitions(identity.key)
    events = added(keys.EVENTS, entry, keys.EVENTS_LENGTH)
    return WriteSet(steps=(added(stream, entry, HISTORY_LENGTH), events))


def frames_dropped(agent: AgentKey) -> WriteSet:
    """An empty stream of frames."""
    return WriteSet(steps=(("DEL", keys.frames(agent)),))


def frame_added(agent: AgentKey, entry: Mapping[str, str]) -> WriteSet:
    """One more entry in the agent's stream of frames."""
    name = keys.frames(agent)
    return WriteSet(steps=(added(name, entry, FRAMES_LENGTH), *frames_kept(agent).steps))


def frames_kept(agent: AgentKey) -> WriteSet:
    """The agent's stream of frames for some time longer."""
    return WriteSet(steps=(("EXPIRE", keys.frames(agent), str(FRAMES_TTL)),))


def replaced(name: str, found: Mapping[str, str]) -> tuple[Command, ...]:
    """Commands after which a hash has these fields and no others."""
    filled = (("HSET", name, *pairs(found)),) if found else ()
    return (("DEL", name), *filled)


def added(stream: str, entry: Mapping[str, str], length: int) -> Command:
    """The command that adds an entry to a stream of about that length."""
    return ("XADD", stream, "MAXLEN", "~", str(length), "*", *pairs(entry))


def agent_keys(agent: AgentKey) -> tuple[str, ...]:
    """The keys that go with an agent."""
    return (
        keys.agent(agent),
        keys.state(agent),
        keys.screen(agent),
        keys.transitions(agent),
        keys.frames(agent),
    )


def _note(agent: AgentKey, name: str, at: float, summary: str, **more: str) -> Command:
    """Tell in the fleet's stream that an agent came or went."""
    entry = {
        "agent_id": agent.agent_id,
        "agent_name": name,
        "host": agent.host,
        "recorded_at": iso_ms(at),
        "summary": summary,
        **more,
    }
    return added(keys.EVENTS, entry, keys.EVENTS_LENGTH)
