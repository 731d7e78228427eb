"""The thread that tells Redis what the watch loop has put into its outbox, and keeps the lease.

It may wait for Redis as long as it takes: nothing else waits for it.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from redis import Redis, RedisError

from houmao import clock, logs
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.away import AwayMark
from houmao.state.connect import NO_ANSWER
from houmao.state.faults import problem
from houmao.state.host_key import HostKey, HostTaken
from houmao.state.host_memory import HostMemory
from houmao.state.hosts import HostStore
from houmao.state.redis_clock import RedisClock
from houmao.state.repair import is_whole
from houmao.state.upgrade import bring_up_to_date
from houmao.state.write import Lease, LeaseLost, Publisher
from workers.watch.lease_owner import has_ended
from workers.watch.outbox import Outbox, ToldBefore

#: Seconds between two tries to get Redis or the lease back.
RETRY_EVERY = 0.5
#: Seconds between two tries of a machine whose host id is another's.
TAKEN_PAUSE = 5.0
#: Seconds between two looks for hosts that are long dead.
TIDY_EVERY = 3_600.0
#: Seconds between two looks which other hosts there are.
REMEMBER_EVERY = 60.0
#: Seconds between two looks whether all that readers need is there.
WHOLE_EVERY = 5.0
#: Seconds after which the lease is renewed although there is nothing to tell.
RENEW_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class HostFiles:
    """What the host keeps on its disk for its dealings with Redis and other hosts."""

    key: HostKey
    #: Where the host's other processes learn that Redis is away.
    mark: AwayMark
    #: Where they learn of hosts that Redis has lost.
    memory: HostMemory


class Publishing:
    """Empties one outbox into one Redis."""

    def __init__(
        self,
        redis: Redis,
        files: HostFiles,
        owner: str,
        outbox: Outbox,
        time: RedisClock,
    ) -> None:
        self._mark = files.mark
        self._memory = files.memory
        self._redis = redis
        self._key = files.key
        self._host = host_id = files.key.host
        self._time = time
        self._tidy_at = self._remember_at = float("-inf")
        #: When to look next whether all is there that readers need.
        self._look_at = 0.0
        self._outbox = outbox
        self._owner = owner
        self._lease = Lease(redis, host_id, owner)
        self._publisher = Publisher(redis, host_id, self._lease, time)
        self._pause = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publishing", daemon=True)
        self._away = self._owns = self._up_to_date = False
        #: When Redis last answered, in seconds since the epoch.
        self._answered_at: float | None = None
        self._log = logs.get("publishing")

    def start(self) -> None:
        """Begin to publish."""
        self._mark.clear()
        self._thread.start()

    def close(self, patience: float = 1.5) -> None:
        """Tell what is still to be told, give the lease up, and end; within some seconds."""
        self._outbox.close()
        self._pause.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._done():
            try:
                self._turn()
            except RedisError as error:
                self._lose_touch(error)
            except LeaseLost:
                self._owns = False
                self._log.warning("lease_lost")
            except HostTaken as error:
                self._refused(error)
        self._give_up()

    def _done(self) -> bool:
        self._outbox.await_news(RENEW_EVERY if self._owns else 0.0)
        stuck = self._away or not self._owns
        return self._outbox.ending and (stuck or self._outbox.empty)

    def _turn(self) -> None:
        if not self._owns and not self._take_over():
            self._pause.wait(RETRY_EVERY)
            return
        self._tell()
        self._make_whole(clock.monotonic())
        self._tidy(clock.monotonic())
        self._remember(clock.monotonic())
        for question in self._outbox.questions():
            self._outbox.answered(question(self._outbox.store))

    def _tell(self) -> None:
        since = clock.monotonic()
        self._write()
        self._outbox.confirm(since)

    def _write(self) -> None:
        self._publisher.write(self._outbox.batch())
        self._outbox.arrived()
        self._answered()

    def _answered(self) -> None:
        if self._away:
            self._mark.clear()
        self._away = False
        self._answered_at = self._time.now()

    def _take_over(self) -> bool:
        self._key.claim(self._redis)
        self._answered()
        holder = self._lease.holder()
        # It is ourselves where a renewal was carried out whose answer never came.
        free = holder == self._owner or (holder != "" and has_ended(holder))
        if not self._lease.acquire(holder if free else ""):
            self._outbox.stand_by()
            return False
        if not self._up_to_date:
            bring_up_to_date(self._redis, self._host)
            self._up_to_date = True
        while True:
            # What was seen while Redis was away comes before the present. Not yet confirmed: an
            # agent that is listed meanwhile waits for its past.
            self._write()
            if self._outbox.begin(self._lease.epoch, told_before(self._redis, self._host)):
                break
        self._owns, self._look_at = True, clock.monotonic() + WHOLE_EVERY
        self._log.info("lease_acquired", epoch=self._lease.epoch)
        return True

    def _make_whole(self, now: float) -> None:
        """Now and then, have the whole present told anew when something of it is lost or broken."""
        if now < self._look_at:
            return
        self._look_at = now + WHOLE_EVERY
        members = self._redis.smembers(keys.host_agents(self._host))
        agents = [AgentKey(self._host, str(it)) for it in members]
        if not is_whole(self._redis, self._host, agents):
            self._owns = False
            self._log.warning("not_whole")

    def _refused(self, error: HostTaken) -> None:
        self._owns = False
        self._outbox.stand_by()
        self._log.error("host_taken", reason=error.message)
        self._pause.wait(TAKEN_PAUSE)

    def _tidy(self, now: float) -> None:
        """Now and then, keep the host's key and forget hosts that are long dead."""
        if now < self._tidy_at:
            return
        self._tidy_at = now + TIDY_EVERY
        self._key.claim(self._redis)
        for host in HostStore(self._redis).forget_the_long_dead(self._time.now()):
            self._log.info("host_forgotten", host=host)

    def _remember(self, now: float) -> None:
        """Now and then, write down which other hosts there are."""
        if now < self._remember_at:
            return
        self._remember_at = now + REMEMBER_EVERY
        try:
            self._memory.renew(self._redis, self._host, self._time.now())
        except OSError as error:
            self._log.warning("hosts_not_remembered", reason=error.strerror)

    def _lose_touch(self, error: RedisError) -> None:
        if not self._away:
            self._log.warning("offline", reason=problem(error) or type(error).__name__)
        self._away = True
        self._outbox.lose_touch()
        if not isinstance(error, NO_ANSWER):
            with suppress(RedisError):
                # It may be a key of another type that keeps us from telling.
                is_whole(self._redis, self._host, ())
        else:
            self._mark.set(self._answered_at)
        self._pause.wait(RETRY_EVERY)

    def _give_up(self) -> None:
        try:
            if self._owns and not self._away:
                self._lease.release()
        except RedisError:
            self._log.info("lease_left_to_expire")
        finally:
            self._redis.close()


def told_before(redis: Redis, host: str) -> ToldBefore:
    """What Redis has of a host, in two round trips. Raises RedisError."""
    with redis.pipeline(transaction=False) as pipe:
        pipe.smembers(keys.host_agents(host))
        pipe.smembers(keys.host_terminals(host))
        members, terminals = pipe.execute()
    agent_ids = sorted(map(str, members))
    with redis.pipeline(transaction=False) as pipe:
        for agent_id in agent_ids:
            pipe.hmget(keys.agent(AgentKey(host, agent_id)), "agent_name", "generation_id")
            pipe.hgetall(keys.state(AgentKey(host, agent_id)))
        found = pipe.execute()
    identities = dict(zip(agent_ids, found[::2], strict=True))
    states = dict(zip(agent_ids, found[1::2], strict=True))
    return ToldBefore(
        names={it: str(name or it) for it, (name, _) in identities.items()},
        generations={it: str(generation) for it, (_, generation) in identities.items()},
        states=cast(Mapping[str, Mapping[str, str]], states),
        terminals=frozenset(map(str, terminals)),
    )
