"""Which other hosts there are, kept on this host's disk for the time after Redis has lost its data.

A host that is cut off then cannot say that it and its agents are there; whoever asks for them is
to hear that, rather than that there are none. Only who they were is kept: no state, no request.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from redis import Redis

from houmao.clock import parse_iso
from houmao.config import Settings
from houmao.files import read_plain, replace_text
from houmao.ids import AT, is_safe_component
from houmao.state import keys

#: Seconds after which a host that was not heard of again is no longer remembered.
REMEMBERED_SECONDS = 86_400
#: Agents of all other hosts that are remembered at most.
MOST_AGENTS = 5_000


@dataclass(frozen=True, slots=True)
class RememberedHosts:
    """Hosts and their agents as Redis had them."""

    #: Host → when it was heard of, in ISO-8601.
    heard: Mapping[str, str] = field(default_factory=dict)
    #: `<id>@<host>` → agent name.
    agents: Mapping[str, str] = field(default_factory=dict)

    def only(self, hosts: Collection[str]) -> "RememberedHosts":
        """The part about these hosts."""
        return RememberedHosts(
            {host: at for host, at in self.heard.items() if host in hosts},
            {key: name for key, name in self.agents.items() if key.rpartition(AT)[2] in hosts},
        )


def lost(
    memory: RememberedHosts, told: Collection[str], forgotten: Mapping[str, str], now: float
) -> RememberedHosts:
    """Whom Redis does not tell of any more, although nobody had them forgotten since.

    `told` are the hosts that it tells of, `forgotten` when others were taken away.
    """
    return memory.only(
        {
            host
            for host, at in memory.heard.items()
            if host not in told and forgotten.get(host, "") < at and _is_recent(at, now)
        }
    )


def renewed(
    memory: RememberedHosts,
    told: RememberedHosts,
    forgotten: Mapping[str, str],
    own: str,
    now: float,
) -> RememberedHosts:
    """What to remember from now on: all that Redis tells of other hosts, and whom it has lost."""
    past = lost(memory, {own, *told.heard}, forgotten, now)
    present = told.only({it for it in told.heard if it != own and is_safe_component(it)})
    agents = {**past.agents, **present.agents}
    return RememberedHosts(
        {**past.heard, **present.heard}, dict(islice(agents.items(), MOST_AGENTS))
    )


@dataclass(frozen=True, slots=True)
class HostMemory:
    """The memory of one host, in a file."""

    path: Path

    def read(self) -> RememberedHosts:
        """What is remembered; nothing where the file is not there or makes no sense."""
        try:
            heard, agents = json.loads(read_plain(self.path))
            return RememberedHosts(_texts(heard), _texts(agents))
        except (OSError, ValueError, TypeError, AttributeError):
            return RememberedHosts()

    def renew(self, redis: Redis, own: str, now: float) -> None:
        """Take in what Redis tells, in one round trip. Raises RedisError, OSError."""
        with redis.pipeline(transaction=False) as pipe:
            for name in (keys.HOSTS, keys.AGENTS, keys.FORGOTTEN_HOSTS):
                pipe.hgetall(name)
            hosts, agents, forgotten = pipe.execute()
        before = self.read()
        after = renewed(before, RememberedHosts(hosts, agents), forgotten, own, now)
        if after != before:
            text = json.dumps([dict(after.heard), dict(after.agents)])
            replace_text(self.path, text, to_disk=False)


def host_memory(settings: Settings) -> HostMemory:
    """What this host remembers of others."""
    return HostMemory(settings.runtime_root / "hosts" / f"{settings.host_id}.others")


def _texts(found: Mapping[str, str]) -> dict[str, str]:
    return {str(key): str(text) for key, text in found.items()}


def _is_recent(at: str, now: float) -> bool:
    try:
        return now - parse_iso(at) <= REMEMBERED_SECONDS
    except ValueError:
        return False
