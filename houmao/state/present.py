"""Who is live and what each is doing, as its host has told it. It does not know where that lies.

A present that nobody watches is not told: when a host's heartbeat is overdue, its agents'
states come back as unobserved, with the reason in their diagnostics.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from houmao import ids
from houmao.clock import iso, parse_iso
from houmao.detect.projection import ParsedSurface
from houmao.errors import AmbiguousName, HostLost, HoumaoError, NotFound, Unavailable
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.codec import (
    KEPT,
    flat_from,
    history_from,
    identity_from,
    state_from,
)
from houmao.state.host_memory import RememberedHosts, lost
from houmao.state.values import (
    AgentIdentity,
    AgentState,
    Detail,
    History,
    HostStatus,
    Observation,
    ProbeSnapshot,
    unreadable,
    unwatched,
)
from houmao.track.diagnostics import ParseStatus

#: Seconds without a heartbeat after which a host counts as not watched.
HEARTBEAT_GRACE = 3.0
#: Seconds without a heartbeat after which a host is not even asked for anything.
CUT_OFF = 4.0

Found = Mapping[str, str]
#: A stream entry: id and fields.
Entry = tuple[str, Found]


class Source(Protocol):
    """Where hashes and streams are read that are named as Redis's."""

    def hashes(self, names: list[str]) -> list[Found]:
        """These hashes, empty ones for what is not there, in one moment."""
        ...

    def around(self, text: str, names: list[str]) -> list[Found]:
        """Of one moment: of the index at least those whom this id or name may mean, then the
        heartbeats, then these hashes.
        """
        ...

    def newest(self, stream: str, count: int) -> list[Entry]:
        """A stream's latest entries, newest first."""
        ...

    @property
    def partial(self) -> str:
        """Why it knows of the own host alone for now, in a sentence; empty when of all."""
        ...


class PresentReader:
    """Who is live and what each is doing, from one source."""

    def __init__(
        self,
        source: Source,
        now: Callable[[], float],
        memory: Callable[[], RememberedHosts] = RememberedHosts,
    ) -> None:
        """`now` is in seconds since the epoch: a reference means who is watched now.

        `memory` gives what is remembered of other hosts. It is asked when something is not found,
        and for lists of all agents.
        """
        self._source = source
        self._now = now
        self._memory = memory
        #: Whom a reference meant when it was last asked for: most are asked for again and again.
        self._meant: dict[str, AgentKey] = {}

    def identities(self) -> list[AgentIdentity]:
        """Every live agent, sorted by name.

        Raises Unavailable while no host has reported since Redis started.
        """
        index = _index(*self._source.hashes([keys.AGENTS, keys.HOSTS]))
        found = self._source.hashes([keys.agent(key) for key in index.names])
        agents = (identity_from(each) for each in found)
        return sorted((a for a in agents if a), key=lambda a: (a.agent_name, a.key))

    def resolve(self, reference: str) -> AgentIdentity:
        """The one agent of that id or name, `@host` or not. Raises NotFound or AmbiguousName.

        An agent that its host watches wins over those that nobody can see.
        """
        return self._load(reference)[0]

    def observe(self, reference: str, now: float) -> Observation:
        """The agent with its state, in one round trip when `reference` is `id@host`."""
        identity, (state, heartbeats) = self._load(reference, keys.state)
        return Observation(identity, *_judge(identity, state, heartbeats, now))

    def observe_all(self, now: float) -> list[Observation]:
        """Every live agent with its state, sorted by name, in two round trips."""
        agents = self.identities()
        *states, heartbeats = self._source.hashes(
            [*(keys.state(a.key) for a in agents), keys.HOSTS]
        )
        return [
            Observation(agent, *_judge(agent, state, heartbeats, now))
            for agent, state in zip(agents, states, strict=True)
        ]

    def detail(self, reference: str, now: float) -> Detail:
        """The agent with its state and the capture it was read from."""
        identity, (found, screen, heartbeats) = self._load(reference, keys.state, keys.screen)
        state, seen_at = _judge(identity, found, heartbeats, now)
        parsed = state is not None and state.diagnostics.parse_status == ParseStatus.PARSED
        surface = flat_from(ParsedSurface, screen) if parsed else None
        return Detail(identity, state, seen_at, flat_from(ProbeSnapshot, screen), surface)

    def history(self, reference: str, limit: int) -> History:
        """The agent's recent changes, newest first, at most `limit`."""
        identity, (found, _) = self._load(reference, keys.state)
        stream = self._source.newest(keys.transitions(identity.key), max(limit, 1))
        entries = tuple(history_from(i, f) for i, f in stream)[: max(limit, 0)]
        return History(identity, state_from(identity.agent_id, found), entries)

    def hosts(self) -> list[HostStatus]:
        """What each host's watch process last said, sorted by host."""
        names = sorted(self._source.hashes([keys.HOSTS])[0])
        found = (
            flat_from(HostStatus, each) for each in self._source.hashes(list(map(keys.host, names)))
        )
        return [status for status in found if status]

    def check_watched(self, host: str) -> None:
        """Raise Unavailable for a host whose heart has stopped beating a while ago."""
        (heartbeats,) = self._source.hashes([keys.HOSTS])
        if host not in heartbeats:
            heartbeats = self.lost_hosts().heard
        told = heartbeats.get(host)
        if told and self._now() - _heartbeat(heartbeats, host) > CUT_OFF:
            raise Unavailable(_not_heard_of(host, told))

    def lost_hosts(self) -> RememberedHosts:
        """Hosts that are away since before Redis lost its data, with the agents they had."""
        (told,) = self._source.hashes([keys.HOSTS])
        found = lost(self._memory(), told, {}, self._now())
        if not found.heard:
            return found
        (forgotten,) = self._source.hashes([keys.FORGOTTEN_HOSTS])
        return lost(found, told, forgotten, self._now())

    def skipped(self) -> dict[str, str]:
        """Agent id to the reason why its registry record is not used, all hosts."""
        (hosts,) = self._source.hashes([keys.HOSTS])
        found = self._source.hashes([keys.host_skipped(host) for host in hosts])
        return {agent_id: reason for each in found for agent_id, reason in each.items()}

    def _load(
        self, reference: str, *parts: Callable[[AgentKey], str]
    ) -> tuple[AgentIdentity, list[Found]]:
        """Identity of one agent, then the asked-for hashes and the heartbeats.

        In one round trip when the reference is `id@host` or means whom it meant before. Whom it
        means is read in the same moment as the agent, so that nothing old is believed.
        """
        text, _ = ids.split_reference(reference)
        guess = self._meant.get(reference) or ids.agent_key(reference)
        while True:
            wanted = _of(guess, parts) if guess is not None else []
            names, hosts, *found = self._source.around(text, wanted)
            key = self._one(reference, _index(names, hosts))
            if key == guess:
                break
            guess = key
        identity = identity_from(found[0])
        if identity is None:
            raise self._unknown(reference)
        if len(self._meant) >= KEPT:
            self._meant.clear()
        self._meant[reference] = key
        return identity, [*found[1:], hosts]

    def _unknown(self, reference: str) -> HoumaoError:
        if self._source.partial:
            return self._out_of_reach(reference)
        away = self.lost_hosts()
        meant = _Index(away.agents, {}).meant(reference)
        if meant:
            host = meant[0].host
            return HostLost(
                f"{_not_heard_of(host, away.heard[host])}; Redis has lost its data since, and "
                f"nothing more is known of {str(meant[0])!r}"
            )
        return NotFound(
            f"no live agent answers to {reference!r}; `houmao-mgr agents list` shows them"
        )

    def _out_of_reach(self, reference: str) -> Unavailable:
        """What to say of an agent that is not of this host while only this host is known of."""
        meant = _Index(self._memory().agents, {}).meant(reference)
        hosts = ", ".join(dict.fromkeys(key.host for key in meant))
        who = (
            f"{reference!r} is an agent of host {hosts}, which cannot be asked from here"
            if meant
            else f"no agent of this host answers to {reference!r}, and no other can be asked"
        )
        return Unavailable(f"{who}. {self._source.partial}")

    def _one(self, reference: str, index: "_Index") -> AgentKey:
        """The agent that is meant. Raises NotFound, AmbiguousName."""
        meant = index.watched(index.meant(reference), self._now())
        if len(meant) > 1:
            agent_ids = tuple(sorted(key.agent_id for key in meant))
            raise AmbiguousName(reference, agent_ids, index.references(meant))
        if not meant:
            raise self._unknown(reference)
        return meant[0]


@dataclass(frozen=True, slots=True)
class _Index:
    """The agents of all hosts by name, and when each host's were last looked at.

    Keys stay as Redis has them, since most of them are not asked for.
    """

    names: Found
    hosts: Found

    def meant(self, reference: str) -> list[AgentKey]:
        """Who may be meant, in order; an id means nobody by name."""
        text, host = ids.split_reference(reference)
        wanted = ids.aliases(text)
        called = [it for it in self.names if it.startswith(f"{text}{ids.AT}")] or [
            it for it, name in self.names.items() if wanted & ids.aliases(name)
        ]
        found = (ids.agent_key(it) for it in called)
        return sorted(key for key in found if key and host in (None, key.host))

    def watched(self, agents: list[AgentKey], now: float) -> list[AgentKey]:
        """Those that are looked at now, or all of them when none is."""
        return [key for key in agents if _is_watched(self.hosts, key.host, now)] or agents

    def references(self, agents: Iterable[AgentKey]) -> tuple[str, ...]:
        """What to say instead of what means all of these, as short as tells them apart."""
        found = tuple(agents)
        if len({key.host for key in found}) == len(found):
            return tuple(f"{self.names[str(key)]}{ids.AT}{key.host}" for key in found)
        alone = len({key.agent_id for key in found}) == len(found)
        return tuple(key.agent_id if alone else str(key) for key in found)


def _index(names: Found, hosts: Found) -> _Index:
    if not hosts:
        raise Unavailable("no host has reported its agents yet; is the watch process running?")
    return _Index(names, hosts)


def _of(agent: AgentKey, parts: Iterable[Callable[[AgentKey], str]]) -> list[str]:
    """Keys of an agent's hashes, its identity's first."""
    return [keys.agent(agent), *(part(agent) for part in parts)]


def _heartbeat(heartbeats: Found, host: str) -> float:
    """When a host was last known to look, 0 when nobody can tell."""
    try:
        return parse_iso(heartbeats[host])
    except (KeyError, ValueError):
        return 0.0


def _judge(
    identity: AgentIdentity, found: Found, heartbeats: Found, now: float
) -> tuple[AgentState | None, float]:
    """The state that may be told, and when it was last known to be so."""
    state = state_from(identity.agent_id, found)
    heartbeat = _heartbeat(heartbeats, identity.host)
    if state is None:
        return _unknown(identity, found, heartbeat), heartbeat
    seen_at = max(heartbeat, state.captured_at)
    if not _is_watched(heartbeats, identity.host, now):
        reason = f"host {identity.host} has not looked at its agents since {iso(seen_at)}"
        return unwatched(state, reason), seen_at
    return state, seen_at


def _unknown(identity: AgentIdentity, found: Found, heartbeat: float) -> AgentState | None:
    """What is told of an agent without a state: nothing yet, or that ours cannot read it."""
    if "signature" not in found:
        return None
    reason = (
        f"host {identity.host} tells its state in words that this version of Houmao does not "
        "know; `houmao-mgr hosts list` shows the versions"
    )
    return unreadable(identity.agent_id, reason, heartbeat)


def _not_heard_of(host: str, since: str) -> str:
    return (
        f"host {host} was not heard of since {since}: it is cut off from Redis, or its "
        f"watch process does not run; `houmao-mgr hosts show {host}` tells more"
    )


def _is_watched(heartbeats: Found, host: str, now: float) -> bool:
    return now - _heartbeat(heartbeats, host) <= HEARTBEAT_GRACE
