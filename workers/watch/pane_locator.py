"""Where each agent is now: which pane of which server, which process, or why nowhere."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from houmao.errors import TmuxError
from houmao.state.write import AgentUpdate
from houmao.tmux.panes import Pane, PaneKey
from houmao.track.diagnostics import Diagnostics
from houmao.track.moment import Moment
from workers.watch.pane_bindings import PaneBindings
from workers.watch.schedule import CaptureSchedule
from workers.watch.tmux_servers import TmuxServers
from workers.watch.watched_agent import DOWN, MISSING, UNSUPPORTED, WatchedAgent, probe_failed
from workers.watch.watched_agents import WatchedAgents

#: Seconds between two looks at the process table while some agent's tool is not found.
INSPECT_GAP = 0.5


@dataclass(frozen=True, slots=True)
class PaneNews:
    """What a listing brought: whether panes came, went or were moved, and who is silent."""

    changed: bool
    #: Sockets of the servers that are there and do not answer.
    silent: frozenset[str]
    #: What is told of the agents there.
    updates: list[AgentUpdate]


class PaneLocator:
    """Keeps the listing of panes, and every agent bound to the right one."""

    def __init__(
        self,
        tmux: TmuxServers,
        bindings: PaneBindings,
        watched_agents: WatchedAgents,
        schedule: CaptureSchedule[PaneKey],
    ) -> None:
        self._tmux = tmux
        self._bindings = bindings
        self._agents = watched_agents
        self._schedule = schedule
        self._inspect_at = 0.0
        self.panes: list[Pane] = []

    def list_panes(self, moment: Moment) -> PaneNews:
        """Refresh the listing, and mark the agents whose panes are no longer what they were.

        A server that does not run has no panes; one that is silent has those it had.
        """
        before = _places(self.panes)
        failures = dict(self._look())
        self.panes = self._tmux.panes
        self._bindings.look(self.panes)
        for agent in self._agents:
            agent.inspect |= self._bindings.moved(agent)
            if agent.pane is not None and self._bindings.repainted(agent):
                self._schedule.mark(agent.pane.key, moment.at)
        updates = [
            update
            for socket, failed in failures.items()
            for update in self._agents.fail(socket, failed, moment)
        ]
        return PaneNews(_places(self.panes) != before, frozenset(failures), updates)

    def _look(self) -> Iterator[tuple[str, Diagnostics]]:
        """List each server's panes; which of them are silent, and how that is told."""
        for server in self._tmux:
            if not server.connected:
                self.hurry()
            try:
                server.look()
            except TmuxError as error:
                yield server.socket, probe_failed("tmux_probe_error", error.message)

    def doubt_all_down(self) -> None:
        """Look again, and at once, for every tool that may run where nothing announced it."""
        for agent in self._agents:
            agent.inspect |= agent.may_come_up
        self.hurry()

    def lose(self, ended: Collection[int]) -> None:
        """Look again, and at once, for the tools whose processes ended."""
        for agent in self._agents:
            if agent.process is not None and agent.process.pid in ended:
                agent.inspect = True
                self.hurry()

    def hurry(self) -> None:
        """Do the next inspection without waiting for the gap to pass."""
        self._inspect_at = 0.0

    def next_due(self) -> float | None:
        """When the next look for a tool is due; None while none is looked for."""
        return self._inspect_at if any(agent.inspect for agent in self._agents) else None

    def inspect_waiting(self, moment: Moment) -> list[AgentUpdate]:
        """Find the agents that are marked, unless somebody just looked."""
        waiting = [agent for agent in self._agents if agent.inspect]
        if not waiting or moment.at < self._inspect_at:
            return []
        self._inspect_at = moment.at + INSPECT_GAP
        return self.inspect(waiting, moment)

    def inspect(self, agents: Iterable[WatchedAgent], moment: Moment) -> list[AgentUpdate]:
        """Find each agent's pane and process again."""
        changes: list[AgentUpdate] = []
        found = tuple(agents)
        ran = {agent.identity.agent_id for agent in found if agent.process is not None}
        self._bindings.settle(found)
        for agent in found:
            # A tool that just ended may be about to be started again, as after an update.
            agent.inspect = agent.process is None and agent.identity.agent_id in ran
            if agent.pane is not None and agent.process is not None:
                self._schedule.mark(agent.pane.key, moment.at)
            else:
                down = DOWN if agent.supported else UNSUPPORTED
                changes += agent.fail(down if agent.pane else MISSING, moment)
        return changes


def _places(panes: Iterable[Pane]) -> frozenset[tuple[PaneKey, str, str]]:
    """What decides which agents live, and where."""
    return frozenset((pane.key, pane.session_name, pane.agent_id) for pane in panes)
