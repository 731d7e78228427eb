"""A request to an agent and its life: queued, delivering, ended; and how its turn went.

Values and rules only. What a request asks for is text that somebody typed; it may hold
secrets, so nothing here ever puts it into an error or a log line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from houmao.ids import AgentKey
from houmao.track.state import LastTurnResult

#: Seconds a request may wait for its agent when the caller does not say.
DEFAULT_DEADLINE_SECONDS = 600.0


class RequestKind(StrEnum):
    """What is asked for."""

    SUBMIT_PROMPT = "submit_prompt"
    INTERRUPT = "interrupt"
    SEND_KEYS = "send_keys"
    #: A command of the tool's own, which is no prompt.
    RUN_COMMAND = "run_command"
    #: The answer to the question that is open.
    REPLY = "reply"


#: What overtakes all that waits, and leaves no text in the composer.
PAST_COMPOSER = frozenset({RequestKind.INTERRUPT, RequestKind.REPLY, RequestKind.SEND_KEYS})


class RequestState(StrEnum):
    """Where a request is in its life; `ended` is final."""

    QUEUED = "queued"
    DELIVERING = "delivering"
    ENDED = "ended"


class RequestOutcome(StrEnum):
    """How a request ended."""

    #: A prompt left the composer; it was typed once.
    SUBMITTED = "submitted"
    #: The tool took the prompt, but its model got another text; it was typed once.
    CHANGED = "changed"
    #: The running turn was told to stop, and stopped.
    INTERRUPTED = "interrupted"
    #: Keys were sent.
    SENT = "sent"
    #: The tool took the command.
    COMMAND_TAKEN = "command_taken"
    #: The command opened a dialog, which waits for a person.
    COMMAND_OPENED_DIALOG = "command_opened_dialog"
    #: The tool does not know the command; it did nothing, or gave it to its model as a prompt.
    COMMAND_UNKNOWN = "command_unknown"
    #: The question that was open took the answer and is gone.
    ANSWERED = "answered"
    #: Another question is open than the one that was meant, or none; nothing was typed.
    QUESTION_CHANGED = "question_changed"
    #: There was nothing to interrupt.
    NO_OP = "no_op"
    #: A person's half-typed text stands in the composer; nothing was typed.
    DRAFT_PRESENT = "draft_present"
    #: A dialog waits for a person; nothing was typed.
    BLOCKED = "blocked"
    #: Nobody can read this tool's screens; nothing was typed.
    NOT_READY = "not_ready"
    #: The agent's program does not run in its pane; nothing was typed.
    PROCESS_GONE = "process_gone"
    #: The deadline passed; nothing was typed.
    EXPIRED = "expired"
    #: Somebody withdrew it; nothing was typed.
    CANCELLED = "cancelled"
    #: It was typed, but nothing proves that the agent took it. It is never typed again.
    UNVERIFIED = "unverified"


#: Outcomes after which a turn of the prompt runs.
TAKEN = frozenset({RequestOutcome.SUBMITTED, RequestOutcome.CHANGED})
#: Outcomes after which the text may stand in the composer: some tools put unknown commands back.
_LEFT = frozenset({RequestOutcome.UNVERIFIED, RequestOutcome.COMMAND_UNKNOWN})
#: Outcomes after which the request did what it was meant to do.
DONE = frozenset(
    {
        RequestOutcome.SUBMITTED,
        RequestOutcome.COMMAND_TAKEN,
        RequestOutcome.COMMAND_OPENED_DIALOG,
        RequestOutcome.ANSWERED,
        RequestOutcome.INTERRUPTED,
        RequestOutcome.SENT,
        RequestOutcome.NO_OP,
    }
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Times are seconds since the epoch."""

    request_id: str
    agent_id: str
    kind: RequestKind
    text: str
    created_at: float
    deadline_at: float
    #: The agent's host; empty where the request stays in the process that makes it.
    host: str = ""
    idempotency_key: str | None = None
    #: Whether it waits where a person has to act first, and lets all others past meanwhile.
    patient: bool = False
    #: When its host took charge of it; until then its caller may take it back.
    accepted_at: float | None = None
    state: RequestState = RequestState.QUEUED
    outcome: RequestOutcome | None = None
    #: A sentence about the outcome, for a person.
    detail: str = ""
    #: Set before the first keystroke: from then on it is never typed again.
    typed_at: float | None = None
    ended_at: float | None = None
    #: How the turn that a prompt began ended, once that is known.
    turn_result: str | None = None
    turn_ended_at: float | None = None

    @property
    def agent(self) -> AgentKey:
        """Which agent of all hosts it is for."""
        return AgentKey(self.host, self.agent_id)

    @property
    def is_offer(self) -> bool:
        """True while no host has taken charge of it."""
        return self.accepted_at is None and self.typed_at is None and not self.ended

    @property
    def ended(self) -> bool:
        """True once nothing more will be tried."""
        return self.state is RequestState.ENDED

    @property
    def may_stand(self) -> bool:
        """True when its text may still stand in the composer, not sent or put back there.

        Of a turn that is interrupted before any answer some tools put the prompt back.
        """
        typed = self.ended and self.typed_at is not None and self.kind not in PAST_COMPOSER
        back = self.outcome in TAKEN and self.turn_result == LastTurnResult.INTERRUPTED
        return typed and (back or self.outcome in _LEFT) and bool(self.text)


def typing(request: Request, now: float) -> Request:
    """The request as it must be on record before its first keystroke."""
    detail = ""
    if request.kind is RequestKind.SUBMIT_PROMPT:
        detail = f"{len(request.text):,} characters are typed; the tool takes them in"
    return replace(request, state=RequestState.DELIVERING, typed_at=now, detail=detail)


def held(request: Request, reason: str) -> Request:
    """The request while a person has to act first, or, without a reason, no more."""
    return replace(request, detail=reason)


def sent(request: Request) -> Request:
    """The request once Enter was pressed on it."""
    return replace(request, detail="Enter is pressed; the tool has not shown yet that it took it")


def not_typed(request: Request) -> Request:
    """The request after all: the pane was another one, and not a single key was sent."""
    return replace(request, state=RequestState.QUEUED, typed_at=None, detail="")


def ended(request: Request, outcome: RequestOutcome, detail: str, now: float) -> Request:
    """The request at its end; an ended one stays as it is."""
    if request.ended:
        return request
    return replace(request, state=RequestState.ENDED, outcome=outcome, detail=detail, ended_at=now)


def turn_ended(request: Request, result: str, now: float) -> Request:
    """The request once its turn has a verdict; the first verdict stays."""
    if request.turn_result is not None:
        return request
    return replace(request, turn_result=result, turn_ended_at=now)


def request_from(found: Mapping[str, object]) -> Request:
    """The request of a JSON object or flat text fields. Raises ValueError or TypeError."""
    known = {field.name for field in fields(Request)}
    values: dict[str, Any] = {name: value for name, value in found.items() if name in known}
    values["kind"] = RequestKind(str(values["kind"]))
    values["patient"] = str(values.get("patient")) == "True"
    values["state"] = RequestState(str(values["state"]))
    values["outcome"] = RequestOutcome(str(values["outcome"])) if values.get("outcome") else None
    return Request(**values)
