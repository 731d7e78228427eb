"""Readiness and anchored completion: how long parsed surfaces have said the same.

Two kernels take parsed surfaces in and give snapshots out; their windows are Rx timers on the
owner's scheduler. They know no raw screen, no tool and no result of a turn.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reactivex import Subject

from houmao.detect.projection import ParsedSurface
from houmao.track.parsed import label_of, projection_key, readiness_of, working
from houmao.track.scheduler import LoopScheduler
from houmao.track.snapshots import Completion, Doubt, Readiness
from houmao.track.timer import Timer
from houmao.track.vocabulary import CompletionState, ReadinessState


@dataclass(frozen=True, slots=True)
class Windows:
    """Seconds a completion candidate must stand, and unknowns may last before they count."""

    stability: float = 1.0
    stall: float = 30.0


class ReadinessKernel:
    """Readiness of one agent; `snapshots` has one for each surface and one for a stall."""

    def __init__(self, scheduler: LoopScheduler, stall_seconds: float) -> None:
        self.snapshots: Subject[Readiness] = Subject()
        self.latest: Readiness | None = None
        self._stall = _Stall(scheduler, stall_seconds, self._stalled)

    @property
    def stall_due(self) -> float | None:
        """When continued doubt becomes a stall, on the scheduler's clock."""
        return self._stall.due

    def observe(self, surface: ParsedSurface) -> None:
        """Take in a surface, at the scheduler's present time."""
        status = readiness_of(surface)
        if status is not ReadinessState.UNKNOWN:
            self._emit(Readiness(status, self._stall.known(surface)))
            return
        doubt = self._stall.unknown()
        self._emit(Readiness(ReadinessState.STALLED if self._stall.reached else status, doubt))

    def close(self) -> None:
        self._stall.close()

    def _stalled(self, doubt: Doubt) -> None:
        self._emit(Readiness(ReadinessState.STALLED, doubt))

    def _emit(self, snapshot: Readiness) -> None:
        self.latest = snapshot
        self.snapshots.on_next(snapshot)


class CompletionKernel:
    """Completion of the turn that began when the screen showed `baseline`."""

    def __init__(self, scheduler: LoopScheduler, windows: Windows, baseline: str) -> None:
        self.snapshots: Subject[Completion] = Subject()
        self.latest: Completion | None = None
        self._scheduler = scheduler
        self._windows = windows
        self._baseline = projection_key(baseline)
        self._frozen: str | None = None
        self._saw_working = False
        self._saw_change = False
        self._candidate: tuple[object, ...] | None = None
        self._candidate_since = 0.0
        self._completed = False
        self._stall = _Stall(scheduler, windows.stall, self._stalled)
        self._stability = Timer(scheduler)

    @property
    def stall_due(self) -> float | None:
        """When continued doubt becomes a stall, on the scheduler's clock."""
        return self._stall.due

    @property
    def complete_due(self) -> float | None:
        """When the present candidate becomes a completion, on the scheduler's clock."""
        return self._stability.due

    def observe(self, surface: ParsedSurface) -> None:
        """Take in a surface, at the scheduler's present time."""
        key = self._key(surface)
        self._saw_working |= working(surface)
        self._saw_change |= key != self._baseline
        readiness = readiness_of(surface)
        if readiness is ReadinessState.UNKNOWN:
            self._drop_candidate()
            doubt = self._stall.unknown()
            stalled = self._stall.reached
            self._emit(CompletionState.STALLED if stalled else CompletionState.UNKNOWN, doubt)
            return
        doubt = self._stall.known(surface)
        status = self._status(surface, readiness)
        if status is CompletionState.CANDIDATE_COMPLETE:
            self._keep_candidate((key, self._saw_working, self._saw_change))
            status = CompletionState.COMPLETED if self._completed else status
        else:
            self._drop_candidate()
        self._emit(status, doubt)

    def close(self) -> None:
        self._stall.close()
        self._stability.cancel()

    def _key(self, surface: ParsedSurface) -> str:
        key = projection_key(surface.normalized_projection_text)
        if surface.baseline_invalidated and self._frozen is None:
            self._frozen = key
        return key if self._frozen is None else self._frozen

    def _status(self, surface: ParsedSurface, readiness: ReadinessState) -> CompletionState:
        if readiness in (ReadinessState.FAILED, ReadinessState.BLOCKED):
            return CompletionState(readiness.value)
        if working(surface):
            return CompletionState.IN_PROGRESS
        evidence = self._saw_working or self._saw_change
        if readiness is ReadinessState.READY and evidence:
            return CompletionState.CANDIDATE_COMPLETE
        return CompletionState.WAITING

    def _keep_candidate(self, candidate: tuple[object, ...]) -> None:
        if candidate == self._candidate:
            return
        self._candidate, self._completed = candidate, False
        self._candidate_since = self._scheduler.seconds
        self._stability.start(self._windows.stability, self._complete)

    def _drop_candidate(self) -> None:
        self._candidate, self._completed = None, False
        self._stability.cancel()

    def _complete(self) -> None:
        self._completed = True
        self._emit(CompletionState.COMPLETED, Doubt())

    def _stalled(self, doubt: Doubt) -> None:
        self._emit(CompletionState.STALLED, doubt)

    def _emit(self, status: CompletionState, doubt: Doubt) -> None:
        since = self._candidate_since if self._candidate is not None else None
        elapsed = None if since is None else self._scheduler.seconds - since
        self.latest = Completion(status, doubt, elapsed, self._saw_working, self._saw_change)
        self.snapshots.on_next(self.latest)


class _Stall:
    """Counts doubt from the first unknown surface on, however many follow it."""

    def __init__(
        self, scheduler: LoopScheduler, seconds: float, stalled: Callable[[Doubt], None]
    ) -> None:
        self._scheduler = scheduler
        self._seconds = seconds
        self._tell = stalled
        self._timer = Timer(scheduler)
        self._unknown_since: float | None = None
        self._stalled_since: float | None = None

    @property
    def reached(self) -> bool:
        return self._stalled_since is not None

    @property
    def due(self) -> float | None:
        return self._timer.due

    def unknown(self) -> Doubt:
        if self._unknown_since is None:
            self._unknown_since = self._scheduler.seconds
            self._timer.start(self._seconds, self._fire)
        return self._doubt(entered=False)

    def known(self, surface: ParsedSurface) -> Doubt:
        recovered = self.reached
        self.close()
        self._unknown_since = self._stalled_since = None
        return (
            Doubt(recovered_from_stalled=True, recovered_to=label_of(surface))
            if recovered
            else Doubt()
        )

    def close(self) -> None:
        self._timer.cancel()

    def _fire(self) -> None:
        self._stalled_since = self._scheduler.seconds
        self._tell(self._doubt(entered=True))

    def _doubt(self, entered: bool) -> Doubt:
        now, unknown, stalled = self._scheduler.seconds, self._unknown_since, self._stalled_since
        return Doubt(
            unknown_elapsed_seconds=None if unknown is None else now - unknown,
            elapsed_stalled_seconds=None if stalled is None else now - stalled,
            entered_stalled=entered,
        )
