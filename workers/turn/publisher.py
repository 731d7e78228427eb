"""What readers are told of headless agents and turns, across outages of Redis.

The files are the truth. What cannot be told now is told from them once Redis is back.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from redis.exceptions import RedisError

from houmao import logs
from houmao.clock import iso_ms
from houmao.headless.records import TurnRecord
from houmao.state.host_key import HostTaken
from houmao.state.turns import Numbered, TurnStore
from houmao.state.values import HeadlessAgent

#: Seconds between two tries to reach Redis.
RETRY_EVERY = 0.5


class TurnPublisher:
    """The write side of a turn process. `online` is False until Redis was told everything."""

    def __init__(
        self,
        store: TurnStore,
        host: str,
        clock: Callable[[], float],
        claim: Callable[[], None] = lambda: None,
    ) -> None:
        """`claim` makes sure that the host's id is this machine's, or raises HostTaken."""
        self._store = store
        self._host = host
        self._clock = clock
        self._claim = claim
        self._retry_at = 0.0
        self._agents: dict[str, HeadlessAgent] = {}
        self._log = logs.get("publisher")
        self.online = False

    def come_online(self) -> bool:
        """Try to reach Redis when it is time to; True when it must be told everything now."""
        if self.online or self._clock() < self._retry_at:
            return False
        self._retry_at = self._clock() + RETRY_EVERY
        try:
            self._claim()
        except (RedisError, HostTaken) as error:
            self._log.debug("not_online", reason=type(error).__name__)
            return False
        self.online = True
        self._agents.clear()
        return True

    def live(self, now: float) -> None:
        """Say that all turns were looked at by `now`, seconds since the epoch."""

        def say() -> None:
            if not self._store.host_lives(self._host, iso_ms(now)) and self._agents:
                # Redis has forgotten us, and so everything.
                self.online = False

        self._write(say)

    def told_of(self) -> set[str]:
        """Tracked ids of the host's agents that readers are told of, whoever told them."""
        found: set[str] = set()
        self._write(lambda: found.update(self._store.told_of(self._host)))
        return found

    def agents(self, agents: Sequence[HeadlessAgent], told: Collection[str] = ()) -> None:
        """Publish the host's agents, those that changed; who was `told` and is not there goes."""
        present = {agent.tracked_agent_id: agent for agent in agents}
        for tracked in (self._agents.keys() | set(told)) - present.keys():
            self.gone(tracked)
        for tracked, agent in present.items():
            if self._agents.get(tracked) != agent:
                self._agents[tracked] = agent
                self._write(lambda agent=agent: self._store.put_agent(agent))  # type: ignore[misc]

    def gone(self, tracked: str) -> None:
        """An agent is not owned any more."""
        self._agents.pop(tracked, None)
        self._write(lambda: self._store.drop_agent(tracked))

    def turn(self, record: TurnRecord, *, news: bool = True) -> None:
        """Publish a turn; `news` is False for what may have been told long ago."""
        self._write(lambda: self._store.put(record, news=news))

    def events(self, turn_id: str, events: Iterable[Numbered]) -> None:
        """Publish events of a turn."""
        found = list(events)
        if found:
            self._write(lambda: self._store.add_events(turn_id, found))

    def _write(self, action: Callable[[], None]) -> None:
        if not self.online:
            return
        try:
            action()
        except RedisError as error:
            self.online = False
            self._log.warning("offline", reason=type(error).__name__)
