"""Where each agent is now: which of the server's panes, which process, or why nowhere."""

from collections.abc import Collection, Iterable

from houmao.state.write import AgentUpdate
from houmao.tmux.panes import Pane
from houmao.track.moment import Moment
from workers.watch.pane_bindings import PaneBindings
from workers.watch.panes import PaneSource
from workers.watch.schedule import CaptureSchedule
from workers.watch.watched_agent import DOWN, MISSING, UNSUPPORTED, WatchedAgent
from workers.watch.watched_agents import WatchedAgents

#: Seconds between two looks at the process table while some agent's tool is not found.
INSPECT_GAP = 0.5


class PaneLocator:
    """Keeps the listing of panes, and every agent bound to the right one."""

    def __init__(
        self,
        tmux: PaneSource,
        bindings: PaneBindings,
        watched_agents: WatchedAgents,
        schedule: CaptureSchedule,
    ) -> None:
        self._tmux = tmux
        self._bindings = bindings
        self._agents = watched_agents
        self._schedule = schedule
        self._inspect_at = 0.0
        self.panes: list[Pane] = []

    def list_panes(self, now: float) -> bool:
        """Refresh the listing, and mark the agents whose panes are no longer what they were.

        True when panes came, went or were moved. The listing is empty without a server. Raises
        TmuxError when one is silent.
        """
        before = _places(self.panes)
        if not self._tmux.connected:
            self.hurry()
        self.panes = self._tmux.panes() if self._tmux.connect() else []
        self._tmux.release_if_unused(self.panes)
        self._bindings.look(self.panes)
        for agent in self._agents:
            agent.inspect |= self._bindings.moved(agent)
            if agent.pane is not None and self._bindings.repainted(agent):
                self._schedule.mark(agent.pane.pane_id, now)
        return _places(self.panes) != before

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
        """When the next inspection is due, None when no agent is marked."""
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
                self._schedule.mark(agent.pane.pane_id, moment.at)
            else:
                down = DOWN if agent.supported else UNSUPPORTED
                changes += agent.fail(down if agent.pane else MISSING, moment)
        return changes


def _places(panes: Iterable[Pane]) -> frozenset[tuple[str, str, str]]:
    """What decides which agents live, and where."""
    return frozenset((pane.pane_id, pane.session_name, pane.agent_id) for pane in panes)
