"""What to do next to stop a running turn, given what the agent's screen shows. Pure."""

from dataclasses import replace

from houmao.detect.signals import BlockedOn, Signals
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import (
    MOST_PRESSES,
    PRESS_SECONDS,
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Press,
    Step,
    Wait,
)

#: Seconds until Escape is pressed again where the screen asks for that: read together they would
#: be one key.
SECOND_KEY_SECONDS = 0.15


def interrupt(progress: DeliveryProgress, look: AgentSnapshot, signals: Signals) -> Step:
    """Escape until the turn stops; nothing where none runs."""
    # Escape refuses an approval and with it ends the turn that asked.
    asks = signals.blocked_on is BlockedOn.APPROVAL
    if look.verdict_due and not progress.presses and not asks and not look.is_busy:
        # A prompt was taken a moment ago, whose turn is not to be seen yet.
        return progress, Wait()
    if not asks and not look.is_busy:
        done = progress.presses > 0
        return progress, Finish(
            RequestOutcome.INTERRUPTED if done else RequestOutcome.NO_OP,
            "the turn stopped" if done else "no turn was running",
        )
    # After that the screen may be late, and one key more would mean something else.
    again = progress.presses == 1 and signals.stops_on_second_key
    gap = SECOND_KEY_SECONDS if again else PRESS_SECONDS
    if progress.presses and look.at - progress.acted_at < gap:
        return progress, Wait(progress.acted_at + gap)
    if progress.presses >= MOST_PRESSES:
        return progress, Finish(RequestOutcome.UNVERIFIED, "the agent went on working after Escape")
    pressed = replace(
        progress, stage=DeliveryStage.ENTERED, acted_at=look.at, presses=progress.presses + 1
    )
    return pressed, Press("Escape")
