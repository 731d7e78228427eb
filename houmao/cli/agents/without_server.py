"""What is done and seen from here for an agent of this machine when nobody serves it.

The same rules and the same lock as a server's watch process; only that nobody else will go on
when this command ends. Imported when it is needed: what looks at screens costs start-up time.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from houmao import clock, config
from houmao.cli.client.http import Unreachable
from houmao.cli.client.waiting import Failed
from houmao.cli.here import LivesElsewhere, session_here
from houmao.cli.options import AgentReference
from houmao.cli.render.output import CommandOutput, plain
from houmao.detect.projection import parsed_surface
from houmao.errors import HoumaoError, Unavailable
from houmao.own_signs import OwnSigns
from houmao.requests.request import RequestKind, RequestOutcome
from houmao.requests.typable import check_prompt_for
from houmao.sessions.control.operations import ControlResult, interrupt, stop
from houmao.sessions.driving.observer import LOOK_SECONDS, AgentPane, LocalObserver, target_pane
from houmao.sessions.driving.turn import NotDelivered, TurnListener, hand_over, take_turn
from houmao.sessions.target import SessionTarget
from houmao.tools.catalog import tool_named
from houmao.track.state import TurnPhase

#: Seconds for a turn that is waited for, as `send-prompt` has it.
TURN_SECONDS = 600.0
#: Seconds of looking: some tools look idle on a single frame in the middle of an answer.
_LOOK_FOR = 1.3


def target_of(who: AgentReference, away: Unreachable) -> SessionTarget:
    """The agent's session here. Raises `away` when there is none, or a server may yet answer."""
    if not away.refused:
        raise away
    try:
        target = session_here(who.text, config.load())
        who.check(target.stored.agent_id, target.stored.agent_name)
    except LivesElsewhere:
        raise
    except HoumaoError:
        raise away from None
    return target


def interrupt_agent(output: CommandOutput, who: AgentReference, away: Unreachable) -> None:
    """Stop the turn that runs, if one does. Raises Failed when it goes on."""
    target = target_of(who, away)
    _tell(output, target, interrupt(target))


def stop_agent(output: CommandOutput, who: AgentReference, away: Unreachable) -> None:
    """End the agent's session and take its record away."""
    target = target_of(who, away)
    _tell(output, target, stop(target))


def _tell(output: CommandOutput, target: SessionTarget, result: ControlResult) -> None:
    if not result.ok:
        raise Failed(result.detail)
    name = target.stored.agent_name
    answer = {"agent_id": target.stored.agent_id, "agent_name": name, **result.answer()}
    output.write(answer, [f"{plain(name)}: {plain(result.detail)}"])


def prompted(
    target: SessionTarget,
    text: str,
    deadline: float,
    *,
    to_the_end: bool,
    say: Callable[[str], None],
) -> Mapping[str, Any]:
    """What became of a prompt that was typed from here, in the words of a server's request."""
    prompt = check_prompt_for(target.stored.tool, text.strip())
    listener = TurnListener(lambda: say("submitted; the turn runs"), say)
    result: str | None = None
    try:
        if to_the_end:
            result = take_turn(target, prompt, deadline + TURN_SECONDS, listener).result
        else:
            hand_over(target, prompt, deadline)
    except NotDelivered as failed:
        return _request(target, failed.end.outcome, failed.end.detail, None)
    return _request(target, RequestOutcome.SUBMITTED, "the prompt left the composer", result)


def _request(
    target: SessionTarget, outcome: RequestOutcome, detail: str, result: str | None
) -> Mapping[str, Any]:
    return {
        "agent_id": target.stored.agent_id,
        "agent_name": target.stored.agent_name,
        "request_id": None,
        "kind": RequestKind.SUBMIT_PROMPT.value,
        "state": "ended",
        "outcome": outcome.value,
        "delivered": outcome is RequestOutcome.SUBMITTED,
        "detail": detail,
        "turn_result": result,
    }


Answer = dict[str, Any]


def local_detail(who: AgentReference) -> Answer:
    """The detail view of managed agents, without what only a watcher can know.

    Raises NotFound, and HoumaoError when tmux or the manifest cannot be read.
    """
    target = session_here(who.text, config.load())
    who.check(target.stored.agent_id, target.stored.agent_name)
    seen = _seen(target)
    return {
        "tracked_agent_id": target.stored.agent_id,
        "identity": _identity(target),
        "summary_state": _summary(target, seen),
        "detail": seen,
    }


def _identity(target: SessionTarget) -> Answer:
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


def _summary(target: SessionTarget, seen: Mapping[str, Any]) -> Answer:
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


def _seen(target: SessionTarget) -> Answer:
    """What the pane shows, in the shape of a state with its screen."""
    if not target.panes:
        return _unseen("unavailable", "tmux_missing", "unknown")
    try:
        place = target_pane(target)
    except Unavailable:
        return _unseen("tui_down", "tmux_up", "tui_down")
    return _looked_at(place, target.signs)


def _looked_at(place: AgentPane, signs: OwnSigns) -> Answer:
    sight = LocalObserver(place, clock.monotonic, signs.detector_for)
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
                sight.frame, sight.signals, tool_named(place.tool).surface
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
