"""Terminals, sessions and messages in the words of CAO's tools. Pure."""

from houmao.api.http.answers import Wire
from houmao.clock import iso_ms
from houmao.requests.request import TAKEN, Request
from houmao.state.values import AgentState
from houmao.terminals.cao import CaoTerminal, InboxMessage
from houmao.track.diagnostics import Availability
from houmao.track.state import LastTurnResult, TurnPhase

#: The last lines that `tail` tells.
TAIL_LINES = 80
#: Seconds after a prompt's delivery within which its turn is seen or has a verdict.
VERDICT_WITHIN = 5.0
#: Seconds in which a message that is in the inbox is on its way to its receiver's host.
HANDED_WITHIN = 10.0
#: Words of CAO for how a message stands.
PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"


def status(state: AgentState | None, latest: Request | None, now: float) -> str:
    """What the agent in a terminal does, in one of CAO's words.

    `latest` is what it was asked last: it works from the asking on, not only once that shows.
    """
    seen = _seen(state)
    if seen in ("idle", "completed") and latest is not None and _under_way(latest, now):
        return "processing"
    return seen


def _under_way(request: Request, now: float) -> bool:
    if not request.ended:
        return True
    begun = request.outcome in TAKEN and request.turn_result is None
    return begun and now - (request.ended_at or 0.0) < VERDICT_WITHIN


def _seen(state: AgentState | None) -> str:
    if state is None:
        return "processing"
    if state.availability in (Availability.ERROR, Availability.TUI_DOWN, Availability.UNAVAILABLE):
        return "error"
    # A menu over a running turn keeps nobody waiting.
    working = state.tracked.phase is TurnPhase.ACTIVE
    if state.tracked.surface.blocked_on is not None and not working:
        return "waiting_user_answer"
    if state.tracked.phase is not TurnPhase.READY:
        return "processing"
    never = state.tracked.last_turn.result is LastTurnResult.NONE
    return "idle" if never else "completed"


def terminal(found: CaoTerminal, now: str, first: Request | None) -> Wire:
    """A terminal; `now` is its status, `first` the request of the message it began with."""
    return {
        "id": found.terminal_id,
        "name": found.window_name,
        "provider": found.provider,
        "session_name": found.session_name,
        "agent_profile": found.agent_profile,
        "caller_id": found.caller_id or None,
        "allowed_tools": found.allowed_tools.split(",") if found.allowed_tools else None,
        "status": now,
        "last_active": iso_ms(found.created_at),
        "initial_delivery": _delivery(first) if first else None,
    }


def listed(found: CaoTerminal) -> Wire:
    """A terminal in the list of its session."""
    return {
        "id": found.terminal_id,
        "tmux_session": found.session_name,
        "tmux_window": found.window_name,
        "provider": found.provider,
        "agent_profile": found.agent_profile,
        "last_active": iso_ms(found.created_at),
    }


def session(name: str) -> Wire:
    """A session that runs."""
    return {"id": name, "name": name, "status": "detached"}


def message_status(request: Request | None) -> tuple[str, str]:
    """How a message stands, and a sentence about it."""
    if request is None:
        return FAILED, "what became of it is not known any more"
    if not request.ended:
        waits = "it is being typed" if request.typed_at else "it waits until its receiver is ready"
        return PENDING, request.detail or waits
    delivered = request.outcome in TAKEN
    return DELIVERED if delivered else FAILED, request.detail


def sent(found: InboxMessage) -> Wire:
    """A message that its receiver's host has."""
    return {
        "success": True,
        "message_id": found.message_id,
        "sender_id": found.sender_id,
        "receiver_id": found.receiver_id,
        "created_at": iso_ms(found.created_at),
    }


def message(found: InboxMessage, request: Request | None, now: float) -> Wire:
    """A message; `request` is what types it."""
    stands, reason = message_status(request)
    if request is None and now - found.created_at < HANDED_WITHIN:
        stands, reason = PENDING, "it is on its way to its receiver's host"
    return {
        "id": found.message_id,
        "sender_id": found.sender_id,
        "receiver_id": found.receiver_id,
        "message": found.message,
        "status": stands,
        "reason": reason,
        "created_at": iso_ms(found.created_at),
    }


def tail(text: str) -> str:
    """The last lines of a screen."""
    return "\n".join(text.splitlines()[-TAIL_LINES:])


def _delivery(first: Request) -> Wire:
    stands, reason = message_status(first)
    kind = str(first.outcome) if first.outcome else stands
    return {"state": stands, "kind": kind, "message": reason}
