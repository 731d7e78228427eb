"""Where each agent is now: which of the server's panes, which process, or why nowhere."""

from collections.abc import Iterable

from houmao.state.write import Change
from houmao.tmux.panes import Pane
from houmao.track.moment import Moment
from workers.watch.agent import DOWN, MISSING, UNSUPPORTED, WatchedAgent
from workers.watch.members import Members
from workers.watch.panes import PaneSource
from workers.watch.places import Places
from workers.watch.schedule import CaptureSchedule

#: Seconds between two looks at the process table while some agent's tool is not found.
INSPECT_GAP = 0.5


class Whereabouts:
    """Keeps the listing of panes, and every agent bound to the right one."""

    def __init__(
        self, tmux: PaneSource, places: Places, members: Members, schedule: CaptureSchedule
    ) -> None:
        self._tmux = tmux
        self._places = places
        self._members = members
        self._schedule = schedule
        self._inspect_at = 0.0
        self.panes: list[Pane] = []

    def list_panes(self, now: float) -> None:
        """Refresh the listing, and mark the agents whose panes are no longer what they were.

        Empty without a server. Raises TmuxError when one is silent.
        """
        if not self._tmux.connected:
            self.hurry()
        self.panes = self._tmux.panes() if self._tmux.connect() else []
        self._tmux.release_if_unused(self.panes)
        self._places.look(self.panes)
        for agent in self._members:
            agent.inspect |= self._places.moved(agent)
            if agent.pane is not None and self._places.repainted(agent):
                self._schedule.mark(agent.pane.pane_id, now)

    def doubt_all_down(self) -> None:
        """Look again, and at once, for every tool that may run where nothing announced it."""
        for agent in self._members:
            agent.inspect |= agent.may_come_up
        self.hurry()

    def hurry(self) -> None:
        """Do the next inspection without waiting for the gap to pass."""
        self._inspect_at = 0.0

    def next_due(self) -> float | None:
        """When the next inspection is due, None when no agent is marked."""
        return self._inspect_at if any(agent.inspect for agent in self._members) else None

    def inspect_waiting(self, moment: Moment) -> list[Change]:
        """Find the agents that are marked, unless somebody just looked."""
        waiting = [agent for agent in self._members if agent.inspect]
        if not waiting or moment.at < self._inspect_at:
            return []
        self._inspect_at = moment.at + INSPECT_GAP
        return self.inspect(waiting, moment)

    def inspect(self, agents: Iterable[WatchedAgent], moment: Moment) -> list[Change]:
        """Find each agent's pane and process again."""
        changes: list[Change] = []
        found = tuple(agents)
        ran = {agent.identity.agent_id for agent in found if agent.process is not None}
        self._places.settle(found)
        for agent in found:
            # A tool that just ended may be about to be started again, as after an update.
            agent.inspect = agent.process is None and agent.identity.agent_id in ran
            if agent.pane is not None and agent.process is not None:
                self._schedule.mark(agent.pane.pane_id, moment.at)
            else:
                down = DOWN if agent.supported else UNSUPPORTED
                changes += agent.fail(down if agent.pane else MISSING, moment)
        return changes
