"""Taking a text of our own out of a composer again, and only that. Pure."""

from dataclasses import replace

from houmao.requests.request import RequestOutcome
from houmao.requests.steps import (
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Step,
    TakeOut,
    Wait,
)

UNKNOWN_COMMAND = Finish(
    RequestOutcome.COMMAND_UNKNOWN, "the tool does not know the command, and did nothing"
)
#: Seconds for a text that is taken out of the composer to be gone.
CLEAR_SECONDS = 3.0


def take_out(progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    """What the tool does not take goes."""
    return replace(progress, stage=DeliveryStage.RETRACTING, acted_at=look.at), TakeOut()


def wait_for_emptiness(progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    """Whether it is gone, and the answer that says so."""
    until = progress.acted_at + CLEAR_SECONDS
    shown = look.signals is not None and look.signals.prompt_visible
    if shown and not look.is_drafted:
        if look.unknown_shown > progress.unknown_before:
            return progress, UNKNOWN_COMMAND
        return progress, Finish(
            RequestOutcome.UNVERIFIED,
            "the tool did not take the prompt; it was taken out of the composer again",
        )
    if look.at < until:
        return progress, Wait(until)
    return progress, Finish(
        RequestOutcome.UNVERIFIED, "the prompt stands in the composer but Enter did not send it"
    )


def take_out_left(progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    """What an earlier request left is our own: it blocks nobody."""
    if not progress.presses:
        return replace(progress, presses=1, acted_at=look.at, calm_since=None), TakeOut()
    if look.at - progress.acted_at < CLEAR_SECONDS:
        return progress, Wait(progress.acted_at + CLEAR_SECONDS)
    return progress, Finish(
        RequestOutcome.DRAFT_PRESENT,
        "what an earlier prompt left in the composer could not be taken out; clear it",
    )
