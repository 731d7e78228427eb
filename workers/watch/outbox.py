"""From finished changes to Redis, across outages and changes of ownership.

While Redis is away or another watch process owns the host, changes are dropped here and the
whole present is published again afterwards: state is a copy, and a copy can be made anew.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from redis import Redis, RedisError

from houmao import logs
from houmao.requests.request import Request
from houmao.state import keys
from houmao.state.requests import RequestStore
from houmao.state.terminals import TerminalStore
from houmao.state.upgrade import bring_up_to_date
from houmao.state.values import AgentIdentity, HostStatus
from houmao.state.write import AgentUpdate, Lease, LeaseLost, Publisher
from houmao.terminals.registration import Terminal
from workers.watch.lease_owner import has_ended

#: Seconds between two tries to get Redis or the lease back.
RETRY_EVERY = 0.5


class Outbox:
    """The write side of one watch process. `online` is False until the lease is held."""

    def __init__(self, redis: Redis, host_id: str, owner: str, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._lease = Lease(redis, host_id, owner)
        self._publisher = Publisher(redis, host_id, self._lease)
        self._requests = RequestStore(redis)
        self._terminals = TerminalStore(redis)
        self._host = host_id
        self._clock = clock
        self._retry_at = 0.0
        self._log = logs.get("outbox")
        self.online = False

    @property
    def epoch(self) -> int:
        """Fencing number of the present ownership."""
        return self._lease.epoch

    def come_online(self) -> bool:
        """Try to get the lease when it is time to; True only when it was just obtained."""
        if self.online or self._clock() < self._retry_at:
            return False
        self._retry_at = self._clock() + RETRY_EVERY
        try:
            holder = self._lease.holder()
            dead = holder if holder and has_ended(holder) else ""
            self.online = self._lease.acquire(dead)
            if self.online:
                bring_up_to_date(self._redis, self._host)
        except RedisError as error:
            self.online = False
            self._log.debug("redis_away", reason=type(error).__name__)
        if self.online:
            self._log.info("lease_acquired", epoch=self.epoch)
        return self.online

    def next_try(self) -> float | None:
        """When `come_online` wants to be called, None while online."""
        return None if self.online else self._retry_at

    def publish(self, changes: Sequence[AgentUpdate]) -> None:
        """Write agents' changes, or drop them while offline."""
        self._write(lambda: self._publisher.publish(changes))

    def index(
        self,
        agents: Iterable[AgentIdentity],
        skipped: Mapping[str, str],
        terminals: Iterable[Terminal],
    ) -> None:
        """Replace the host's part of the index, and its terminals."""
        self._write(lambda: self._publisher.index(agents, skipped))
        self._write(lambda: self._terminals.replace(self._host, terminals))

    def told(self, identity: AgentIdentity) -> Mapping[str, str]:
        """The state fields last published of this very agent, empty when nothing is known."""
        try:
            former = self._redis.hget(keys.agent(identity.key), "generation_id")
            if former != identity.generation_id:
                return {}
            return cast(Mapping[str, str], self._redis.hgetall(keys.state(identity.key)))
        except RedisError:
            return {}

    def frame_sink(self, agent_id: str) -> Callable[[Mapping[str, str]], None]:
        """Empty the agent's stream of frames; the result adds an entry to it."""
        self._write(lambda: self._publisher.drop_frames(agent_id))
        return lambda entry: self._write(lambda: self._publisher.add_frame(agent_id, entry))

    def owns_panes(self) -> bool:
        """True only when Redis confirms right now that this process may type."""
        try:
            return self.online and self._lease.is_held()
        except RedisError:
            return False

    def fetch(self, request_id: str) -> Request | None:
        """A request that was put into Redis for this host, None when it is not there."""
        return self._requests.get(request_id)

    def take(self, request_id: str, now: float) -> bool:
        """Take charge of a request before its caller takes it back. Raises RedisError."""
        return self._requests.take(request_id, now)

    def request(self, request: Request, news: bool = True) -> None:
        """Publish a request that is on disk already; as `news` in the event stream too."""
        # A request that lies on disk since before agents had a host is this host's.
        request = replace(request, host=self._host)
        self._write(lambda: self._requests.put(request))
        if news:
            self._write(lambda: self._requests.announce(request))

    def heartbeat(self, status: HostStatus, at: float, agents: int) -> None:
        """Renew the lease and tell readers that all agents were looked at by `at`, wall time."""
        present = replace(status, epoch=self.epoch, heartbeat_at=at, agents=agents)
        self._write(lambda: self._renew(present))

    def close(self) -> None:
        """Give the lease up so that the next watch process need not wait."""
        self._write(self._lease.release)
        self.online = False

    def _renew(self, status: HostStatus) -> None:
        if not self._lease.acquire():
            raise LeaseLost
        if self._lease.epoch != status.epoch:
            # Redis came back empty: the lease is ours again, but everything else is gone.
            raise LeaseLost
        self._publisher.heartbeat(status)

    def _write(self, action: Callable[[], None]) -> None:
        if not self.online:
            return
        try:
            action()
        except (RedisError, LeaseLost) as error:
            self.online = False
            self._log.warning("offline", reason=type(error).__name__)
