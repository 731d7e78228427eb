"""What is told of an agent, and since when each part of it has held. Pure; wall seconds."""

from dataclasses import dataclass, field, replace

from houmao.detect.signals import BlockedOn
from houmao.track.day import DayTally
from houmao.track.diagnostics import Diagnostics
from houmao.track.stability import Stability, observe
from houmao.track.state import LastTurn, LastTurnResult, TrackedState, TurnPhase


@dataclass(frozen=True, slots=True)
class Standing:
    """The present of one agent; the defaults are what holds before the first look."""

    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    tracked: TrackedState = field(default_factory=TrackedState)
    #: None before the first look.
    phase_since: float | None = None
    #: None while nothing blocks it.
    blocked_since: float | None = None
    #: When the last turn ended; None while none has, and when that is not known.
    turn_updated: float | None = None
    stability: Stability = field(default_factory=Stability)
    #: Whether a turn has ended that nobody has looked at yet.
    unseen: bool = False
    #: What it did today, until the present began.
    today: DayTally = field(default_factory=DayTally)

    def after(
        self,
        diagnostics: Diagnostics,
        tracked: TrackedState,
        wall: float,
        *,
        in_sight: bool = False,
    ) -> "Standing":
        """The standing once this is told at `wall`: itself when it says nothing new.

        `in_sight` is whether a person has the screen before their eyes.
        """
        seen, unseen = self.phase_since is not None, self._unseen(tracked.last_turn, in_sight)
        if seen and (diagnostics, tracked) == (self.diagnostics, self.tracked):
            return self if unseen is self.unseen else replace(self, unseen=unseen)
        same_phase = seen and tracked.phase is self.tracked.phase
        told = {
            "diagnostics": diagnostics,
            "surface": tracked.surface,
            "phase": tracked.phase,
            "last_turn": tracked.last_turn,
        }
        return Standing(
            diagnostics,
            tracked,
            self.phase_since if same_phase else wall,
            self._blocked_since(tracked.surface.blocked_on, wall),
            self._turn_updated(tracked.last_turn, wall),
            observe(self.stability, told, wall),
            unseen,
            self.today.after(self.tracked, tracked, wall),
        )

    def seen(self) -> "Standing":
        """The same once a person has looked at how the last turn ended."""
        return replace(self, unseen=False)

    def ready_for(self, wall: float) -> float:
        """Seconds since the agent became ready, 0 while it is not."""
        ready = self.tracked.phase is TurnPhase.READY
        return wall - self.phase_since if self.phase_since and ready else 0.0

    def _blocked_since(self, blocked_on: BlockedOn | None, wall: float) -> float | None:
        if blocked_on is None:
            return None
        same = blocked_on is self.tracked.surface.blocked_on
        return self.blocked_since if same else wall

    def _unseen(self, last_turn: LastTurn, in_sight: bool) -> bool:
        if in_sight or last_turn.result is LastTurnResult.NONE:
            return False
        return self.unseen or last_turn != self.tracked.last_turn

    def _turn_updated(self, last_turn: LastTurn, wall: float) -> float | None:
        if last_turn == self.tracked.last_turn:
            return self.turn_updated
        return None if last_turn.result is LastTurnResult.NONE else wall
