"""The lifecycle of one tracked session: both kernels, and the anchor that decides which speaks.

It is told surfaces, prompts and results; it knows no screen, no diagnostics and no operator.
"""

from dataclasses import replace

from houmao.detect.projection import ParsedSurface
from houmao.track.anchor import Anchor, CompletionBasis, armed, excerpt_of, lost
from houmao.track.lifecycle import CompletionKernel, ReadinessKernel, Windows
from houmao.track.operator_view import Lifecycle, anchored, background
from houmao.track.scheduler import LoopScheduler
from houmao.track.snapshots import PendingTimer
from houmao.track.state import LastTurn, LastTurnResult


class LifecycleMonitor:
    """Readiness always, completion while a prompt is waited for."""

    def __init__(self, scheduler: LoopScheduler, windows: Windows) -> None:
        self._scheduler = scheduler
        self._windows = windows
        self._readiness = ReadinessKernel(scheduler, windows.stall)
        self._completion: CompletionKernel | None = None
        self._anchor: Anchor | None = None
        self._armed = 0
        self.authority = CompletionBasis()

    @property
    def anchor(self) -> Anchor | None:
        """The prompt that is waited for."""
        return self._anchor

    @property
    def pending(self) -> tuple[PendingTimer, ...]:
        """The windows that run."""
        due = [("readiness_stall", self._readiness.stall_due)]
        if self._completion is not None:
            due.append(("completion_stability", self._completion.complete_due))
            due.append(("completion_stall", self._completion.stall_due))
        return tuple(PendingTimer(name, at) for name, at in due if at is not None)

    def observe(self, surface: ParsedSurface) -> None:
        """Take in the surface of a poll."""
        self._readiness.observe(surface)
        if self._completion is not None:
            self._completion.observe(surface)

    def lifecycle(self, surface: ParsedSurface | None) -> Lifecycle:
        """What the kernels say of `surface`, the latest one observed."""
        readiness = self._readiness.latest
        if surface is None or readiness is None:
            return Lifecycle()
        completion = self._completion.latest if self._completion is not None else None
        return anchored(readiness, completion) if completion else background(readiness, surface)

    def arm(self, message: str, baseline: str, wall: float) -> None:
        """A prompt was sent over a screen that showed `baseline`; an earlier anchor is replaced."""
        self._drop()
        self._armed += 1
        self._anchor = Anchor(self._armed, wall, excerpt_of(message))
        self._completion = CompletionKernel(self._scheduler, self._windows, baseline)
        self.authority = armed(self._anchor)

    def lose(self, reason: str, wall: float) -> None:
        """The prompt cannot be followed any more; without an anchor there is nothing to lose."""
        if self._anchor is not None:
            self._drop()
            self.authority = lost(wall, reason)

    def told(self, last_turn: LastTurn) -> None:
        """A poll was published with `last_turn`; a result is told twice, then its anchor goes."""
        if self._anchor is None:
            return
        if last_turn.result is LastTurnResult.NONE:
            self._anchor = replace(self._anchor, told=None)
        elif self._anchor.told != last_turn:
            self._anchor = replace(self._anchor, told=last_turn)
        else:
            self._drop()
            self.authority = CompletionBasis()

    def close(self) -> None:
        self._readiness.close()
        self._drop()

    def _drop(self) -> None:
        self._anchor = None
        if self._completion is not None:
            self._completion.close()
            self._completion = None
