"""What to do next with keys that somebody sends past every prompt, and which keys there are. Pure.

They go to whatever the pane shows, a dialog for the most, once, and count as no turn.
"""

from dataclasses import replace

from houmao.requests.request import Request, RequestOutcome
from houmao.requests.steps import (
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Step,
    TypeKeys,
)

#: What a terminal sends for a key.
KEYS = {
    "BSpace": "\x7f",
    "C-c": "\x03",
    "C-d": "\x04",
    "C-u": "\x15",
    "C-z": "\x1a",
    "Down": "\x1b[B",
    "Enter": "\r",
    "Escape": "\x1b",
    "Left": "\x1b[D",
    "Right": "\x1b[C",
    "Space": " ",
    "Tab": "\t",
    "Up": "\x1b[A",
}


def press_key(request: Request, progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    """The next action with the key that the request names."""
    match progress.stage:
        case DeliveryStage.WAITING if look.signals is None and look.readable:
            return progress, Finish(
                RequestOutcome.PROCESS_GONE, "the agent's program does not run in its pane"
            )
        case DeliveryStage.WAITING:
            pressed = replace(progress, stage=DeliveryStage.ENTERED, acted_at=look.at)
            return pressed, TypeKeys(KEYS.get(request.text, request.text))
        case DeliveryStage.RESUMED:
            return progress, Finish(
                RequestOutcome.UNVERIFIED,
                "the watch process ended while the key was pressed; look at the pane",
            )
        case _:
            return progress, Finish(RequestOutcome.SENT, "the key was pressed")
