"""When a claim of work is no longer believed: a screen that stands still where work would move.

Two ways out of a turn that hangs in `active`, both only on evidence of its own: the composer,
read without the signs of work, has to be waiting for a prompt all the while. A row that tools
forget is given up; a stronger sign that stands still is doubted, for some tools wait without a
move. Neither is a verdict on the turn. It knows no tool and compares pictures only.
"""

from dataclasses import dataclass, replace

from houmao.detect.signals import Signals, Tristate
from houmao.track.snapshots import PendingTimer
from houmao.track.state import Surface, TrackedState, TurnPhase

STALE_ACTIVE = "stale_active_recovery"
FINAL_STABLE_ACTIVE = "final_stable_active_recovery"

#: Signs of work that may be nothing but a row the tool forgot to take away.
_WEAK_REASONS = ((), ("status_row",))


@dataclass(frozen=True, slots=True)
class RecoveryInput:
    """What a recovery may look at."""

    tracked: TrackedState
    #: The composer, read without the signs of work, could take a prompt.
    waits: bool
    #: Changes with any text on the screen; compared, never read.
    screen: object
    #: A prompt we sent is being waited for.
    anchored: bool = False


#: What has to stay the same for the window to run; None when there is nothing to recover.
Picture = tuple[object, ...] | None


def composer_waits(signals: Signals) -> bool:
    """Whether the composer could take a prompt, whatever else on the screen speaks of work."""
    return (
        signals.prompt_visible
        and signals.blocked_on is None
        and signals.accepting_input is Tristate.YES
    )


def without_work(signals: Signals) -> Signals:
    """The signals as if nothing on the screen spoke of work: what is left is the composer."""
    return replace(signals, ready_posture=Tristate.YES, active_evidence=False, active_reasons=())


def stale_active_picture(look: RecoveryInput) -> Picture:
    """An unanchored turn that only a forgotten row keeps active, over an empty composer."""
    surface = look.tracked.surface
    hopeful = (
        not look.anchored
        and _claims_work(look)
        and look.tracked.active_reasons in _WEAK_REASONS
        and surface.editing_input is Tristate.NO
    )
    return _picture(look, look.tracked.active_reasons) if hopeful else None


def final_picture(look: RecoveryInput) -> Picture:
    """Any turn that is active on a screen which could take a prompt."""
    return _picture(look) if _claims_work(look) else None


def doubted(tracked: TrackedState) -> TrackedState:
    """The tracker's view once a sign of work has stood still for long: nobody can tell."""
    surface: Surface = replace(tracked.surface, ready_posture=Tristate.UNKNOWN)
    return replace(tracked, phase=TurnPhase.UNKNOWN, surface=surface)


def recovered(tracked: TrackedState) -> TrackedState:
    """The tracker's view once its claim of work is not believed; no result is set."""
    surface: Surface = replace(tracked.surface, ready_posture=Tristate.YES)
    return replace(tracked, phase=TurnPhase.READY, surface=surface)


class Recovery:
    """Says that one picture has stood for `seconds`, inclusive, and says so while it stands.

    It starts no timer: only who looks again can know that nothing has moved.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._picture: Picture = None
        self._reached = False
        #: When the present picture will have stood long enough; None without one, and once it has.
        self.due: float | None = None

    def applies(self, picture: Picture, now: float) -> bool:
        """Whether `picture`, seen at `now`, has stood through the window."""
        if picture != self._picture:
            self._picture, self._reached = picture, False
            self.due = None if picture is None else now + self._seconds
        if self.due is not None and now >= self.due:
            self._reached, self.due = True, None
        return self._reached

    def cancel(self) -> None:
        """Forget the picture; the next one starts a new window."""
        self._picture, self._reached, self.due = None, False, None


class Recoveries:
    """Both recoveries of one tracked session."""

    def __init__(self, stale_seconds: float, final_seconds: float) -> None:
        self._stale = Recovery(stale_seconds)
        self._final = Recovery(final_seconds)

    @property
    def pending(self) -> tuple[PendingTimer, ...]:
        """The windows that run."""
        due = ((STALE_ACTIVE, self._stale.due), (FINAL_STABLE_ACTIVE, self._final.due))
        return tuple(PendingTimer(name, at) for name, at in due if at is not None)

    def applied(self, look: RecoveryInput, now: float) -> str | None:
        """The name of the recovery that holds for what is seen at `now`."""
        if self._stale.applies(stale_active_picture(look), now):
            self._final.cancel()
            return STALE_ACTIVE
        return FINAL_STABLE_ACTIVE if self._final.applies(final_picture(look), now) else None

    def cancel(self) -> None:
        """Begin both windows anew with the next look."""
        self._stale.cancel()
        self._final.cancel()


def _claims_work(look: RecoveryInput) -> bool:
    return (
        look.waits
        and look.tracked.phase is TurnPhase.ACTIVE
        and look.tracked.surface.accepting_input is Tristate.YES
    )


def _picture(look: RecoveryInput, *more: object) -> Picture:
    # Evidence holds what the terminal title says, which the text on the screen does not.
    tracked = look.tracked
    return (look.screen, tracked.surface, tracked.last_turn, tracked.evidence, *more)
