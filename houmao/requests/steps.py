"""What is known of an agent at one look, and what may be done next: the words of a delivery.

Values only; `delivery` and `answering` decide with them, whoever owns the pane carries them out.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from houmao.detect.question import Question
from houmao.detect.screen import parse
from houmao.detect.signals import Frame, Signals, Tristate, TurnView
from houmao.requests.composer import fills, shows
from houmao.requests.request import RequestOutcome
from houmao.tools.parts.texts import TextFate
from houmao.track.state import TurnPhase

#: Seconds after which Enter or Escape is pressed again.
PRESS_SECONDS = 1.0
#: How often Enter or Escape is pressed at most.
MOST_PRESSES = 4
#: Characters that a tool reads in a second at least: a long text is waited for.
READS_PER_SECOND = 20_000


def reading_seconds(text: str) -> float:
    """Seconds that a tool may need to take the text in."""
    return len(text) / READS_PER_SECOND


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
    #: Keys wait in its terminal that the tool has not read yet: they come before ours.
    unread_keys: bool = False
    #: Turns whose beginning the tool's own journal has told; None without a proven journal.
    turns_begun: int | None = None
    #: Prompts whose words the journal has told, None where it tells none; and what became of the
    #: request's text in the latest.
    prompts_told: int | None = None
    fate: TextFate = TextFate.KEPT
    #: By the journal's times that latest prompt came after the request was first typed.
    prompted_since: bool = False
    #: How often the screen says that the tool does not know the request's command.
    unknown_shown: int = 0
    #: The journal told nothing of the latest turn that the screen showed.
    journal_silent: bool = False
    #: The question that is open, where somebody wants to answer it.
    question: Question | None = None
    #: What the tool shows in place of a long text.
    stand_in: re.Pattern[str] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a turn runs, as far as anybody can tell."""
        shown = self.signals is not None and self.signals.active_evidence
        return shown or self.phase is TurnPhase.ACTIVE

    @property
    def is_drafted(self) -> bool:
        """Whether an idle composer holds text, whoever put it there."""
        edited = self.signals is not None and self.signals.editing_input is Tristate.YES
        return edited and not self.is_busy

    @property
    def composed(self) -> str | None:
        """What stands in the composer, whoever put it there, as far as it can be told."""
        signals = self.signals
        return signals.composer_text or signals.prompt_text if signals is not None else None

    def composes(self, text: str) -> bool:
        """Whether the composer holds this text of ours, which is known by its words."""
        return self.tells(text, self.composed)

    def tells(self, text: str, shown: str | None) -> bool:
        """Whether what is shown somewhere is this text, or stands for it."""
        return shows(text, shown, self.stand_in)

    def fills(self, text: str) -> bool:
        """Whether the text has taken so much of the pane that no composer can be made out."""
        found = self.signals is not None and self.signals.prompt_visible and not self.composed
        if self.frame is None or found:
            return False
        screen = "\n".join(row.plain for row in parse(self.frame.raw).rows)
        return fills(text, self.composed, screen)


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
    #: When the prompt was pasted, and the screen just before.
    pasted_at: float = 0.0
    pasted_on: Frame | None = None
    #: The snapshot's `turns_begun`, `prompts_told` and so on before Enter.
    begun_before: int | None = None
    told_before: int = 0
    silent_before: bool = False
    unknown_before: int = 0
    #: The turn that the screen showed before Enter.
    shown_before: TurnView = field(default_factory=TurnView)
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
