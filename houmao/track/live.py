"""A tracker session watched live: what it says, until its claim of work is not believed any more.

The session judges what it sees, and a screen that stands still says the same for ever. Here it
is given up, or doubted, once it has stood for long enough. Used from one thread; knows no tmux,
no process and no Redis.
"""

from houmao.detect.signals import Detector, Frame, Signals
from houmao.track.recovery import (
    FINAL_STABLE_ACTIVE,
    STALE_ACTIVE,
    Recoveries,
    RecoveryInput,
    composer_waits,
    doubted,
    recovered,
    without_work,
)
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.settings import HostSettings
from houmao.track.snapshots import PendingTimer
from houmao.track.state import Cause, LastTurn, LastTurnResult, TrackedState, Transition

#: Note of the change by which a turn that was given up is believed again.
WORK_GOES_ON = "work_goes_on"


class LiveTracker:
    """A tracker session and its recoveries; `state` is what may be told of the agent now.

    A turn is given up only when somebody has just looked, never by the passing of time alone.
    """

    def __init__(
        self, detector: Detector, scheduler: LoopScheduler, settings: HostSettings | None = None
    ) -> None:
        windows = settings or HostSettings()
        self._scheduler = scheduler
        self._session = TrackerSession(detector, scheduler, windows.completion_stability_seconds)
        self._recoveries = Recoveries(
            windows.stale_active_recovery_seconds, windows.final_stable_active_recovery_seconds
        )
        self._anchored = False
        #: The recovery that holds.
        self._given_up: str | None = None
        self._changes: list[Transition] = []

    @property
    def state(self) -> TrackedState:
        """Everything that may be told of the agent now."""
        state = self._session.state
        if self._given_up is None:
            return state
        return doubted(state) if self._given_up == FINAL_STABLE_ACTIVE else recovered(state)

    @property
    def signals(self) -> Signals | None:
        """What the latest frame showed, without the signs of work that are not believed."""
        signals = self._session.signals
        given_up = self._given_up == STALE_ACTIVE
        return without_work(signals) if signals is not None and given_up else signals

    @property
    def pending(self) -> tuple[PendingTimer, ...]:
        """What will happen by itself unless frames or inputs come before."""
        return self._session.pending + self._recoveries.pending

    def on_frame(self, frame: Frame) -> None:
        """Take in a capture; raises what the detector raises."""
        self._session.on_frame(frame)
        self._look()

    def on_unchanged(self, at_seconds: float) -> bool:
        """The screen was captured and is the one before; True when a frame would tell no less."""
        told = self._session.on_unchanged(at_seconds)
        self._look()
        return told

    def on_input(self) -> None:
        """A prompt is being sent to the agent."""
        self.lose_sight()
        self._anchored = True
        self._session.on_input()

    def lose_sight(self) -> None:
        """The screen cannot be seen: how long it stood still is forgotten, and for which prompt."""
        self._recoveries.cancel()
        self._anchored, self._given_up = False, None

    def restore(self, last_turn: LastTurn) -> None:
        """Carry the last turn over a restart; what the first frame shows of it is old news."""
        self._session.restore(last_turn)

    def drain(self) -> list[Transition]:
        """Changes since the last call, oldest first; each is handed out once."""
        drained, self._changes = self._changes + self._session.drain(), []
        return drained

    def close(self) -> None:
        """Drop all timers; nothing changes any more by itself."""
        self._session.close()

    def _look(self) -> None:
        seen, signals = self._session.drain(), self._session.signals
        self._changes += seen
        if signals is None:
            return
        state = self._session.state
        self._anchored &= state.last_turn.result is LastTurnResult.NONE
        look = RecoveryInput(
            state, composer_waits(signals), signals.surface_signature, self._anchored
        )
        before, self._given_up = self._given_up, self._recoveries.applied(look, self._now)
        self._anchored &= self._given_up != FINAL_STABLE_ACTIVE
        if bool(before) != bool(self._given_up) and (self._given_up or not seen):
            note = self._given_up or WORK_GOES_ON
            self._changes.append(Transition(self._now, Cause.SNAPSHOT, note, self.state))

    @property
    def _now(self) -> float:
        return self._scheduler.seconds
