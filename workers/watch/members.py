"""The agents of the host as the registry's latest reading has them: who joins, stays, leaves."""

from collections.abc import Iterator

from houmao import logs
from houmao.state.values import AgentIdentity
from houmao.state.write import Change
from houmao.track.scheduler import LoopScheduler
from workers.watch.agent import Moment, WatchedAgent
from workers.watch.outbox import Outbox
from workers.watch.places import Places
from workers.watch.roster import Roster, same_agent


class Members:
    """Iterating gives the watched agents."""

    def __init__(self, places: Places, outbox: Outbox, scheduler: LoopScheduler) -> None:
        self._places = places
        self._outbox = outbox
        self._scheduler = scheduler
        self._agents: dict[str, WatchedAgent] = {}
        self._roster = Roster({}, {})
        self._log = logs.get("members")

    def __iter__(self) -> Iterator[WatchedAgent]:
        return iter(tuple(self._agents.values()))

    def __len__(self) -> int:
        return len(self._agents)

    def get(self, agent_id: str) -> WatchedAgent | None:
        """The agent of that id, None when it is not watched here."""
        return self._agents.get(agent_id)

    def follow(self, roster: Roster) -> None:
        """Make the members those of the roster, and publish the index when it changed."""
        for agent_id in self._agents.keys() - roster.agents.keys():
            self._drop(self._agents.pop(agent_id))
        for agent_id, identity in roster.agents.items():
            agent = self._agents.get(agent_id)
            if agent is not None and same_agent(agent.identity, identity):
                agent.identity = identity
            else:
                self._agents[agent_id] = self._made(identity, agent)
        if roster != self._roster:
            self._roster = roster
            self._outbox.index(roster.agents.values(), roster.skipped)

    def republish(self, moment: Moment) -> list[Change]:
        """The index at once, and every agent's present, for a Redis that may know nothing."""
        self._outbox.index(self._roster.agents.values(), self._roster.skipped)
        changes: list[Change] = []
        for agent in self:
            agent.epoch = self._outbox.epoch
            changes += agent.republish(moment)
        return changes

    def _made(self, identity: AgentIdentity, predecessor: WatchedAgent | None) -> WatchedAgent:
        agent = WatchedAgent(identity, self._scheduler)
        agent.epoch = self._outbox.epoch
        if predecessor is not None:
            self._drop(predecessor)
        elif former := self._outbox.recall(identity):
            agent.restore(former)
        self._log.info("agent_listed", agent_id=identity.agent_id, tool=identity.tool)
        return agent

    def _drop(self, agent: WatchedAgent) -> None:
        self._places.leave(agent)
        agent.close()
        self._log.info("agent_gone", agent_id=agent.identity.agent_id)
