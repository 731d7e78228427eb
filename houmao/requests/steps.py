"""What is known of an agent at one look, and what may be done next: the words of a delivery.

Values only; `delivery` and `answering` decide with them, whoever owns the pane carries them out.
"""

from dataclasses import dataclass
from enum import StrEnum

from houmao.detect.question import Question
from houmao.detect.signals import Frame, Signals
from houmao.requests.request import RequestOutcome
from houmao.track.state import TurnPhase


class DeliveryStage(StrEnum):
    """How far a delivery has come."""

    WAITING = "waiting"
    #: The first key of an answer was pressed; more follow.
    OPENED = "opened"
    PASTED = "pasted"
    ENTERED = "entered"
    RETRACTING = "retracting"
    #: A former process typed it, and nobody knows whether that pressed Enter.
    RESUMED = "resumed"


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
    #: The screen that the signals were read from.
    frame: Frame | None = None
    #: What an earlier request of ours may have left in the composer.
    left: str = ""
    #: Seconds for which all that is told of the agent has been as it is now.
    still_for: float = 0.0
    #: Turns whose beginning the tool's own journal has told; None without a proven journal.
    turns_begun: int | None = None
    #: The question that is open, where somebody wants to answer it.
    question: Question | None = None


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
    #: The snapshot's `turns_begun` before Enter.
    begun_before: int | None = None
    #: The question that is being answered.
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing until the next look, at the latest at `until`."""

    until: float | None = None
    #: Why a person has to act first, empty where nobody has to.
    held_by: str = ""


@dataclass(frozen=True, slots=True)
class Paste:
    """Put the prompt into the composer."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press one key; `begins_turn` when the tracker must expect a turn from it."""

    key: str
    begins_turn: bool = False


@dataclass(frozen=True, slots=True)
class TypeKeys:
    """Send these characters, while the pane shows all these words."""

    keys: str
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeOut:
    """Take a text of our own out of the composer."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing more to do."""

    outcome: RequestOutcome
    detail: str


Action = Wait | Paste | Press | TypeKeys | TakeOut | Finish
Step = tuple[DeliveryProgress, Action]
