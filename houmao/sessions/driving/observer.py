"""One agent watched from here and now: its pane captured, its screen read, its turns tracked.

For the time of one command, where no watch process does it. It types nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from houmao.detect.signals import Detector, Frame, Signals
from houmao.errors import Unavailable
from houmao.requests.steps import AgentSnapshot
from houmao.sessions.target import SessionTarget
from houmao.tmux.address import TmuxAddress
from houmao.tmux.capture import capture
from houmao.tmux.locate import find_pane
from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessTable, ToolProcess
from houmao.tmux.typing import PaneSpot, spot_of
from houmao.tmux.unread import has_unread_keys
from houmao.tmux.version import observed_version
from houmao.tools.catalog import select_detector, tool_named
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.state import TrackedState

#: Seconds between two looks: short turns must not be missed.
LOOK_SECONDS = 0.08
#: Looks between two checks whether the tool's process still runs in the pane.
_LOOKS_PER_CHECK = 5


@dataclass(frozen=True, slots=True)
class AgentPane:
    """Where an agent's tool runs."""

    address: TmuxAddress
    tool: str
    pane: Pane
    process: ToolProcess


def target_pane(target: SessionTarget) -> AgentPane:
    """The pane in which the target's tool runs. Raises Unavailable when it does in none."""
    stored = target.stored
    return agent_pane_of(target.address, target.panes, stored.tool, stored.agent_id)


def agent_pane_of(
    address: TmuxAddress, panes: Iterable[Pane], tool: str, agent_id: str
) -> AgentPane:
    """The pane among these in which the tool runs. Raises Unavailable when it does in none."""
    pane, process = find_pane(panes, tool, ProcessTable.read, agent_id)
    if pane is None or process is None:
        raise Unavailable(
            f"{tool} does not run in its pane any more; look at it, or start it again with "
            "`houmao-mgr agents relaunch`"
        )
    return AgentPane(address, tool, pane, process)


class LocalObserver:
    """Looks at one place; `clock` gives seconds that never go back."""

    def __init__(
        self,
        agent_pane: AgentPane,
        clock: Callable[[], float],
        detector_for: Callable[[str, str | None], Detector] = select_detector,
    ) -> None:
        self.version = observed_version(agent_pane.tool, agent_pane.process)
        self._agent_pane = agent_pane
        self._clock = clock
        self._scheduler = LoopScheduler(clock())
        self._session = TrackerSession(detector_for(agent_pane.tool, self.version), self._scheduler)
        self._looks = 0
        self._gone = False
        #: The latest screen, None before the first look.
        self.frame: Frame | None = None
        #: The pane as it was then.
        self.spot: PaneSpot | None = None

    @property
    def state(self) -> TrackedState:
        """What the tracker says now."""
        return self._session.state

    @property
    def signals(self) -> Signals | None:
        """What the latest screen shows, None once the tool has gone."""
        return None if self._gone else self._session.signals

    def look(self) -> AgentSnapshot:
        """Capture the pane and take in what it shows. Raises TmuxError."""
        now = self._clock()
        captured = capture(self._agent_pane.address, self._agent_pane.pane.pane_id, now)
        self._looks += 1
        if captured is None or captured[0].dead or self._has_left(captured[0]):
            self._gone = True
        else:
            self.spot, self.frame = spot_of(captured[0]), captured[1]
            self._scheduler.advance_to(now)
            self._session.on_frame(captured[1])
        return AgentSnapshot(
            now,
            self.state.phase,
            self.signals,
            frame=self.frame,
            unread_keys=has_unread_keys(self._agent_pane.pane.tty),
            stand_in=tool_named(self._agent_pane.tool).texts.stand_in,
        )

    def on_input(self) -> None:
        """A prompt is being sent: the next turn is ours."""
        self._session.on_input()

    def close(self) -> None:
        """Drop the tracker's timers."""
        self._session.close()

    def _has_left(self, pane: Pane) -> bool:
        """Whether another program than the tool runs in the pane by now."""
        if self._gone or pane.pid != self._agent_pane.pane.pid:
            return True
        if self._looks % _LOOKS_PER_CHECK:
            return False
        found = ProcessTable.read().find_tool(pane.pid, self._agent_pane.tool)
        return found is None or found.pid != self._agent_pane.process.pid
