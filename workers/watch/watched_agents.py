"""The agents of the host as the registry's latest reading has them: who joins, stays, leaves."""

from collections.abc import Iterator, Mapping

from houmao import logs
from houmao.errors import NotFound
from houmao.registry.files import renewed
from houmao.registry.record import AgentRecord
from houmao.state.codec import state_from
from houmao.state.values import AgentIdentity
from houmao.state.write import AgentUpdate
from houmao.tools.catalog import select_detector
from houmao.track.diagnostics import Diagnostics
from houmao.track.moment import Moment
from houmao.track.scheduler import LoopScheduler
from workers.watch.outbox import Outbox
from workers.watch.pane_bindings import PaneBindings
from workers.watch.roster import Roster, same_agent
from workers.watch.watched_agent import DetectorFor, WatchedAgent


class WatchedAgents:
    """Iterating gives the watched agents."""

    def __init__(
        self,
        bindings: PaneBindings,
        outbox: Outbox,
        scheduler: LoopScheduler,
        detector_for: DetectorFor = select_detector,
    ) -> None:
        self._bindings = bindings
        self._outbox = outbox
        self._scheduler = scheduler
        self._detector_for = detector_for
        self._agents: dict[str, WatchedAgent] = {}
        #: None until the registry was read: an index made of nothing would end every agent.
        self._roster: Roster | None = None
        #: Agents whose past could not be asked for when they came.
        self._without_past: set[str] = set()
        #: Agents whose records said another session at the last look.
        self._moved: frozenset[AgentIdentity] = frozenset()
        self._log = logs.get("agents")

    def __iter__(self) -> Iterator[WatchedAgent]:
        return iter(tuple(self._agents.values()))

    def __len__(self) -> int:
        return len(self._agents)

    @property
    def known(self) -> bool:
        """True once the registry was read: an agent that is not here then is not live."""
        return self._roster is not None

    def get(self, agent_id: str) -> WatchedAgent | None:
        """The agent of that id, None when it is not watched here."""
        return self._agents.get(agent_id)

    def need(self, agent_id: str) -> WatchedAgent:
        """The agent of that id. Raises NotFound."""
        agent = self._agents.get(agent_id)
        if agent is None:
            raise NotFound(f"agent {agent_id} is not watched on this host")
        return agent

    def record(self, agent_id: str) -> AgentRecord | None:
        """The agent's record as it was last read."""
        return self._roster.records.get(agent_id) if self._roster is not None else None

    def running(self) -> dict[str, str]:
        """Agents whose tool runs: id to generation."""
        return {
            it.identity.agent_id: it.identity.generation_id for it in self if it.process is not None
        }

    def leases_to_renew(self, now: float) -> tuple[AgentRecord, ...]:
        """Records of agents whose tool runs, with less than half of their lease left."""
        running = (it.identity.agent_id for it in self if it.process is not None)
        records = (self.record(agent_id) for agent_id in running)
        return tuple(it for it in records if it is not None and renewed(it, now) != it)

    def moved(self) -> tuple[AgentIdentity, ...]:
        """Agents whose record says another session than the one their pane is in."""
        records = ((it.identity, self.record(it.identity.agent_id)) for it in self)
        return tuple(
            identity
            for identity, record in records
            if record is not None and record.session_name != identity.tmux_session_name
        )

    def more_moved(self) -> bool:
        """Whether agents were moved that were not at the last call: their records are old."""
        before, self._moved = self._moved, frozenset(self.moved())
        return not self._moved <= before

    def follow(self, roster: Roster) -> None:
        """Make the agents those of the roster, and publish the index when it changed."""
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
            self._outbox.index(roster.agents.values(), roster.skipped, roster.terminals)

    def recall(self) -> None:
        """Take the last turns over of those that came while nobody could be asked for them."""
        for agent_id in self._without_past:
            agent = self._agents[agent_id]
            self._restore(agent, self._outbox.told(agent.identity))
        self._without_past.clear()

    def republish(self, moment: Moment) -> list[AgentUpdate]:
        """The index at once, and every agent's present, for a Redis that may know nothing."""
        told = [(agent, self._outbox.told(agent.identity)) for agent in self]
        if self._roster is not None:
            roster = self._roster
            self._outbox.index(roster.agents.values(), roster.skipped, roster.terminals)
        changes: list[AgentUpdate] = []
        for agent, known in told:
            agent.epoch = self._outbox.epoch
            changes += agent.republish(moment, known)
        return changes

    def settle(self, moment: Moment) -> list[AgentUpdate]:
        """Let the timers that are due by now have their say."""
        due = self._scheduler.next_due()
        if due is None or due > moment.at:
            return []
        self._scheduler.advance_to(moment.at)
        return [change for agent in self for change in agent.settle(moment)]

    def fail(self, socket: str, diagnostics: Diagnostics, moment: Moment) -> list[AgentUpdate]:
        """None on that tmux server can be judged now; each is looked for again."""
        changes: list[AgentUpdate] = []
        for agent in (it for it in self if it.identity.tmux_socket == socket):
            agent.inspect = True
            changes += agent.fail(diagnostics, moment)
        return changes

    def close(self) -> None:
        """Stop tracking them all."""
        for agent in self:
            agent.close()

    def _made(self, identity: AgentIdentity, predecessor: WatchedAgent | None) -> WatchedAgent:
        agent = WatchedAgent(identity, self._scheduler, self._detector_for)
        agent.epoch = self._outbox.epoch
        if predecessor is not None:
            self._drop(predecessor)
        elif self._outbox.online:
            self._restore(agent, self._outbox.told(identity))
        else:
            self._without_past.add(identity.agent_id)
        self._log.info("agent_listed", agent_id=identity.agent_id, tool=identity.tool)
        return agent

    def _restore(self, agent: WatchedAgent, told: Mapping[str, str]) -> None:
        former = state_from(agent.identity.agent_id, told)
        if former is not None and not agent.knows_turns:
            agent.restore(former)

    def _drop(self, agent: WatchedAgent) -> None:
        self._without_past.discard(agent.identity.agent_id)
        self._bindings.leave(agent)
        agent.close()
        self._log.info("agent_gone", agent_id=agent.identity.agent_id)
