"""One watched agent: which pane and process it is, its tracker, and what was last published.

It turns captures and problems into published changes. It knows no tmux, no Redis and no other
agent; times arrive as arguments, `at` on the loop's monotonic clock and `wall` in seconds
since the epoch.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from houmao.clock import iso_ms
from houmao.detect.projection import parsed_surface
from houmao.detect.select import select
from houmao.detect.signals import Detector, Frame, Signals
from houmao.ids import SUPPORTED_TOOLS
from houmao.state.codec import changed, flat_fields, public_fields, state_fields
from houmao.state.values import AgentIdentity, AgentState, ProbeSnapshot
from houmao.state.write import Change
from houmao.tmux.panes import Pane
from houmao.tmux.process import ToolProcess
from houmao.track.diagnostics import (
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
)
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.snapshots import PendingTimer
from houmao.track.stability import Stability, observe
from houmao.track.state import LastTurn, LastTurnResult, TrackedState, TurnPhase
from workers.watch.panes import Capture
from workers.watch.tape import Tape

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


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks."""

    at: float
    wall: float

    def wall_of(self, at: float) -> float:
        """Wall time of another instant of the monotonic clock."""
        return self.wall - (self.at - at)


class WatchedAgent:
    """The state of one agent between two looks."""

    def __init__(
        self,
        identity: AgentIdentity,
        scheduler: LoopScheduler,
        detector_for: DetectorFor = select,
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
        self._session: TrackerSession | None = None
        self._diagnostics = MISSING
        self._tracked = TrackedState()
        self._capture: Capture | None = None
        self._frame_hash = b""
        self._captured_wall = 0.0
        self._phase_since: float | None = None
        self._turn_updated: float | None = None
        self._stability: Stability | None = None
        self._published: Mapping[str, str] = {}
        self._published_at = 0.0
        self._screen_hash = b""
        #: Fencing number under which the next publish happens.
        self.epoch = 0
        self._version: str | None = None
        #: Copies what the tracker takes in, while somebody wants that.
        self.tape = Tape()

    @property
    def supported(self) -> bool:
        """True when some detector can read this tool's screens."""
        return self.identity.tool in SUPPORTED_TOOLS

    @property
    def phase(self) -> TurnPhase:
        """What the agent is doing, as published."""
        return self._tracked.phase

    @property
    def last_turn(self) -> LastTurn:
        """How its latest finished turn ended, as published."""
        return self._tracked.last_turn

    def ready_for(self, moment: Moment) -> float:
        """Seconds since the agent became ready, 0 while it is not."""
        ready = self._tracked.phase is TurnPhase.READY and self._phase_since is not None
        return moment.wall - (self._phase_since or 0.0) if ready else 0.0

    @property
    def signals(self) -> Signals | None:
        """What its latest screen showed, None while its program does not run."""
        return self._session.signals if self._session is not None else None

    @property
    def frame(self) -> Frame | None:
        """The screen its tracker took in last, None while its program does not run."""
        return self._capture.frame if self._session is not None and self._capture else None

    def on_input(self) -> None:
        """A prompt is being sent to the agent: its next turn is ours."""
        if self._session is not None:
            self._session.on_input()
            self.tape.input(self._scheduler.seconds)

    @property
    def knows_turns(self) -> bool:
        """True once a turn was seen here, running or ended."""
        known = self._tracked.last_turn.result is not LastTurnResult.NONE
        return known or self._tracked.phase is TurnPhase.ACTIVE

    def restore(self, state: AgentState) -> None:
        """Carry what a former watch process published over: history stays, the present does not."""
        self._tracked = replace(self._tracked, last_turn=state.tracked.last_turn)
        self._turn_updated = state.last_turn_updated_at
        self._published = state_fields(self.identity, state)
        if self._session is not None:
            self._session.restore(state.tracked.last_turn)

    def bind(self, pane: Pane | None, process: ToolProcess | None, version: str | None) -> None:
        """Say where the agent lives now. A new process is a new tracker session."""
        same = process is not None and self.process is not None and process.pid == self.process.pid
        same_pane = pane is not None and self.pane is not None and pane.pane_id == self.pane.pane_id
        self.pane, self.process, self.inspect = pane, process, False
        self._version = version
        if not (same and same_pane):
            self._end_session()
            if process is not None:
                detector = self._detector_for(self.identity.tool, version)
                self._session = TrackerSession(detector, self._scheduler)
                self._session.restore(self._tracked.last_turn)

    def close(self) -> None:
        """Stop the tracker's timers."""
        self._end_session()

    def see(self, capture: Capture, moment: Moment) -> list[Change]:
        """A capture of the bound pane."""
        self.pane = capture.pane
        text = capture.frame.raw.encode(errors="replace")
        digest = hashlib.blake2b(text, digest_size=16).digest()
        self._captured_wall = moment.wall
        if self._session is None:
            return self.fail(DOWN if self.supported else UNSUPPORTED, moment)
        if digest == self._frame_hash and self._diagnostics == PARSED:
            return self.settle(moment)
        self._frame_hash, self._capture = digest, capture
        self.tape.frame(capture.frame, capture.frame.at_seconds)
        self._diagnostics = PARSED
        try:
            self._session.on_frame(capture.frame)
            return self.settle(moment)
        except Exception as error:  # one agent's screen must never stop the others
            return self.fail(parse_failed(f"{type(error).__name__} in the detector"), moment)

    def fail(self, diagnostics: Diagnostics, moment: Moment) -> list[Change]:
        """The agent cannot be judged now; only its last turn is still told."""
        self._diagnostics = diagnostics
        self._frame_hash = b""
        self._captured_wall = moment.wall
        return self._tell(TrackedState(last_turn=self._tracked.last_turn), "", moment)

    def settle(self, moment: Moment) -> list[Change]:
        """Changes that frames or timers brought since the last call."""
        if self._session is None or self._diagnostics != PARSED:
            return []
        changes: list[Change] = []
        for transition in self._session.drain():
            then = Moment(transition.at_seconds, moment.wall_of(transition.at_seconds))
            changes += self._tell(transition.state, transition.note, then)
        changes += self._tell(self._session.state, "observed", moment)
        return changes

    def republish(self, moment: Moment, told: Mapping[str, str] | None = None) -> list[Change]:
        """The present again as a whole: for a Redis that lost it, or a caller that asked.

        `told` is what readers were last told, empty for nothing; a difference is a change.
        """
        fields = self._fields(moment)
        names = () if told is None else changed(told, fields)
        entry = self._entry(fields, "republished", names, moment) if names else {}
        self._remember(fields, moment)
        return [Change(self.identity.agent_id, fields, self._screen(), entry, entry)]

    def _tell(self, tracked: TrackedState, note: str, moment: Moment) -> list[Change]:
        self._adopt(tracked, moment)
        fields = self._fields(moment)
        names = changed(self._published, fields)
        if not names and not self._screen_overdue(moment):
            return []
        entry = self._entry(fields, note, names, moment) if names else {}
        screen = self._screen()
        self._remember(fields, moment)
        return [Change(self.identity.agent_id, fields, screen, entry, entry)]

    def _adopt(self, tracked: TrackedState, moment: Moment) -> None:
        before, self._tracked = self._tracked, tracked
        if tracked.phase != before.phase or self._phase_since is None:
            self._phase_since = moment.wall
        if tracked.last_turn != before.last_turn:
            ended = tracked.last_turn.result is not LastTurnResult.NONE
            self._turn_updated = moment.wall if ended else None
        payload = {
            "diagnostics": self._diagnostics,
            "surface": tracked.surface,
            "phase": tracked.phase,
            "last_turn": tracked.last_turn,
        }
        self._stability = observe(self._stability, payload, moment.wall)

    def _fields(self, moment: Moment) -> Mapping[str, str]:
        stability = self._stability or observe(None, {}, self._captured_wall)
        state = AgentState(
            agent_id=self.identity.agent_id,
            diagnostics=self._diagnostics,
            tracked=self._tracked,
            signature=stability.signature,
            stable_since=stability.since_seconds or self._captured_wall,
            captured_at=self._captured_wall,
            epoch=self.epoch,
            last_turn_updated_at=self._turn_updated,
            phase_since=self._phase_since,
            tool_version=self._version or "",
            pending=self._pending(moment),
        )
        return state_fields(self.identity, state)

    def _pending(self, moment: Moment) -> tuple[PendingTimer, ...]:
        if self._session is None or self._diagnostics != PARSED:
            return ()
        return tuple(replace(it, due=moment.wall_of(it.due)) for it in self._session.pending)

    def _screen_overdue(self, moment: Moment) -> bool:
        repainted = self._frame_hash != self._screen_hash
        return repainted and moment.at - self._published_at >= REFRESH_EVERY

    def _remember(self, fields: Mapping[str, str], moment: Moment) -> None:
        self._published, self._published_at = fields, moment.at
        self._screen_hash = self._frame_hash

    def _entry(
        self, fields: Mapping[str, str], note: str, names: tuple[str, ...], moment: Moment
    ) -> Mapping[str, str]:
        return {
            "agent_id": self.identity.agent_id,
            "agent_name": self.identity.agent_name,
            "tool": self.identity.tool,
            "host": self.identity.host,
            "recorded_at": iso_ms(moment.wall),
            "summary": note or self._diagnostics.parse_status.value,
            "changed_fields": " ".join(names),
            **public_fields(fields),
        }

    def _screen(self) -> Mapping[str, str]:
        if self._capture is None or self._session is None:
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
        signals = self._session.signals
        # After a failure the signals are another screen's.
        if signals is not None and self._diagnostics == PARSED:
            fields |= flat_fields(parsed_surface(frame, signals))
        return fields

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None
        self._frame_hash = b""
