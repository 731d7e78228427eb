"""Keys of before an agent was its id and its host, under their present names. Raises RedisError.

Run by the process that owns a host's panes, before it publishes. What other hosts are known to
have is left to them; what nobody has is taken for the own host's.
"""

from collections.abc import Iterator

from redis import Redis

from houmao.ids import AT
from houmao.state import keys

#: Keys looked at in one round trip.
SCANNED = 1_000


def bring_up_to_date(redis: Redis, host_id: str) -> int:
    """Rename what an earlier version left of this host; how many keys that were."""
    others = {str(it) for it in redis.hkeys(keys.HOSTS)} - {host_id}
    elsewhere = {
        keys.AGENT: _members(redis, map(keys.host_agents, others)),
        keys.TERMINAL: _members(redis, map(keys.host_terminals, others)),
    }
    for found, name in redis.hgetall(keys.AGENTS).items():
        agent_id = str(found)
        if AT not in agent_id and agent_id not in elsewhere[keys.AGENT]:
            redis.hset(keys.AGENTS, f"{agent_id}{AT}{host_id}", name)
            redis.hdel(keys.AGENTS, agent_id)
    old = [
        (name, f"{prefix}{subject}{AT}{host_id}{colon}{rest}")
        for prefix, not_ours in elsewhere.items()
        for name, subject, colon, rest in _without_host(redis, prefix)
        if subject not in not_ours
    ]
    for name, present in old:
        # What was published under the present name is younger.
        if not redis.renamenx(name, present):
            redis.delete(name)
    return len(old)


def _members(redis: Redis, names: Iterator[str]) -> set[str]:
    return {str(member) for name in names for member in redis.smembers(name)}


def _without_host(redis: Redis, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    """Keys that name no host: whole, whom they are about, and what of it."""
    for found in list(redis.scan_iter(match=f"{prefix}*", count=SCANNED)):
        subject, colon, rest = str(found).removeprefix(prefix).partition(":")
        if AT not in subject:
            yield str(found), subject, colon, rest
