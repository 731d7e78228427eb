"""The host of one tracked session: polls and prompts in, one published state out.

It composes the tracker session, the lifecycle monitor and the recoveries on the scheduler it is
given, and keeps the changes. It knows no tmux, no Redis, no process and no clock: outcomes of
polls and moments arrive as arguments.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from houmao.detect.projection import ParsedSurface, parsed_surface
from houmao.detect.signals import Frame, Signals
from houmao.tools.catalog import select_detector, tool_named
from houmao.track.anchor import loss_reason
from houmao.track.chat import chat_of
from houmao.track.diagnostics import Availability, Diagnostics, ParseStatus, terminal_availability
from houmao.track.lifecycle import Windows
from houmao.track.moment import Moment
from houmao.track.monitor import LifecycleMonitor
from houmao.track.operator_view import corrected, operator_view
from houmao.track.parsed import submit_ready
from houmao.track.published import (
    HostState,
    HostTransition,
    VisibleStability,
    believable,
    changed_fields,
    visible,
)
from houmao.track.recovery import (
    FINAL_STABLE_ACTIVE,
    Recoveries,
    RecoveryInput,
    composer_waits,
    recovered,
)
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.settings import HostSettings
from houmao.track.snapshots import PendingTimer
from houmao.track.stability import Stability, observe
from houmao.track.state import LastTurn, LastTurnResult
from houmao.track.vocabulary import (
    CompletionState,
    OperatorStatus,
    ParsedAvailability,
    ReadinessState,
)

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class ToolVersion:
    """Whose screens are read: the tool, and the version it says it has."""

    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """One look at the agent: how it went, and what was captured.

    A poll that was parsed but brings no frame says that the screen is the one before. `surface`
    is for callers that parse the screen themselves; without it the host does.
    """

    outcome: Diagnostics
    frame: Frame | None = None
    surface: ParsedSurface | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """What was made of a screen: its surface, and whether its composer could take a prompt."""

    surface: ParsedSurface
    waits: bool


class HostAdapter:
    """One agent's published state; used from one thread, in the order of the moments given."""

    def __init__(
        self, tool: ToolVersion, scheduler: LoopScheduler, settings: HostSettings | None = None
    ) -> None:
        self.settings = settings or HostSettings()
        self.tool = tool
        self._scheduler = scheduler
        self._session = self._new_session()
        windows = Windows(
            self.settings.completion_stability_seconds,
            self.settings.unknown_to_stalled_timeout_seconds,
        )
        self._monitor = LifecycleMonitor(scheduler, windows)
        self._recoveries = Recoveries(
            self.settings.stale_active_recovery_seconds,
            self.settings.final_stable_active_recovery_seconds,
        )
        self._outcome: Diagnostics | None = None
        self._read: _Read | None = None
        self._stability: Stability | None = None
        self._state = HostState()
        self._transitions: deque[HostTransition] = deque(
            maxlen=self.settings.recent_transition_limit
        )
        self._snapshots: deque[HostState] = deque(maxlen=self.settings.snapshot_history_limit)

    # --- what is known ------------------------------------------------------------------

    @property
    def state(self) -> HostState:
        """What was published last."""
        return self._state

    @property
    def signals(self) -> Signals | None:
        """What the latest frame showed."""
        return self._session.signals

    @property
    def pending(self) -> tuple[PendingTimer, ...]:
        """Windows of the lifecycle and the recoveries that run."""
        return self._monitor.pending + self._recoveries.pending

    def transitions(self, limit: int = 0) -> tuple[HostTransition, ...]:
        """The newest changes, oldest first; 0 is all that are kept."""
        return _newest(self._transitions, limit)

    def snapshots(self, limit: int = 0) -> tuple[HostState, ...]:
        """The newest published states, oldest first; 0 is all that are kept."""
        return _newest(self._snapshots, limit)

    # --- what happens -------------------------------------------------------------------

    def identify(self, tool: ToolVersion) -> None:
        """Another tool or version is read by a new session; the same one changes nothing."""
        if tool == self.tool:
            return
        self.tool = tool
        self._session.close()
        self._session = self._new_session()
        self._recoveries.cancel()
        self._read = None
        tracked = self._session.state
        self._state = replace(
            self._state,
            tracked=tracked,
            last_turn_updated_at=None,
            chat=chat_of(tool.name, tracked),
        )

    def restore(self, last_turn: LastTurn, updated_at: float | None) -> None:
        """Carry a last turn over from a former host or process, before the first poll."""
        self._session.restore(last_turn)
        tracked = replace(self._state.tracked, last_turn=last_turn)
        self._state = replace(self._state, tracked=tracked, last_turn_updated_at=updated_at)

    def note_prompt(self, message: str, moment: Moment) -> HostState:
        """A prompt was delivered to the agent; of its text only the beginning is kept."""
        self._scheduler.advance_to(moment.at)
        self._recoveries.cancel()
        self._session.on_input()
        baseline = self._read.surface.normalized_projection_text if self._read else ""
        self._monitor.arm(message, baseline, moment.wall)
        before = self._state
        tracked = believable(self._session.state, before.availability)
        operator = before.operator
        if operator.completion in (CompletionState.CANDIDATE_COMPLETE, CompletionState.COMPLETED):
            operator = replace(operator, completion=CompletionState.INACTIVE)
        state = replace(
            before,
            tracked=tracked,
            last_turn_updated_at=self._updated_at(tracked.last_turn, moment),
            operator=operator,
            timing=replace(before.timing, completion_candidate=None),
            authority=self._monitor.authority,
        )
        return self._publish(state, moment)

    def cycle(self, poll: Poll, moment: Moment) -> HostState:
        """Take in one poll and publish what follows. Times never go back."""
        self._scheduler.advance_to(moment.at)
        if poll.frame is not None:
            self._session.on_frame(poll.frame)
        self._outcome = poll.outcome
        self._read = self._read_of(poll)
        if self._read is not None:
            self._monitor.observe(self._read.surface)
        else:
            self._monitor.lose(loss_reason(poll.outcome), moment.wall)
        state = self._reduce(poll.outcome, moment)
        self._monitor.told(state.tracked.last_turn)
        return state

    def advance(self, moment: Moment) -> HostState:
        """Let timers fire that are due by now, and publish what they brought."""
        self._scheduler.advance_to(moment.at)
        return self._state if self._outcome is None else self._reduce(self._outcome, moment)

    def close(self) -> None:
        """Drop all timers; nothing changes any more by itself."""
        self._session.close()
        self._monitor.close()
        self._recoveries.cancel()

    # --- how a state comes about --------------------------------------------------------

    def _new_session(self) -> TrackerSession:
        detector = select_detector(self.tool.name, self.tool.version)
        settle = self.settings.completion_stability_seconds
        return TrackerSession(detector, self._scheduler, settle)

    def _read_of(self, poll: Poll) -> _Read | None:
        if poll.surface is not None:
            return _Read(poll.surface, submit_ready(poll.surface))
        signals = self._session.signals
        if poll.outcome.parse_status is not ParseStatus.PARSED or signals is None:
            return None
        if poll.frame is None:
            return self._read
        words = tool_named(self.tool.name).surface
        return _Read(parsed_surface(poll.frame, signals, words), composer_waits(signals))

    def _reduce(self, outcome: Diagnostics, moment: Moment) -> HostState:
        surface = self._read.surface if self._read else None
        supported = surface is not None and surface.availability == ParsedAvailability.SUPPORTED
        availability = terminal_availability(outcome, supported)
        lifecycle = self._monitor.lifecycle(surface)
        tracked = believable(self._session.state, availability)
        state = replace(
            self._state,
            diagnostics=outcome,
            availability=availability,
            parsed=surface,
            tracked=tracked,
            chat=chat_of(self.tool.name, self._session.state),
            operator=operator_view(outcome, surface, lifecycle),
            timing=lifecycle.timing,
        )
        state, summary = self._recover(self._correct(state), moment)
        state = replace(
            state,
            last_turn_updated_at=self._updated_at(state.tracked.last_turn, moment),
            authority=self._monitor.authority,
        )
        return self._publish(replace(state, stability=self._stable(state, moment)), moment, summary)

    def _correct(self, state: HostState) -> HostState:
        if state.availability is not Availability.AVAILABLE:
            return state
        error = self.signals is not None and self.signals.current_error_present
        return replace(state, operator=corrected(state.operator, state.tracked, error))

    def _recover(self, state: HostState, moment: Moment) -> tuple[HostState, str]:
        read = self._read
        signature = self.signals.surface_signature if self.signals else ""
        look = RecoveryInput(
            state.tracked,
            read is not None and read.waits and state.availability is Availability.AVAILABLE,
            (signature, read and read.surface),
            self._monitor.anchor is not None,
        )
        name = self._recoveries.applied(look, self._scheduler.seconds)
        if name is None:
            return state, ""
        if name == FINAL_STABLE_ACTIVE:
            self._monitor.lose(name, moment.wall)
        operator = replace(
            state.operator, status=OperatorStatus.READY, readiness=ReadinessState.READY
        )
        return replace(state, tracked=recovered(state.tracked), operator=operator), name

    def _updated_at(self, last_turn: LastTurn, moment: Moment) -> float | None:
        if last_turn == self._state.tracked.last_turn:
            return self._state.last_turn_updated_at
        return None if last_turn.result is LastTurnResult.NONE else moment.wall

    def _stable(self, state: HostState, moment: Moment) -> VisibleStability:
        former = self._stability
        self._stability = observe(former, visible(state), moment.at)
        changed = former is None or former.signature != self._stability.signature
        return VisibleStability(
            self._stability.signature,
            self._stability.stable(moment.at, self.settings.stability_threshold_seconds),
            self._stability.stable_for(moment.at),
            moment.wall if changed else self._state.stability.since,
        )

    def _publish(self, state: HostState, moment: Moment, summary: str = "") -> HostState:
        notes = [transition.note for transition in self._session.drain()]
        names = changed_fields(self._state, state)
        if names:
            summary = summary or (notes[-1] if notes else state.diagnostics.parse_status.value)
            self._transitions.append(HostTransition(moment.wall, summary, names, state))
        self._snapshots.append(state)
        self._state = state
        return state


def _newest(entries: Iterable[_Entry], limit: int) -> tuple[_Entry, ...]:
    kept = tuple(entries)
    return kept[-limit:] if limit > 0 else kept
