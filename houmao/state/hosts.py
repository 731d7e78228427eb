"""What Redis holds of each host, and how all of it is taken away. Raises redis.RedisError."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from redis import Redis

from houmao.clock import iso_ms, parse_iso
from houmao.errors import Conflict, NotFound
from houmao.ids import AT, AgentKey
from houmao.state import keys
from houmao.state.codec import flat_from
from houmao.state.host_memory import REMEMBERED_SECONDS, RememberedHosts
from houmao.state.present import HEARTBEAT_GRACE
from houmao.state.repair import drop_misfits
from houmao.state.turns import TurnStore
from houmao.state.values import HostStatus
from houmao.state.write import agent_keys

#: Seconds after which a host that was never heard of again is forgotten by the others.
FORGOTTEN_AFTER = 30 * 86_400.0
#: What RQ keeps of each queue.
_OF_A_QUEUE = ("queue", "workers", "wip", "finished", "failed", "canceled", "deferred", "scheduled")


@dataclass(frozen=True, slots=True)
class HostHoldings:
    """What is known of a host. `heartbeat_at` is in seconds since the epoch, 0 for never."""

    host: str
    heartbeat_at: float
    #: What its watch process last said of itself; None when that is long ago.
    status: HostStatus | None
    #: Which machine has the host's key, in words.
    machine: str
    agents: tuple[str, ...]
    headless: tuple[str, ...]
    terminals: tuple[str, ...]
    #: Whether Redis has lost what it had of it; the rest is what is remembered here.
    lost: bool = False

    def is_watched(self, now: float) -> bool:
        """Whether somebody looks at its agents."""
        return now - self.heartbeat_at <= HEARTBEAT_GRACE


class HostStore:
    """Reads and forgets hosts."""

    def __init__(self, redis: Redis, lost: Callable[[], RememberedHosts] = RememberedHosts) -> None:
        """`lost` gives hosts that Redis has lost while they were cut off."""
        self._redis = redis
        self._lost = lost
        self._turns = TurnStore(redis)

    def holdings(self, host: str) -> HostHoldings:
        """What is held of a host. Raises NotFound for one that nothing is known of."""
        (found,) = self._of([host])
        if found.heartbeat_at or found.machine or found.agents:
            return found
        lost = next((it for it in self._remembered() if it.host == host), None)
        if lost is None:
            raise NotFound(f"no host is called {host!r}; `houmao-mgr hosts list` shows them")
        return lost

    def all(self) -> list[HostHoldings]:
        """The same of every host that ever reported, by name."""
        told = self._of(sorted(str(name) for name in self._redis.hkeys(keys.HOSTS)))
        return sorted([*told, *self._remembered()], key=lambda it: it.host)

    def forget(self, host: str, now: float) -> HostHoldings:
        """Take everything of a host away; what was held. Raises NotFound, Conflict for a live one.

        What its own disk holds stays there: should it return, it tells that again.
        """
        found = self.holdings(host)
        if found.is_watched(now) or self._redis.exists(keys.lease(host)):
            raise Conflict(
                f"host {host} is alive: its agents are being watched; stop its server first"
            )
        drop_misfits(self._redis, {keys.FORGOTTEN_HOSTS: "hash"})
        members = [AgentKey(host, str(it)) for it in self._redis.smembers(keys.host_agents(host))]
        headless = self._turns.told_of(host)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(keys.HOSTS, host)
            for agent in members:
                pipe.hdel(keys.AGENTS, str(agent))
                pipe.delete(*agent_keys(agent), keys.requests(agent))
            for tracked in headless:
                pipe.hdel(keys.HEADLESS, tracked)
                pipe.delete(keys.headless(tracked), keys.turns(tracked))
            for terminal_id in found.terminals:
                pipe.delete(keys.terminal(host, terminal_id))
            pipe.delete(*keys.of_host(host), *_queue_keys(host))
            # For the other hosts, which remember it as well.
            pipe.hset(keys.FORGOTTEN_HOSTS, host, iso_ms(now))
            pipe.expire(keys.FORGOTTEN_HOSTS, REMEMBERED_SECONDS)
            pipe.execute()
        return found

    def forget_the_long_dead(self, now: float) -> list[str]:
        """Forget every host that was not heard of for a month; their names."""
        dead = [it.host for it in self.all() if now - it.heartbeat_at > FORGOTTEN_AFTER]
        for host in dead:
            self.forget(host, now)
        return dead

    def _remembered(self) -> Iterator[HostHoldings]:
        lost = self._lost()
        for host, heard in lost.heard.items():
            names = tuple(sorted(lost.only({host}).agents.values()))
            yield HostHoldings(host, _time(heard), None, "", names, (), (), lost=True)

    def _of(self, hosts: list[str]) -> list[HostHoldings]:
        headless = self._turns.agents()
        with self._redis.pipeline(transaction=False) as pipe:
            for host in hosts:
                pipe.hget(keys.HOSTS, host)
                pipe.hgetall(keys.host(host))
                pipe.get(keys.host_key(host))
                pipe.smembers(keys.host_terminals(host))
            pipe.hgetall(keys.AGENTS)
            *found, names = pipe.execute()
        rows = [found[at : at + 4] for at in range(0, len(found), 4)]
        return [
            HostHoldings(
                host=host,
                heartbeat_at=_time(heartbeat),
                status=flat_from(HostStatus, status),
                machine=str(key or "").partition(" ")[2],
                agents=tuple(sorted(n for it, n in names.items() if it.endswith(f"{AT}{host}"))),
                headless=tuple(it.agent_name for it in headless if it.host == host),
                terminals=tuple(sorted(map(str, terminals))),
            )
            for host, (heartbeat, status, key, terminals) in zip(hosts, rows, strict=True)
        ]


def _time(heartbeat: str | None) -> float:
    try:
        return parse_iso(cast(str, heartbeat))
    except (TypeError, ValueError):
        return 0.0


def _queue_keys(host: str) -> Iterator[str]:
    for process in ("watch", "launch", "turn"):
        for kind in _OF_A_QUEUE:
            yield f"rq:{kind}:houmao-{host}-{process}"
