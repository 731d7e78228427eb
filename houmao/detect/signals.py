"""What one frame is, and what a detector says about it. Values only.

This file knows no tool, no clock and no tmux. `unknown` is a value here, never None:
a detector that cannot tell says so.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from houmao.detect.screen import Screen, parse

#: Rule of the evidence that a tool itself says that its turn ended well: a sign that it draws at no
#: other end.
ENDED_WELL = "ended_well"


class Tristate(StrEnum):
    """Answer to a question about a screen."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class BlockedOn(StrEnum):
    """What a person must answer before the agent can take a prompt."""

    APPROVAL = "approval"
    TRUST = "trust"
    MENU = "menu"
    DIALOG = "dialog"
    LOGIN = "login"
    USAGE_LIMIT = "usage_limit"
    SHELL_MODE = "shell_mode"


# Without slots, so that there is a place for the parsed screen.
@dataclass(frozen=True)
class Frame:
    """One capture of a pane's visible screen.

    `raw` is tmux's `capture-pane -p -e` text: lines joined by newlines with SGR escapes.
    The other facts come from tmux and are None where a recording does not have them.
    """

    raw: str
    at_seconds: float
    width: int | None = None
    height: int | None = None
    cursor_x: int | None = None
    cursor_y: int | None = None
    cursor_visible: bool | None = None
    alternate_screen: bool | None = None
    title: str | None = None
    #: For how long the title has stood as it is, as far as somebody watched it.
    title_age_seconds: float = 0.0
    #: The title was seen to change while it was watched.
    title_moved: bool = False

    @cached_property
    def screen(self) -> Screen:
        """The rows of the capture, parsed once for all who read them."""
        return parse(self.raw)

    def with_title_age(self, seconds: float, *, moved: bool) -> "Frame":
        """The same capture with the age of its title; it is not parsed again."""
        if (seconds, moved) == (self.title_age_seconds, self.title_moved):
            return self
        dated = replace(self, title_age_seconds=seconds, title_moved=moved)
        dated.__dict__["screen"] = self.screen
        return dated


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a signal was given: the rule's name and the screen rows (0 is the top) it read."""

    rule: str
    rows: tuple[int, ...] = ()
    excerpt: str = ""
    #: File and line of the sign that decided, as `shipped:12` or `own:3`; empty for a shape.
    origin: str = ""


@dataclass(frozen=True, slots=True)
class TurnView:
    """The latest turn as the screen shows it: what lies between its prompt and the composer."""

    #: The submitted prompt without any blanks; empty when it is not on the screen.
    prompt: str = ""
    #: How many submitted prompts the screen shows.
    prompts: int = 0
    #: Digest of the turn's text without blanks, spinners and finished rows.
    key: str = ""
    characters: int = 0
    lines: int = 0
    answered: bool = False
    #: The tool itself says that the turn is over.
    finished: bool = False
    #: The turn's rows with text, of which `key`, `characters` and `lines` are made.
    rows: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def begun(self) -> bool:
        """Whether the screen shows anything of a conversation."""
        return self.prompts > 0 or self.answered


@dataclass(frozen=True, slots=True)
class GrowthRule:
    """How changes over frames speak of a tool that shows no sign of work on one frame alone."""

    #: Growth is judged against the oldest frame within this, and against all younger than `hold`.
    window_seconds: float = 3.0
    #: Text that has stood still for this long has ceased to grow.
    hold_seconds: float = 1.25
    #: Frames further apart say nothing about each other.
    gap_seconds: float = 2.0
    characters: int = 48
    lines: int = 2
    #: Growth counts only when an earlier frame of the window showed work.
    after_activity: bool = False
    #: Work that ends without any answer was interrupted.
    silent_interruption: bool = False


@dataclass(frozen=True, slots=True)
class Signals:
    """What one frame shows, as far as one frame can tell."""

    detector_name: str
    detector_version: str
    accepting_input: Tristate = Tristate.UNKNOWN
    editing_input: Tristate = Tristate.UNKNOWN
    ready_posture: Tristate = Tristate.UNKNOWN
    pending_input: Tristate = Tristate.UNKNOWN
    blocked_on: BlockedOn | None = None
    prompt_visible: bool = False
    #: Text a person typed and has not sent; None when there is none or it cannot be told.
    prompt_text: str | None = None
    #: Text in the composer, whoever put it there: also where that cannot be told.
    composer_text: str | None = None
    active_evidence: bool = False
    active_reasons: tuple[str, ...] = ()
    interrupted: bool = False
    known_failure: bool = False
    current_error_present: bool = False
    success_candidate: bool = False
    success_blocked: bool = False
    ambiguous_interactive_surface: bool = False
    #: The key that stops a turn was pressed, and is to be pressed again before it counts.
    stops_on_second_key: bool = False
    completion_marker: str | None = None
    latest_status_line: str | None = None
    #: Shells, sub-agents and the like that go on whether or not a turn is running.
    background: tuple[Evidence, ...] = ()
    #: Changes with any visible text, not with styling.
    surface_signature: str = ""
    turn: TurnView = field(default_factory=TurnView)
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Detector(Protocol):
    """Reads frames of one tool. Detectors keep no memory between calls and never raise."""

    @property
    def name(self) -> str:
        """The tool's detector family, e.g. `claude_code`."""
        ...

    @property
    def version(self) -> str:
        """The profile of the family, e.g. `2.1.x`, or `fallback`."""
        ...

    @property
    def growth(self) -> GrowthRule | None:
        """What changes over frames mean for this tool; None when one frame is enough."""
        ...

    def detect(self, frame: Frame) -> Signals:
        """What `frame` shows."""
        ...
