"""What one frame is, and what a detector says about it. Values only.

This file knows no tool, no clock and no tmux. `unknown` is a value here, never None:
a detector that cannot tell says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a signal was given: the rule's name and the screen rows (0 is the top) it read."""

    rule: str
    rows: tuple[int, ...] = ()
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """What one frame shows, as far as one frame can tell (`contract: detected turn signals`)."""

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
    active_evidence: bool = False
    active_reasons: tuple[str, ...] = ()
    interrupted: bool = False
    known_failure: bool = False
    current_error_present: bool = False
    success_candidate: bool = False
    success_blocked: bool = False
    ambiguous_interactive_surface: bool = False
    completion_marker: str | None = None
    latest_status_line: str | None = None
    #: Changes with any visible text, not with styling.
    surface_signature: str = ""
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Detector(Protocol):
    """Reads frames of one tool. Detectors keep no memory between calls and never raise."""

    name: str
    version: str
    #: How far back `detect` wants to see earlier frames; 0 when one frame is enough.
    window_seconds: float

    def detect(self, frame: Frame, earlier: Sequence[Frame]) -> Signals:
        """Signals of `frame`; `earlier` are the frames of the window, oldest first."""
        ...
