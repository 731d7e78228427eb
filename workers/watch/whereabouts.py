"""Where each agent is now: which of the server's panes, which process, or why nowhere."""

from collections.abc import Iterable

from houmao.state.write import Change
from houmao.tmux.panes import Pane
from workers.watch.agent import DOWN, MISSING, UNSUPPORTED, Moment, WatchedAgent
from workers.watch.members import Members
from workers.watch.panes import PaneSource
from workers.watch.places import Places, is_other, looks_other
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

    def list_panes(self) -> None:
        """Refresh the listing; empty without a server. Raises TmuxError when one is silent."""
        if not self._tmux.connected:
            # Pane ids start again with a new server, so every binding is in doubt.
            self.panes = []
            for agent in self._members:
                agent.inspect = True
            self.hurry()
        if self._tmux.connect():
            self.panes = self._tmux.panes()
            self._tmux.release_if_unused(self.panes)

    def notice_moved(self, now: float) -> None:
        """Mark the agents whose pane is no longer what it was."""
        known = {pane.pane_id: pane for pane in self.panes}
        for agent in self._members:
            listed = known.get(agent.pane.pane_id) if agent.pane else None
            if agent.pane is None or listed is None or is_other(agent.pane, listed):
                agent.inspect = True
            elif agent.process is None:
                agent.inspect |= listed.command != agent.pane.command
            elif looks_other(agent.pane, listed):
                self._schedule.mark(listed.pane_id, now)

    def hurry(self) -> None:
        """Do the next inspection without waiting for the gap to pass."""
        self._inspect_at = 0.0

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
        self._places.look(self.panes)
        for agent in agents:
            self._places.settle(agent)
            if agent.pane is not None and agent.process is not None:
                self._schedule.mark(agent.pane.pane_id, moment.at, settle=0.0)
            else:
                down = DOWN if agent.supported else UNSUPPORTED
                changes += agent.fail(down if agent.pane else MISSING, moment)
        return changes
