"""What an operator does to a running session beside prompting it: stop, interrupt, press keys.

Each works from the session's manifest and its live tmux session, whoever started it.
"""

import time
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import uuid4

from houmao import clock
from houmao.errors import Conflict
from houmao.registry.agent_lock import TYPING, AgentLock
from houmao.registry.record import AgentRecord
from houmao.requests.delivery import End
from houmao.requests.request import DONE, Kind, Request
from houmao.sessions.keys import Key, Literal
from houmao.sessions.resolve import Target
from houmao.sessions.sight import LOOK_SECONDS, Sight, place_of
from houmao.sessions.stop import end_session, withdraw
from houmao.sessions.typist import Typist
from houmao.tmux import typing
from houmao.track.state import TurnPhase

#: Seconds for a turn to stop after it was told to.
INTERRUPT_SECONDS = 10.0
#: Seconds in which a turn that runs is seen to run.
OBSERVE_SECONDS = 1.3
#: Seconds to wait for a prompt that is just being typed.
TYPING_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class ControlResult:
    """How an action went, for a person and for programs."""

    status: str
    action: str
    detail: str

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    def answer(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def stop(target: Target, *, keep_session: bool = False) -> ControlResult:
    """End the session and take its record away; with `keep_session` only the record goes.

    Raises Conflict when something of it cannot be ended; then the record stays.
    """
    record = record_of(target)
    session = record.session_name
    if keep_session:
        ended = f"tmux session {session!r} was left as it is"
    elif end_session(target.address, record):
        ended = f"tmux session {session!r} ended"
    else:
        ended = f"tmux session {session!r} had ended already"
    removed = withdraw(target.registry, record)
    what = "its record was removed" if removed else "no record of it was published"
    return ControlResult("ok", "terminate", f"{ended}, {what}")


def interrupt(target: Target) -> ControlResult:
    """Stop the turn that runs, if one does. Raises Unavailable when the tool is gone."""
    place = place_of(target.address, target.require_screen().panes, target.stored.tool)
    sight = Sight(place, clock.monotonic)
    now = clock.now()
    request = Request(
        request_id=f"interrupt-{uuid4().hex[:12]}",
        agent_id=target.stored.agent_id,
        kind=Kind.INTERRUPT,
        text="",
        created_at=now,
        deadline_at=now + INTERRUPT_SECONDS,
    )
    try:
        _see_work(sight)
        end = Typist(place, sight, typing_lock(target)).deliver(
            request, clock.monotonic() + INTERRUPT_SECONDS
        )
    finally:
        sight.close()
    return _told("interrupt", end)


def _see_work(sight: Sight) -> None:
    # Some tools look idle on a single frame in the middle of an answer.
    until = clock.monotonic() + OBSERVE_SECONDS
    while clock.monotonic() < until and sight.look().phase is not TurnPhase.ACTIVE:
        time.sleep(LOOK_SECONDS)


def send_keys(target: Target, sequence: tuple[Literal | Key, ...]) -> ControlResult:
    """Type what the sequence says into the agent's pane; it counts as no turn.

    Raises Conflict while somebody else types a prompt there, TmuxError.
    """
    panes = target.require_screen().panes
    pane_id = place_of(target.address, panes, target.stored.tool).pane.pane_id
    with typing_lock(target) as lock:
        _wait_for(lock)
        for part in sequence:
            match part:
                case Literal():
                    typing.type_literally(target.address, pane_id, part.text)
                case Key():
                    typing.press(target.address, pane_id, (part.name,))
    return ControlResult("ok", "control_input", f"{len(sequence)} parts were typed")


def typing_lock(target: Target) -> AgentLock:
    """The lock that every writer takes while it types into this agent's pane."""
    return AgentLock(target.registry.root, target.stored.agent_id, TYPING)


def record_of(target: Target) -> AgentRecord:
    """The session's record, else what it would say."""
    found = target.stored
    if target.record is not None:
        return replace(target.record, session_name=found.session_name)
    return AgentRecord(
        agent_name=found.agent_name,
        agent_id=found.agent_id,
        generation_id=found.generation_id,
        published_at=0.0,
        lease_expires_at=0.0,
        backend=found.backend,
        tool=found.tool,
        manifest_path=str(found.path),
        session_name=found.session_name,
        session_root=str(found.root),
        agent_def_dir=found.agent_def_dir,
    )


def _wait_for(lock: AgentLock) -> None:
    deadline = clock.monotonic() + TYPING_PATIENCE
    while not lock.take():
        if clock.monotonic() > deadline:
            raise Conflict("another process is typing into this agent's pane; try again")
        time.sleep(LOOK_SECONDS)


def _told(action: str, end: End) -> ControlResult:
    return ControlResult("ok" if end.outcome in DONE else "error", action, end.detail)
