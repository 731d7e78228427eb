"""One watched agent: which pane and process it is, its tracker, and what was last published.

It turns captures and problems into published changes. It knows no tmux, no Redis and no other
agent; times arrive as arguments, `at` on the loop's monotonic clock and `wall` in seconds
since the epoch.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from houmao.clock import iso_ms
from houmao.detect.projection import parsed_surface
from houmao.detect.signals import Detector, Frame, Signals
from houmao.state.codec import changed, flat_fields, public_fields, state_fields
from houmao.state.values import AgentIdentity, AgentState, ProbeSnapshot
from houmao.state.write import AgentUpdate
from houmao.tmux.panes import Pane
from houmao.tmux.process import ToolProcess
from houmao.tools.catalog import NAMES, select_detector, tool_named
from houmao.track.diagnostics import (
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
)
from houmao.track.live import LiveTracker
from houmao.track.moment import Moment
from houmao.track.scheduler import LoopScheduler
from houmao.track.snapshots import PendingTimer
from houmao.track.standing import Standing
from houmao.track.state import LastTurn, LastTurnResult, TrackedState, TurnPhase
from houmao.track.two_witnesses import JournalReport, TwoWitnesses
from workers.watch.panes import Capture
from workers.watch.recorder import Recorder

#: Pane id, process id, device, dead or not, and command of each pane of a session.
Surroundings = frozenset[tuple[str, int, str, bool, str]]
#: Gives the detector for a tool and its version, None where that is not known.
DetectorFor = Callable[[str, str | None], Detector]

#: Seconds between two publishes that change nothing but the capture's time.
REFRESH_EVERY = 1.0
#: Characters of screen text kept in the probe snapshot.
EXCERPT = 4_000

MISSING = Diagnostics(
    TransportState.TMUX_MISSING, ProcessState.UNKNOWN, ParseStatus.TRANSPORT_UNAVAILABLE
)
DOWN = Diagnostics(TransportState.TMUX_UP, ProcessState.TUI_DOWN, ParseStatus.SKIPPED_TUI_DOWN)
UNSUPPORTED = Diagnostics(
    TransportState.TMUX_UP, ProcessState.UNSUPPORTED_TOOL, ParseStatus.UNSUPPORTED_TOOL
)
PARSED = Diagnostics(TransportState.TMUX_UP, ProcessState.TUI_UP, ParseStatus.PARSED)


def probe_failed(kind: str, message: str) -> Diagnostics:
    """Diagnostics of an agent whose pane could not be looked at."""
    return Diagnostics(
        TransportState.PROBE_ERROR,
        ProcessState.PROBE_ERROR,
        ParseStatus.PROBE_ERROR,
        probe_error=Problem(kind, message),
    )


def parse_failed(message: str) -> Diagnostics:
    """Diagnostics of an agent whose screen made the detector fail."""
    return replace(
        PARSED, parse_status=ParseStatus.PARSE_ERROR, parse_error=Problem("parse_error", message)
    )


def history_entry(
    identity: AgentIdentity,
    fields: Mapping[str, str],
    note: str,
    names: tuple[str, ...],
    moment: Moment,
) -> Mapping[str, str]:
    """What is told of a change of these fields; nothing when none changed."""
    if not names or identity.headless:
        # A headless agent's changes are its turns', which others tell.
        return {}
    return {
        "agent_id": identity.agent_id,
        "agent_name": identity.agent_name,
        "tool": identity.tool,
        "host": identity.host,
        "recorded_at": iso_ms(moment.wall),
        "summary": note or fields["parse_status"],
        "changed_fields": " ".join(names),
        **public_fields(fields),
        **({"unseen": fields["unseen"]} if "unseen" in fields else {}),
    }


class WatchedAgent:
    """The state of one agent between two looks."""

    def __init__(
        self,
        identity: AgentIdentity,
        scheduler: LoopScheduler,
        detector_for: DetectorFor = select_detector,
    ) -> None:
        self.identity = identity
        self.pane: Pane | None = None
        self.process: ToolProcess | None = None
        #: Set when something happened that may have changed which process runs in the pane.
        self.inspect = True
        #: What its session's panes looked like from outside when it was last looked for.
        self.surroundings: Surroundings = frozenset()
        self._scheduler = scheduler
        self._detector_for = detector_for
        self._tracker: LiveTracker | None = None
        #: What the tool's own journal says, beside what the screen does.
        self.witnesses = TwoWitnesses()
        self.version: str | None = None
        #: What is told of it, and since when.
        self.standing = Standing()
        self._capture: Capture | None = None
        self._captured_wall = 0.0
        #: What the tracker read last; None when it has to read the next frame, whatever it shows.
        self._frame: Frame | None = None
        self._told_frame: Frame | None = None
        self._published: Mapping[str, str] = {}
        self._published_at = 0.0
        #: Fencing number under which the next publish happens.
        self.epoch = 0
        #: Copies what the tracker takes in, while somebody wants that.
        self.recorder = Recorder()

    @property
    def supported(self) -> bool:
        """True when some detector can read this tool's screens."""
        return self.identity.tool in NAMES

    @property
    def may_come_up(self) -> bool:
        """True while its tool does not run in the pane but may be started there to be seen."""
        return self.supported and self.process is None and not self.identity.headless

    @property
    def phase(self) -> TurnPhase:
        """What the agent is doing, as published."""
        return self.standing.tracked.phase

    @property
    def last_turn(self) -> LastTurn:
        """How its latest finished turn ended, as published."""
        return self.standing.tracked.last_turn

    @property
    def signals(self) -> Signals | None:
        """What its latest screen showed, None while its program does not run."""
        return self._tracker.signals if self._tracker else None

    @property
    def frame(self) -> Frame | None:
        """The screen its tracker took in last, None while its program does not run."""
        return self._capture.frame if self._tracker is not None and self._capture else None

    def on_input(self) -> None:
        """A prompt is being sent to the agent: its next turn is ours."""
        if self._tracker is not None:
            self._tracker.on_input()
            self.witnesses.on_input()
            self.recorder.input(self._scheduler.seconds)

    @property
    def knows_turns(self) -> bool:
        """True once a turn was seen here, running or ended."""
        return self.phase is TurnPhase.ACTIVE or self.last_turn.result is not LastTurnResult.NONE

    def restore(self, state: AgentState) -> None:
        """Carry what a former watch process published over: history stays, the present does not."""
        last_turn = state.tracked.last_turn
        self.standing = replace(
            self.standing,
            tracked=replace(self.standing.tracked, last_turn=last_turn),
            turn_updated=state.last_turn_updated_at,
            unseen=state.unseen,
            today=state.today,
        )
        self._published = state_fields(self.identity, state)
        if self._tracker is not None:
            self._tracker.restore(last_turn)

    def bind(self, pane: Pane | None, process: ToolProcess | None, version: str | None) -> None:
        """Say where the agent lives now. Another process or pane is tracked anew."""
        same = process is not None and self.process is not None and process.pid == self.process.pid
        same_pane = pane is not None and self.pane is not None and pane.pane_id == self.pane.pane_id
        if same and self.version:
            # The files of a running program may be replaced; it stays what it is.
            version = self.version
        if not (same and same_pane and version == self.version):
            self.close()
            if process is not None:
                detector = self._detector_for(self.identity.tool, version)
                self._tracker = LiveTracker(detector, self._scheduler)
                self._tracker.restore(self.last_turn)
            self.witnesses = TwoWitnesses()
        self.pane, self.process, self.version = pane, process, version
        self.inspect = False

    def close(self) -> None:
        """Stop tracking, and its timers."""
        if self._tracker is not None:
            self._tracker.close()
        self._tracker = self._frame = None

    def see(self, capture: Capture, moment: Moment) -> list[AgentUpdate]:
        """A capture of the bound pane."""
        self.pane, self._captured_wall = capture.pane, moment.wall
        if self._tracker is None:
            return self.fail(DOWN if self.supported else UNSUPPORTED, moment)
        try:
            self._take_in(capture, self._tracker)
            return self._tell_tracked(self._tracker, moment)
        except Exception as error:  # one agent's screen must never stop the others
            return self.fail(parse_failed(f"{type(error).__name__} in the detector"), moment)

    def _take_in(self, capture: Capture, tracker: LiveTracker) -> None:
        frame, before = capture.frame, self._frame
        if before is not None and (frame.raw, frame.title) == (before.raw, before.title):
            if tracker.on_unchanged(frame.at_seconds):
                self.recorder.frame(frame, frame.at_seconds)
            return
        self._capture, self._frame = capture, frame
        self.recorder.frame(frame, frame.at_seconds)
        tracker.on_frame(frame)

    def hear(self, report: JournalReport, moment: Moment) -> list[AgentUpdate]:
        """What the tool's own journal says now."""
        return self.settle(moment) if self.witnesses.hear(report, moment.at) else []

    def fail(self, diagnostics: Diagnostics, moment: Moment) -> list[AgentUpdate]:
        """The agent cannot be judged now; only its last turn is still told."""
        self._frame, self._captured_wall = None, moment.wall
        if self._tracker is not None:
            self._tracker.lose_sight()
        return self._tell(diagnostics, TrackedState(last_turn=self.last_turn), "", moment)

    def settle(self, moment: Moment) -> list[AgentUpdate]:
        """Changes that timers brought since the last call."""
        if self._tracker is None or self.standing.diagnostics != PARSED:
            return []
        return self._tell_tracked(self._tracker, moment)

    def republish(self, moment: Moment, told: Mapping[str, str] | None = None) -> list[AgentUpdate]:
        """The present again as a whole: for a Redis that lost it, or a caller that asked.

        `told` is what readers were last told, empty for nothing; a difference is a change.
        """
        fields = self._fields(moment)
        names = () if told is None else changed(told, fields)
        return [self._update(fields, "republished", names, moment)]

    def _tell_tracked(self, tracker: LiveTracker, moment: Moment) -> list[AgentUpdate]:
        changes: list[AgentUpdate] = []
        for transition in tracker.drain():
            then = Moment(transition.at_seconds, moment.wall_of(transition.at_seconds))
            changes += self._tell_judged(transition.state, transition.note, then)
        return changes + self._tell_judged(tracker.state, "observed", moment)

    def _tell_judged(self, screen: TrackedState, note: str, moment: Moment) -> list[AgentUpdate]:
        found = self.witnesses.judge(screen, moment.at)
        return self._tell(PARSED, found.tracked, found.note_beside(screen) or note, moment)

    def _tell(
        self, diagnostics: Diagnostics, tracked: TrackedState, note: str, moment: Moment
    ) -> list[AgentUpdate]:
        before = self.standing
        seen, overdue = bool(self.pane and self.pane.in_sight), self._screen_overdue(moment)
        self.standing = before.after(diagnostics, tracked, moment.wall, in_sight=seen)
        if self.standing is before and not overdue:
            return []
        fields = self._fields(moment)
        names = changed(self._published, fields)
        if not (names or overdue or self.standing.unseen is not before.unseen):
            return []
        return [self._update(fields, note, names, moment)]

    def _fields(self, moment: Moment) -> Mapping[str, str]:
        standing = self.standing
        state = AgentState(
            agent_id=self.identity.agent_id,
            diagnostics=standing.diagnostics,
            tracked=standing.tracked,
            signature=standing.stability.signature,
            stable_since=standing.stability.since_seconds or self._captured_wall,
            captured_at=self._captured_wall,
            epoch=self.epoch,
            last_turn_updated_at=standing.turn_updated,
            phase_since=standing.phase_since,
            tool_version=self.version or "",
            folder=self.pane.folder if self.pane else "",
            unseen=standing.unseen,
            blocked_since=standing.blocked_since,
            today=standing.today,
            pending=self._pending(moment),
            journal=self.witnesses.report.problem,
            contradictions=self.witnesses.contradictions,
        )
        return state_fields(self.identity, state)

    def _pending(self, moment: Moment) -> tuple[PendingTimer, ...]:
        if self._tracker is None or self.standing.diagnostics != PARSED:
            return ()
        return tuple(replace(it, due=moment.wall_of(it.due)) for it in self._tracker.pending)

    def _screen_overdue(self, moment: Moment) -> bool:
        overdue = moment.at - self._published_at >= REFRESH_EVERY
        return overdue and self._frame is not self._told_frame

    def _update(
        self, fields: Mapping[str, str], note: str, names: tuple[str, ...], moment: Moment
    ) -> AgentUpdate:
        entry = history_entry(self.identity, fields, note, names, moment)
        before, self._published, self._published_at = self._published, fields, moment.at
        self._told_frame = self._frame
        return AgentUpdate(self.identity.agent_id, fields, self._screen(), entry, entry, before)

    def _screen(self) -> Mapping[str, str]:
        if self._capture is None or self._tracker is None:
            return {}
        pane, frame = self._capture.pane, self._capture.frame
        probe = ProbeSnapshot(
            observed_at=self._captured_wall,
            pane_id=pane.pane_id,
            pane_pid=pane.pid,
            captured_text_hash=hashlib.sha1(frame.raw.encode(), usedforsecurity=False).hexdigest(),
            captured_text_length=len(frame.raw),
            captured_text_excerpt=frame.raw[-EXCERPT:],
            matched_process_names=self.process.names if self.process else (),
        )
        fields = flat_fields(probe)
        signals = self._tracker.signals  # After a failure they are another screen's.
        if signals is not None and self.standing.diagnostics == PARSED:
            words = tool_named(self.identity.tool).surface
            fields |= flat_fields(parsed_surface(frame, signals, words))
        return fields
