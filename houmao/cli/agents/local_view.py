"""An agent of this machine as `agents show` tells it when no server does: seen here and now."""

import time
from collections.abc import Mapping
from typing import Any

from houmao import clock, config
from houmao.cli.options import AgentReference
from houmao.detect.projection import parsed_surface
from houmao.errors import Unavailable
from houmao.sessions.resolve import Target, resolve
from houmao.sessions.sight import LOOK_SECONDS, Place, Sight, place_of
from houmao.track.state import TurnPhase

#: Seconds of looking: some tools look idle on a single frame in the middle of an answer.
_LOOK_FOR = 1.3

Answer = dict[str, Any]


def local_detail(who: AgentReference) -> Answer:
    """The detail view of managed agents, without what only a watcher can know.

    Raises NotFound, and HoumaoError when tmux or the manifest cannot be read.
    """
    target = resolve(who.text, config.load(), clock.now())
    who.check(target.stored.agent_id, target.stored.agent_name)
    seen = _seen(target)
    return {
        "tracked_agent_id": target.stored.agent_id,
        "identity": _identity(target),
        "summary_state": _summary(target, seen),
        "detail": seen,
    }


def _identity(target: Target) -> Answer:
    stored = target.stored
    return {
        "tracked_agent_id": stored.agent_id,
        "transport": "tui",
        "tool": stored.tool,
        "session_name": stored.session_name,
        "terminal_id": stored.agent_id,
        "runtime_session_id": stored.root.name,
        "tmux_session_name": stored.session_name,
        "tmux_window_name": "agent" if stored.origin is None else None,
        "manifest_path": str(stored.path),
        "session_root": str(stored.root),
        "agent_name": stored.agent_name,
        "agent_id": stored.agent_id,
    }


def _summary(target: Target, seen: Mapping[str, Any]) -> Answer:
    up = seen["diagnostics"]["availability"] == "available"
    return {
        "tracked_agent_id": target.stored.agent_id,
        "identity": _identity(target),
        "availability": "available" if up else "unavailable",
        "turn": {"phase": seen["turn"]["phase"], "active_turn_id": None},
        # What happened before this look is nobody's to tell.
        "last_turn": {
            "result": "none",
            "turn_id": None,
            "turn_index": None,
            "updated_at_utc": None,
        },
        "diagnostics": [],
        "mailbox": None,
        "gateway": None,
    }


def _seen(target: Target) -> Answer:
    """What the pane shows, in the shape of a state with its screen."""
    if not target.panes:
        return _unseen("unavailable", "tmux_missing", "unknown")
    try:
        place = place_of(target.address, target.panes, target.stored.tool)
    except Unavailable:
        return _unseen("tui_down", "tmux_up", "tui_down")
    return _looked_at(place)


def _looked_at(place: Place) -> Answer:
    sight = Sight(place, clock.monotonic)
    try:
        until = clock.monotonic() + _LOOK_FOR
        while sight.look().phase is not TurnPhase.ACTIVE and clock.monotonic() < until:
            time.sleep(LOOK_SECONDS)
    finally:
        sight.close()
    if sight.signals is None or sight.frame is None:
        return _unseen("tui_down", "tmux_up", "tui_down")
    surface = sight.state.surface
    return {
        **_unseen("available", "tmux_up", "tui_up"),
        "probe_snapshot": {"pane_id": place.pane.pane_id, "pane_pid": place.pane.pid},
        "parsed_surface": {
            "normalized_projection_text": parsed_surface(
                sight.frame, sight.signals
            ).normalized_projection_text
        },
        "surface": {
            "accepting_input": surface.accepting_input,
            "editing_input": surface.editing_input,
            "ready_posture": surface.ready_posture,
            "pending_input": surface.pending_input,
            "blocked_on": surface.blocked_on,
        },
        "turn": {"phase": sight.state.phase},
    }


def _unseen(availability: str, transport: str, process: str) -> Answer:
    unknown = dict.fromkeys(
        ("accepting_input", "editing_input", "ready_posture", "pending_input"), "unknown"
    )
    return {
        "transport": "tui",
        "diagnostics": {
            "availability": availability,
            "transport_state": transport,
            "process_state": process,
            "probe_error": None,
            "parse_error": None,
        },
        "probe_snapshot": None,
        "parsed_surface": None,
        "surface": {**unknown, "blocked_on": None},
        "turn": {"phase": "unknown"},
        "last_turn": {"result": "none"},
    }
