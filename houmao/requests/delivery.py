"""What to do next with a request, given what the agent's screen shows. Pure.

The same predicate answers "is it ready?" and "may I type?". A prompt is typed at most once:
pasted when the agent has been ready for a moment, sent with Enter when the composer shows it,
and done when the composer does not show it any more. Only Enter is ever repeated, and only
while the composer still shows our own text.

    waiting --ready--> pasted --text seen--> entered --text gone--> submitted
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from houmao.detect.signals import BlockedOn, Signals, Tristate
from houmao.requests.composer import shows
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.track.state import TurnPhase

#: Seconds the agent must have looked ready without a break before anything is typed.
CALM_SECONDS = 0.25
#: The same while the screen shows no conversation yet: a tool that starts may show its composer for
#: a moment before it asks its first question, and a text would go into that dialog.
FIRST_CALM_SECONDS = 1.5
#: Seconds for a text that may be a tool's own suggestion to go away by itself.
DOUBT_SECONDS = 5.0
#: Seconds between the paste and Enter, in which a tool folds a long paste.
FOLD_SECONDS = 0.3
#: Seconds in which the pasted text must appear in the composer.
APPEAR_SECONDS = 6.0
#: Seconds after which Enter is pressed again.
ENTER_SECONDS = 1.0
#: How often Enter or Escape is pressed at most.
MOST_PRESSES = 4


class DeliveryStage(StrEnum):
    """How far a delivery has come."""

    WAITING = "waiting"
    PASTED = "pasted"
    ENTERED = "entered"


@dataclass(frozen=True, slots=True)
class AgentSnapshot:
    """What is known of the agent at one moment; `signals` is None when its program is gone."""

    at: float
    phase: TurnPhase
    signals: Signals | None
    #: The turn of an earlier prompt has no verdict yet; another prompt would take it away.
    verdict_due: bool = False
    #: Whether the tool's screens can be read at all; if not, `signals` is None.
    readable: bool = True


@dataclass(frozen=True, slots=True)
class DeliveryProgress:
    """A delivery between two looks. Times are on the looks' clock."""

    stage: DeliveryStage = DeliveryStage.WAITING
    calm_since: float | None = None
    #: Since when a text has stood in the composer that may be somebody's draft.
    doubt_since: float | None = None
    acted_at: float = 0.0
    presses: int = 0
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing until the next look, at the latest at `until`."""

    until: float | None = None


@dataclass(frozen=True, slots=True)
class Paste:
    """Put the prompt into the composer."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press one key; `begins_turn` when the tracker must expect a turn from it."""

    key: str
    begins_turn: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing more to do."""

    outcome: RequestOutcome
    detail: str


Action = Wait | Paste | Press | Finish
Step = tuple[DeliveryProgress, Action]


def is_ready(look: AgentSnapshot) -> bool:
    """Whether a prompt typed now would begin a turn of its own."""
    signals = look.signals
    return (
        signals is not None
        and not look.verdict_due
        and look.phase is TurnPhase.READY
        and signals.blocked_on is None
        and signals.accepting_input is Tristate.YES
        and signals.editing_input is Tristate.NO
        and signals.ready_posture is Tristate.YES
        and not signals.active_evidence
    )


def advance(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, deadline: float
) -> Step:
    """The next action; `deadline` is the request's, on the looks' clock."""
    if look.signals is None:
        return progress, _gone(progress) if look.readable else _unreadable()
    if request.kind is RequestKind.INTERRUPT:
        return _interrupt(progress, look)
    match progress.stage:
        case DeliveryStage.WAITING:
            return _wait_for_ready(progress, look, look.signals, deadline)
        case DeliveryStage.PASTED:
            return _wait_for_text(request, progress, look, look.signals)
        case DeliveryStage.ENTERED:
            return _wait_for_departure(request, progress, look, look.signals)


def _gone(progress: DeliveryProgress) -> Finish:
    if progress.stage is DeliveryStage.WAITING:
        return Finish(RequestOutcome.PROCESS_GONE, "the agent's program does not run in its pane")
    return Finish(
        RequestOutcome.UNVERIFIED, "the agent's program ended while the prompt was being typed"
    )


def _unreadable() -> Finish:
    return Finish(
        RequestOutcome.NOT_READY,
        "nobody can tell when this tool takes a prompt: its screens are unknown",
    )


def _wait_for_ready(
    progress: DeliveryProgress, look: AgentSnapshot, signals: Signals, deadline: float
) -> Step:
    if is_ready(look):
        since = progress.calm_since if progress.calm_since is not None else look.at
        calm_at = since + (CALM_SECONDS if _has_conversed(signals) else FIRST_CALM_SECONDS)
        if look.at >= calm_at:
            return DeliveryProgress(DeliveryStage.PASTED, acted_at=look.at), Paste()
        return replace(progress, calm_since=since), Wait(calm_at)
    refusal = _refusal(look, signals)
    if refusal is not None:
        return progress, refusal
    doubt = _doubt_since(progress, look, signals)
    if doubt is not None and look.at - doubt >= DOUBT_SECONDS:
        return progress, Finish(
            RequestOutcome.DRAFT_PRESENT,
            "a text stands in the agent's composer that may be somebody's draft",
        )
    if look.at >= deadline:
        return progress, Finish(
            RequestOutcome.EXPIRED, f"the agent was {look.phase.value} until the deadline"
        )
    until = deadline if doubt is None else min(deadline, doubt + DOUBT_SECONDS)
    return replace(progress, calm_since=None, doubt_since=doubt), Wait(until)


def _doubt_since(progress: DeliveryProgress, look: AgentSnapshot, signals: Signals) -> float | None:
    """In a version nobody has checked, text may be a draft or the tool's own suggestion."""
    busy = signals.active_evidence or look.phase is TurnPhase.ACTIVE
    text = signals.composer_text or signals.prompt_text
    if busy or signals.editing_input is not Tristate.UNKNOWN or not text:
        return None
    return look.at if progress.doubt_since is None else progress.doubt_since


def _has_conversed(signals: Signals) -> bool:
    return signals.turn.prompts > 0 or signals.turn.answered


def _refusal(look: AgentSnapshot, signals: Signals) -> Finish | None:
    """Why waiting would not help, or would do harm: a person has to act first."""
    if signals.blocked_on is not None:
        what = signals.blocked_on.value.replace("_", " ")
        return Finish(
            RequestOutcome.BLOCKED, f"the agent waits for a person: {what}; answer it first"
        )
    busy = signals.active_evidence or look.phase is TurnPhase.ACTIVE
    if signals.editing_input is Tristate.YES and not busy:
        return Finish(
            RequestOutcome.DRAFT_PRESENT, "a half-typed text stands in the agent's composer"
        )
    return None


def _wait_for_text(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    waited = look.at - progress.acted_at
    if _shows(request, signals):
        if waited >= FOLD_SECONDS and progress.seen:
            entered = DeliveryProgress(DeliveryStage.ENTERED, acted_at=look.at, presses=1)
            return entered, Press("Enter", begins_turn=True)
        return replace(progress, seen=True), Wait(progress.acted_at + FOLD_SECONDS)
    if waited >= APPEAR_SECONDS:
        return progress, Finish(
            RequestOutcome.UNVERIFIED, "the prompt was pasted but did not appear in the composer"
        )
    return replace(progress, seen=False), Wait(progress.acted_at + APPEAR_SECONDS)


def _wait_for_departure(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    ours = _shows(request, signals)
    if signals.prompt_visible and not ours and not _holds_text(look, signals):
        return progress, Finish(RequestOutcome.SUBMITTED, "the prompt left the composer")
    if look.at - progress.acted_at < ENTER_SECONDS:
        return progress, Wait(progress.acted_at + ENTER_SECONDS)
    if not signals.prompt_visible and signals.active_evidence:
        return progress, Finish(RequestOutcome.SUBMITTED, "the agent works on the prompt")
    if signals.prompt_visible and not ours:
        return progress, Finish(
            RequestOutcome.UNVERIFIED, "after Enter the composer holds another text than the prompt"
        )
    if progress.presses >= MOST_PRESSES or not signals.prompt_visible:
        return progress, Finish(
            RequestOutcome.UNVERIFIED, "the prompt stands in the composer but Enter did not send it"
        )
    again = replace(progress, acted_at=look.at, presses=progress.presses + 1)
    return again, Press("Enter")


def _holds_text(look: AgentSnapshot, signals: Signals) -> bool:
    """Whether an idle composer holds text: what is not our prompt may be what became of it."""
    busy = signals.active_evidence or look.phase is TurnPhase.ACTIVE
    return signals.editing_input is Tristate.YES and not busy


def _shows(request: Request, signals: Signals) -> bool:
    # In a version nobody has checked, text is no draft for sure; ours is known by its words.
    composer = signals.composer_text
    return shows(request.text, signals.prompt_text if composer is None else composer)


def _interrupt(progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    assert look.signals is not None
    # Escape refuses an approval and with it ends the turn that asked.
    asks = look.signals.blocked_on is BlockedOn.APPROVAL
    if not asks and look.phase is not TurnPhase.ACTIVE and not look.signals.active_evidence:
        done = progress.presses > 0
        return progress, Finish(
            RequestOutcome.INTERRUPTED if done else RequestOutcome.NO_OP,
            "the turn stopped" if done else "no turn was running",
        )
    if progress.presses and look.at - progress.acted_at < ENTER_SECONDS:
        return progress, Wait(progress.acted_at + ENTER_SECONDS)
    if progress.presses >= MOST_PRESSES:
        return progress, Finish(RequestOutcome.UNVERIFIED, "the agent went on working after Escape")
    pressed = replace(
        progress, stage=DeliveryStage.ENTERED, acted_at=look.at, presses=progress.presses + 1
    )
    return pressed, Press("Escape")
