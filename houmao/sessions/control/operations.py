"""What an operator does to a running session beside prompting it: stop, interrupt, press keys.

Each works from the session's manifest and its live tmux session, whoever started it.
"""

import time
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from houmao import clock
from houmao.errors import Conflict
from houmao.registry.agent_lock import AgentLock
from houmao.requests.request import DONE, Request, RequestKind
from houmao.requests.steps import Finish
from houmao.sessions.control.key_sequence import KeyPress, LiteralText
from houmao.sessions.driving.driver import LocalDriver
from houmao.sessions.driving.observer import LOOK_SECONDS, LocalObserver, target_pane
from houmao.sessions.processes.ending import end_agent, withdraw
from houmao.sessions.target import SessionTarget
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


def stop(target: SessionTarget, *, keep_session: bool = False) -> ControlResult:
    """End the session and take its record away; with `keep_session` only the record goes.

    Raises Conflict when something of it cannot be ended; then the record stays.
    """
    record = target.announced()
    session = record.session_name
    if keep_session:
        ended = f"tmux session {session!r} was left as it is"
    elif end_agent(target.address, record):
        ended = f"tmux session {session!r} ended"
    else:
        ended = f"tmux session {session!r} had ended already"
    removed = withdraw(target.registry, record)
    what = "its record was removed" if removed else "no record of it was published"
    return ControlResult("ok", "terminate", f"{ended}, {what}")


def interrupt(target: SessionTarget) -> ControlResult:
    """Stop the turn that runs, if one does. Raises Unavailable when the tool is gone."""
    agent_pane = target_pane(target.require_screen())
    observer = LocalObserver(agent_pane, clock.monotonic, target.signs.detector_for)
    now = clock.now()
    request = Request(
        request_id=f"interrupt-{uuid4().hex[:12]}",
        agent_id=target.stored.agent_id,
        kind=RequestKind.INTERRUPT,
        text="",
        created_at=now,
        deadline_at=now + INTERRUPT_SECONDS,
    )
    try:
        _see_work(observer)
        end = LocalDriver(agent_pane, observer, target.typing_lock()).deliver(
            request, clock.monotonic() + INTERRUPT_SECONDS
        )
    finally:
        observer.close()
    return _told("interrupt", end)


def _see_work(observer: LocalObserver) -> None:
    # Some tools look idle on a single frame in the middle of an answer.
    until = clock.monotonic() + OBSERVE_SECONDS
    while clock.monotonic() < until and observer.look().phase is not TurnPhase.ACTIVE:
        time.sleep(LOOK_SECONDS)


def send_keys(target: SessionTarget, sequence: tuple[LiteralText | KeyPress, ...]) -> ControlResult:
    """Type what the sequence says into the agent's pane; it counts as no turn.

    Raises Conflict while somebody else types a prompt there, TmuxError.
    """
    pane_id = target_pane(target.require_screen()).pane.pane_id
    with target.typing_lock() as lock:
        _wait_for(lock)
        for part in sequence:
            match part:
                case LiteralText():
                    typing.type_literally(target.address, pane_id, part.text)
                case KeyPress():
                    typing.press(target.address, pane_id, part.name)
    return ControlResult("ok", "control_input", f"{len(sequence)} parts were typed")


def _wait_for(lock: AgentLock) -> None:
    deadline = clock.monotonic() + TYPING_PATIENCE
    while not lock.take():
        if clock.monotonic() > deadline:
            raise Conflict("another process is typing into this agent's pane; try again")
        time.sleep(LOOK_SECONDS)


def _told(action: str, end: Finish) -> ControlResult:
    return ControlResult("ok" if end.outcome in DONE else "error", action, end.detail)
