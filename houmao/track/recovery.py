"""When a claim of work is no longer believed: a screen that stands still where work would move.

Two ways out of a turn that hangs in `active`, both only on evidence of its own: the composer,
read without the signs of work, has to be waiting for a prompt all the while. Neither is a
verdict on the turn. It knows no tool and compares pictures only.
"""

from dataclasses import dataclass, replace

from houmao.detect.projection import ParsedSurface
from houmao.detect.signals import Signals, Tristate
from houmao.track.diagnostics import Availability
from houmao.track.parsed import submit_ready
from houmao.track.scheduler import LoopScheduler
from houmao.track.snapshots import PendingTimer
from houmao.track.state import Surface, TrackedState, TurnPhase
from houmao.track.timer import Timer

STALE_ACTIVE = "stale_active_recovery"
FINAL_STABLE_ACTIVE = "final_stable_active_recovery"

#: Signs of work that may be nothing but a row the tool forgot to take away.
_WEAK_REASONS = ((), ("status_row",))


@dataclass(frozen=True, slots=True)
class Look:
    """What a recovery may look at: the tracker's view, and the composer on its own."""

    availability: Availability
    tracked: TrackedState
    #: The surface read without the signs of work; None when there was nothing to read.
    composer: ParsedSurface | None
    #: Digest of the visible text.
    signature: str
    #: A prompt we sent is being waited for.
    anchored: bool = False


#: What has to stay the same for the window to run; None when there is nothing to recover.
Picture = tuple[object, ...] | None


def without_work(signals: Signals) -> Signals:
    """The signals as if nothing on the screen spoke of work: what is left is the composer."""
    return replace(signals, active_evidence=False, active_reasons=())


def stale_active_picture(look: Look) -> Picture:
    """An unanchored turn that only a forgotten row keeps active, over an empty composer."""
    surface = look.tracked.surface
    hopeful = (
        not look.anchored
        and _claims_work(look)
        and look.tracked.active_reasons in _WEAK_REASONS
        and surface.editing_input is Tristate.NO
    )
    return _picture(look, look.tracked.active_reasons) if hopeful else None


def final_picture(look: Look) -> Picture:
    """Any turn that is active on a screen which could take a prompt."""
    return _picture(look) if _claims_work(look) else None


def recovered(tracked: TrackedState) -> TrackedState:
    """The tracker's view once its claim of work is not believed; no result is set."""
    surface: Surface = replace(tracked.surface, ready_posture=Tristate.YES)
    return replace(tracked, phase=TurnPhase.READY, surface=surface)


class Recovery:
    """Says that one picture has stood for `seconds`, inclusive, and says so while it stands."""

    def __init__(self, scheduler: LoopScheduler, seconds: float) -> None:
        self._seconds = seconds
        self._timer = Timer(scheduler)
        self._picture: Picture = None
        self._reached = False

    @property
    def due(self) -> float | None:
        """When the present picture will have stood long enough, on the scheduler's clock."""
        return self._timer.due

    def applies(self, picture: Picture) -> bool:
        """Whether `picture`, seen now, has stood through the window."""
        if picture != self._picture:
            self.cancel()
            self._picture = picture
            if picture is not None:
                self._timer.start(self._seconds, self._reach)
        return self._reached

    def cancel(self) -> None:
        """Forget the picture; the next one starts a new window."""
        self._picture, self._reached = None, False
        self._timer.cancel()

    def _reach(self) -> None:
        self._reached = True


class Recoveries:
    """Both recoveries of one tracked session."""

    def __init__(
        self, scheduler: LoopScheduler, stale_seconds: float, final_seconds: float
    ) -> None:
        self._stale = Recovery(scheduler, stale_seconds)
        self._final = Recovery(scheduler, final_seconds)

    @property
    def pending(self) -> tuple[PendingTimer, ...]:
        """The windows that run."""
        due = ((STALE_ACTIVE, self._stale.due), (FINAL_STABLE_ACTIVE, self._final.due))
        return tuple(PendingTimer(name, at) for name, at in due if at is not None)

    def applied(self, look: Look) -> str | None:
        """The name of the recovery that holds for what is seen now."""
        if self._stale.applies(stale_active_picture(look)):
            self._final.cancel()
            return STALE_ACTIVE
        return FINAL_STABLE_ACTIVE if self._final.applies(final_picture(look)) else None

    def cancel(self) -> None:
        """Begin both windows anew with the next look."""
        self._stale.cancel()
        self._final.cancel()


def _claims_work(look: Look) -> bool:
    return (
        look.availability is Availability.AVAILABLE
        and look.tracked.phase is TurnPhase.ACTIVE
        and look.tracked.surface.accepting_input is Tristate.YES
        and look.composer is not None
        and submit_ready(look.composer)
    )


def _picture(look: Look, *more: object) -> Picture:
    # Evidence holds what the terminal title says, which the text on the screen does not.
    tracked = look.tracked
    state = (tracked.surface, tracked.last_turn, tracked.evidence)
    return (look.signature, look.composer, *state, *more)
