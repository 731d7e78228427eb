"""Finds keys of a host that are lost or of another type than ours, and removes the latter.

Whatever stands in them can be seen anew; one bad key must hide nothing else. Raises
redis.RedisError.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from redis import Redis

from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.scripts import script

_ABSENT = "none"


def is_whole(redis: Redis, host: str, agents: Iterable[AgentKey]) -> bool:
    """Whether all that readers need of the host and its agents is there, as what it should be.

    What is not what it should be is gone after that. One round trip, two when something was wrong.
    """
    needed = {keys.HOSTS: "hash", keys.lease(host): "string"}
    wanted = _shared(host) | needed
    for agent in agents:
        needed |= {keys.AGENTS: "hash", keys.agent(agent): "hash", keys.state(agent): "hash"}
        wanted |= needed | _of(agent)
    return all(
        found == wanted[key] or (found == _ABSENT and key not in needed)
        for key, found in drop_misfits(redis, wanted).items()
    )


def drop_misfits(redis: Redis, wanted: Mapping[str, str]) -> dict[str, str]:
    """Remove every key that is of another type than it should be; the types that were found."""
    types = _types(redis, wanted)
    misfits = [key for key, found in types.items() if found not in (wanted[key], _ABSENT)]
    if misfits:
        redis.delete(*misfits)
    return types


def _shared(host: str) -> dict[str, str]:
    return {
        keys.AGENTS: "hash",
        keys.FORGOTTEN_HOSTS: "hash",
        keys.EVENTS: "stream",
        keys.TOTALS: "hash",
        keys.HEADLESS: "hash",
        keys.CAO_TERMINALS: "zset",
        keys.CAO_MESSAGE_COUNT: "string",
        **keys.of_host(host),
    }


def _of(agent: AgentKey) -> dict[str, str]:
    return {
        keys.screen(agent): "hash",
        keys.transitions(agent): "stream",
        keys.frames(agent): "stream",
        keys.requests(agent): "zset",
    }


def _types(redis: Redis, wanted: Iterable[str]) -> dict[str, str]:
    names = list(wanted)
    types = redis.register_script(script("types"))(keys=names)
    told = (it.decode() if isinstance(it, bytes) else str(it) for it in cast(list[object], types))
    return dict(zip(names, told, strict=True))
