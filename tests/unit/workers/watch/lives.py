"""An agent in virtual time, to be shown screens by tests."""

from dataclasses import dataclass, field

from houmao.detect.signals import Frame
from houmao.state.codec import state_from
from houmao.state.values import AgentState
from houmao.state.write import AgentUpdate
from houmao.tmux.process import ToolProcess
from houmao.tools.catalog import select_detector
from houmao.track.moment import Moment
from houmao.track.scheduler import LoopScheduler
from tests.values import IDENTITY, PANE
from workers.watch.panes import Capture
from workers.watch.watched_agent import DetectorFor, WatchedAgent, probe_failed

PROCESS = ToolProcess(101, ("claude",), ("claude",))
#: Wall time at which the monotonic clock stood at 0.
EPOCH = 1_774_602_000.0


def moment(at: float) -> Moment:
    return Moment(at, EPOCH + at)


@dataclass(slots=True)
class Life:
    """An agent with its clock, and everything it published."""

    agent: WatchedAgent
    scheduler: LoopScheduler
    published: list[AgentUpdate] = field(default_factory=list)

    def bind(self, process: ToolProcess | None = PROCESS, version: str | None = "2.1.197") -> None:
        self.agent.bind(PANE, process, version)

    def see(self, raw: str, at: float, title: str | None = None) -> list[AgentUpdate]:
        self.scheduler.advance_to(at)
        return self._note(self.agent.see(Capture(PANE, Frame(raw, at, title=title)), moment(at)))

    def wait(self, until: float) -> list[AgentUpdate]:
        self.scheduler.advance_to(until)
        return self._note(self.agent.settle(moment(until)))

    def fail(self, at: float) -> list[AgentUpdate]:
        return self._note(self.agent.fail(probe_failed("tmux_probe_error", "no"), moment(at)))

    def _note(self, changes: list[AgentUpdate]) -> list[AgentUpdate]:
        self.published += changes
        return changes

    @property
    def state(self) -> AgentState:
        """What readers know from the latest publish."""
        found = state_from("a1", self.published[-1].state)
        assert found is not None
        return found

    @property
    def notes(self) -> list[str]:
        return [it.transition["summary"] for it in self.published if it.transition]


def life(detector_for: DetectorFor = select_detector) -> Life:
    scheduler = LoopScheduler()
    return Life(WatchedAgent(IDENTITY, scheduler, detector_for), scheduler)
