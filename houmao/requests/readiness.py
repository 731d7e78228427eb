"""When an agent takes a prompt, and why waiting for that would not help. Pure.

The same predicate answers "is it ready?" and "may I type?".
"""

from dataclasses import replace

from houmao.detect.signals import BlockedOn, Signals, Tristate
from houmao.requests.request import RequestOutcome
from houmao.requests.retracting import take_out_left
from houmao.requests.steps import (
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Paste,
    Step,
    Wait,
)
from houmao.track.state import TurnPhase

#: Seconds the agent must have looked ready without a break before anything is typed.
CALM_SECONDS = 0.25
#: The same while the screen shows no conversation yet: a tool that starts may show its composer for
#: a moment before it asks its first question, and a text would go into that dialog.
FIRST_CALM_SECONDS = 1.5
#: Seconds for a text that may be a tool's own suggestion to go away by itself.
DOUBT_SECONDS = 5.0


def is_ready(look: AgentSnapshot) -> bool:
    """Whether a prompt typed now would begin a turn of its own."""
    signals = look.signals
    return (
        signals is not None
        and not look.verdict_due
        and not look.unread_keys
        and look.phase is TurnPhase.READY
        and signals.blocked_on is None
        and signals.accepting_input is Tristate.YES
        and signals.editing_input is Tristate.NO
        and signals.ready_posture is Tristate.YES
        and not signals.active_evidence
    )


def wait_for_ready(
    progress: DeliveryProgress, look: AgentSnapshot, signals: Signals, deadline: float
) -> Step:
    """Paste once the agent has been ready for a moment, or the reason why it will not be."""
    if is_ready(look):
        since = look.at - look.still_for if progress.calm_since is None else progress.calm_since
        calm_at = since + (CALM_SECONDS if signals.turn.begun else FIRST_CALM_SECONDS)
        if look.at >= calm_at:
            pasted = DeliveryProgress(
                DeliveryStage.PASTED, acted_at=look.at, pasted_at=look.at, pasted_on=look.frame
            )
            return pasted, Paste()
        return replace(progress, calm_since=since), Wait(calm_at)
    if look.left and not look.is_busy and look.composes(look.left):
        return take_out_left(progress, look)
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
        was = "behind with what was typed" if look.unread_keys else look.phase.value
        return progress, Finish(RequestOutcome.EXPIRED, f"the agent was {was} until the deadline")
    until = deadline if doubt is None else min(deadline, doubt + DOUBT_SECONDS)
    return replace(progress, calm_since=None, doubt_since=doubt), Wait(until)


def _doubt_since(progress: DeliveryProgress, look: AgentSnapshot, signals: Signals) -> float | None:
    """In a version nobody has checked, text may be a draft or the tool's own suggestion."""
    if look.is_busy or signals.editing_input is not Tristate.UNKNOWN or not look.composed:
        return None
    return look.at if progress.doubt_since is None else progress.doubt_since


def _refusal(look: AgentSnapshot, signals: Signals) -> Finish | None:
    """Why waiting would not help, or would do harm: a person has to act first."""
    # A menu over a running turn may be gone before the turn is.
    passing = signals.blocked_on is BlockedOn.MENU and look.is_busy
    if signals.blocked_on is not None and not passing:
        what = signals.blocked_on.value.replace("_", " ")
        return Finish(
            RequestOutcome.BLOCKED, f"the agent waits for a person: {what}; answer it first"
        )
    if look.is_drafted:
        return Finish(
            RequestOutcome.DRAFT_PRESENT, "a half-typed text stands in the agent's composer"
        )
    return None
