"""One agent's tracker session: frames and inputs in, state and transitions out.

It owns the memory between frames and two Rx timers on the owner's scheduler. It is used from
one thread, reads no clock of its own and knows nothing of tmux or of any tool.
"""

from collections import deque
from dataclasses import replace

from houmao.detect.reader import TITLE_UNMOVED
from houmao.detect.signals import Detector, Frame, Signals, Tristate
from houmao.track.growth import Sighting, with_history
from houmao.track.memory import Memory, Showing, after_frame, after_input
from houmao.track.rules import Decision, ResultEffect, RuleInput, decide, succeeded
from houmao.track.scheduler import LoopScheduler
from houmao.track.snapshots import PendingTimer
from houmao.track.state import (
    Cause,
    LastTurn,
    Surface,
    TrackedState,
    Transition,
    TurnPhase,
)
from houmao.track.timer import Timer
from houmao.track.title import TitleSighting

#: An input that nothing on the screen answers for this long did not start a turn.
AWAIT_SECONDS = 5.0


class TrackerSession:
    """Tracks one agent; `state` is what is known now."""

    def __init__(
        self, detector: Detector, scheduler: LoopScheduler, settle_seconds: float = 1.0
    ) -> None:
        self._detector = detector
        self._scheduler = scheduler
        self._settle_seconds = settle_seconds
        self._state = TrackedState(detector_name=detector.name, detector_version=detector.version)
        self._memory = Memory()
        self._seen: deque[Sighting] = deque()
        self._latest: Sighting | None = None
        self._frame: Frame | None = None
        self._title = TitleSighting()
        self._signals: Signals | None = None
        self._transitions: list[Transition] = []
        self._resumed = False
        self._settle = Timer(scheduler)
        self._await = Timer(scheduler)
        self._settling: Showing | None = None
        self._calm_since: tuple[Showing, float] | None = None

    @property
    def state(self) -> TrackedState:
        """Everything known about the agent now."""
        return self._state

    @property
    def signals(self) -> Signals | None:
        """What the latest frame showed, earlier frames taken into account."""
        return self._signals

    @property
    def pending(self) -> tuple[PendingTimer, ...]:
        """What will happen by itself unless frames or inputs come before."""
        due = (("settle", self._settle.due), ("await", self._await.due))
        return tuple(PendingTimer(name, at) for name, at in due if at is not None)

    def on_frame(self, frame: Frame) -> None:
        """Take in a capture; frames come in capture order."""
        self._title = self._title.after(frame)
        self._frame = self._title.dated(frame)
        self._latest = Sighting(frame.at_seconds, self._detector.detect(self._frame))
        self._see(self._latest)

    def on_unchanged(self, at_seconds: float) -> bool:
        """The screen was captured again and is the one before; True when that told something.

        It does where growth is a sign of work: text that grew has come to rest. And where the
        title spoke of work: it has grown older.
        """
        if self._frame is not None and self._frame.title is not None and self._heeds_title():
            self.on_frame(replace(self._frame, at_seconds=at_seconds))
            return True
        if self._latest is None or self._detector.growth is None:
            return False
        self._latest = replace(self._latest, at_seconds=at_seconds)
        self._see(self._latest)
        return True

    def on_input(self) -> None:
        """Somebody has just sent a prompt to the agent."""
        self._cancel_settling()
        self._memory = after_input(self._memory, self._signals)
        if self._memory.awaiting:
            self._await.start(AWAIT_SECONDS, self._give_up_waiting)
        self._publish(
            replace(self._state, phase=TurnPhase.ACTIVE, last_turn=LastTurn()),
            Cause.INPUT,
            "input_submitted",
        )

    def restore(self, last_turn: LastTurn) -> None:
        """Carry the last turn over a restart; what the first frame shows of it is old news."""
        self._resumed = True
        self._state = replace(self._state, last_turn=last_turn)

    def drain(self) -> list[Transition]:
        """Transitions since the last call, oldest first; each is handed out once."""
        drained, self._transitions = self._transitions, []
        return drained

    def close(self) -> None:
        """Drop all timers; nothing changes any more by itself."""
        for timer in (self._settle, self._await):
            timer.cancel()

    def _heeds_title(self) -> bool:
        told = self._latest.signals.evidence if self._latest is not None else ()
        return any(item.rule in ("title", TITLE_UNMOVED) for item in told)

    # --- one frame --------------------------------------------------------------------

    def _see(self, sighting: Sighting) -> None:
        raw = sighting.signals
        self._take_note(raw)
        effective = self._with_history(sighting)
        self._signals = effective
        if self._resumed:
            self._resumed = False
            self._memory = replace(self._memory, stale=effective.turn)
        self._note_calm(raw, sighting.at_seconds)
        self._apply(effective, Cause.SNAPSHOT)

    def _with_history(self, sighting: Sighting) -> Signals:
        rule = self._detector.growth
        if rule is None:
            return sighting.signals
        self._seen.append(sighting)
        while sighting.at_seconds - self._seen[0].at_seconds > rule.window_seconds:
            self._seen.popleft()
        under_way = self._memory.armed is not None
        return with_history(tuple(self._seen), rule, under_way=under_way)

    def _take_note(self, raw: Signals) -> None:
        waited = self._memory.awaiting
        self._memory = after_frame(self._memory, raw)
        if self._memory.awaiting and not waited:
            self._await.start(AWAIT_SECONDS, self._give_up_waiting)

    def _note_calm(self, raw: Signals, at_seconds: float) -> None:
        """Since when the screen has shown the same turn without any sign of work of its own."""
        if raw.active_evidence or not raw.prompt_visible:
            self._calm_since = None
            return
        showing = Showing(raw.turn.key, raw.prompt_text or "")
        if self._calm_since is None or self._calm_since[0] != showing:
            self._calm_since = (showing, at_seconds)

    def _apply(self, effective: Signals, cause: Cause) -> None:
        decision = decide(self._moment(effective))
        self._memory = decision.memory
        if decision.rule.verdict in (ResultEffect.INTERRUPTED, ResultEffect.KNOWN_FAILURE):
            self._seen.clear()
        if not self._memory.awaiting:
            self._await.cancel()
        self._publish(self._described(effective, decision), cause, decision.rule.note)
        if decision.rule.settles:
            self._start_settling(effective)
        else:
            self._cancel_settling()

    def _moment(self, effective: Signals) -> RuleInput:
        return RuleInput(effective, self._memory, self._state.phase, self._state.last_turn)

    def _described(self, seen: Signals, decision: Decision) -> TrackedState:
        ready = seen.ready_posture
        if decision.memory.awaiting and decision.phase is TurnPhase.ACTIVE:
            ready = Tristate.NO
        return TrackedState(
            surface=Surface(
                seen.accepting_input,
                seen.editing_input,
                ready,
                seen.pending_input,
                seen.blocked_on,
            ),
            phase=decision.phase,
            last_turn=decision.last_turn,
            detector_name=seen.detector_name,
            detector_version=seen.detector_version,
            active_reasons=seen.active_reasons,
            notes=seen.notes,
            evidence=seen.evidence,
            background=seen.background,
        )

    # --- timers -----------------------------------------------------------------------

    def _start_settling(self, effective: Signals) -> None:
        showing = self._moment(effective).showing
        if self._settling == showing:
            return
        self._settling = showing
        calm = self._calm_since
        waited = self._scheduler.seconds - calm[1] if calm and calm[0] == showing else 0.0
        self._settle.start(max(self._settle_seconds - waited, 0.0), self._settled)

    def _cancel_settling(self) -> None:
        self._settling = None
        self._settle.cancel()

    def _settled(self) -> None:
        self._settling = None
        if self._signals is None:
            return
        last_turn, self._memory = succeeded(self._moment(self._signals))
        state = replace(self._state, phase=TurnPhase.READY, last_turn=last_turn)
        self._publish(state, Cause.TIMER, "success_settled")

    def _give_up_waiting(self) -> None:
        self._memory = replace(self._memory, awaiting=False)
        if self._signals is not None:
            self._apply(self._signals, Cause.TIMER)

    def _publish(self, state: TrackedState, cause: Cause, note: str) -> None:
        if state != self._state:
            self._state = state
            self._transitions.append(Transition(self._scheduler.seconds, cause, note, state))
