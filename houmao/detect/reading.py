"""What a tool's detector reads off a screen, and the one way signals follow from it.

Every tool says what it found (a composer, a dialog, signs of work, how the turn ended); the
answers to "would typed text arrive", "is it ready", "could this be a success" follow here, so
that no two tools disagree about what the words mean. This file knows no tool's glyphs.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from houmao.detect.screen import Row, Run, Screen, Style
from houmao.detect.signals import BlockedOn, Evidence, Signals, Tristate, TurnView

#: Waiting on these, typed text goes nowhere near the composer.
MODAL = frozenset({BlockedOn.APPROVAL, BlockedOn.TRUST, BlockedOn.DIALOG, BlockedOn.LOGIN})

#: These stand beside a composer that takes a prompt all the same.
_BESIDE_COMPOSER = (BlockedOn.SHELL_MODE, BlockedOn.USAGE_LIMIT)


class Ink(StrEnum):
    """What a style says about a character in the composer."""

    PLAIN = "plain"
    FAINT = "faint"
    CURSOR = "cursor"
    ODD = "odd"


class Draft(StrEnum):
    """What the composer holds."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    TYPED = "draft"
    UNKNOWN = "unknown"


#: The composer holds something, typed by a person or not known to be.
TEXT = frozenset({Draft.TYPED, Draft.UNKNOWN})


class End(StrEnum):
    """How the latest turn ended, as the screen says."""

    INTERRUPTED = "interrupted"
    FAILED = "failed"
    #: An error that is no failure of the turn but no success either.
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Composer:
    """The editor: rows `first` to `last` (both included) and what it holds."""

    first: int
    last: int
    kind: Draft
    text: str = ""
    shell: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a screen are: row numbers, `stop` exclusive."""

    composer: Composer | None
    #: Rows where submitted prompts start.
    prompts: tuple[int, ...]
    #: First row of the latest turn below its prompt, and first row after it.
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything a tool's detector found on one screen."""

    composer: Composer | None = None
    blocked_on: BlockedOn | None = None
    #: Reasons to believe that a turn is running, strongest first, with the rows that say so.
    activity: tuple[Evidence, ...] = ()
    #: Whether a running turn makes the tool plainly not ready, or only not known to be ready.
    active_posture: Tristate = Tristate.NO
    pending: Tristate = Tristate.UNKNOWN
    end: End | None = None
    #: The turn shows something that a successful turn leaves behind.
    concluded: bool = False
    #: A half-typed draft does not keep the turn above it from being a success.
    draft_may_conclude: bool = False
    #: The composer is drawn but nothing behind it listens yet.
    starting: bool = False
    #: The screen looks idle, but in this version it may look so in the middle of a turn.
    doubtful: bool = False
    #: The screen belongs to a shell: no tool is listening.
    shell_screen: bool = False
    #: The key that stops the turn is to be pressed again before it counts.
    stops_on_second_key: bool = False
    turn: TurnView = field(default_factory=TurnView)
    marker: str | None = None
    status: str | None = None
    #: What goes on beside the turn, as the tool itself says: it is no part of the phase.
    background: tuple[Evidence, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def takes_keys(self) -> bool:
        """Whether something other than the composer gets what is typed."""
        replaced = self.composer is None and self.blocked_on is BlockedOn.MENU
        return replaced or self.blocked_on in MODAL or self.shell_screen


def signals(reading: Reading, screen: Screen, name: str, version: str) -> Signals:
    """The signals that follow from a reading."""
    composer = reading.composer
    active = bool(reading.activity) and reading.end in (None, End.ERROR)
    ready = _ready(reading, active)
    error = reading.end is not None and reading.end is not End.INTERRUPTED
    blocked = active or reading.end is not None or reading.blocked_on is not None
    calm = composer is not None and (
        composer.kind in (Draft.EMPTY, Draft.PLACEHOLDER) or reading.draft_may_conclude
    )
    return Signals(
        detector_name=name,
        detector_version=version,
        accepting_input=_accepting(reading),
        editing_input=_editing(reading),
        ready_posture=ready,
        pending_input=reading.pending,
        blocked_on=reading.blocked_on,
        prompt_visible=composer is not None,
        prompt_text=composer.text if composer and composer.kind is Draft.TYPED else None,
        composer_text=composer.text if composer and composer.kind in TEXT else None,
        active_evidence=active,
        active_reasons=tuple(item.rule for item in reading.activity) if active else (),
        interrupted=reading.end is End.INTERRUPTED,
        known_failure=reading.end is End.FAILED,
        current_error_present=error,
        success_candidate=reading.concluded and calm and not blocked and ready is Tristate.YES,
        success_blocked=blocked,
        ambiguous_interactive_surface=reading.blocked_on is not None,
        stops_on_second_key=reading.stops_on_second_key,
        completion_marker=reading.marker,
        latest_status_line=reading.status,
        background=reading.background,
        surface_signature=signature(screen),
        turn=reading.turn,
        notes=reading.notes,
        evidence=reading.activity + reading.evidence,
    )


def _accepting(reading: Reading) -> Tristate:
    if reading.takes_keys:
        return Tristate.NO
    if reading.composer is None or reading.starting:
        return Tristate.UNKNOWN
    return Tristate.YES


def _editing(reading: Reading) -> Tristate:
    if reading.takes_keys:
        return Tristate.NO
    if reading.composer is None or reading.composer.kind is Draft.UNKNOWN:
        return Tristate.UNKNOWN
    return Tristate.YES if reading.composer.kind is Draft.TYPED else Tristate.NO


def _ready(reading: Reading, active: bool) -> Tristate:
    # The turn goes on below a menu, which is a person's to close.
    beside = (None, *_BESIDE_COMPOSER, *((BlockedOn.MENU,) if active else ()))
    if reading.blocked_on not in beside:
        return Tristate.UNKNOWN
    if active:
        return reading.active_posture
    if reading.composer is None or reading.starting or reading.doubtful:
        return Tristate.UNKNOWN
    return Tristate.YES


def signature(screen: Screen) -> str:
    """Digest that changes with any visible text, not with styling."""
    return hashlib.sha256(
        "\n".join(row.plain for row in screen.rows).encode("utf-8", "surrogatepass")
    ).hexdigest()


def squeeze(texts: Iterable[str]) -> str:
    """Text without any blanks, so that wrapping and resizing do not change it."""
    return "".join("".join(texts).split())


def turn_view(
    prompt: Iterable[str],
    prompts: int,
    body: list[str],
    *,
    answered: bool,
    finished: bool,
    fresh: bool = False,
) -> TurnView:
    """The view of a turn whose rows, prompt and chrome left out, are `body`.

    Without a prompt on the screen, the tail of an answer is an answer, too, unless the session is
    `fresh`: what it begins with is shown.
    """
    text = squeeze(body)
    key = hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    told = tuple(line.strip() for line in body if line.strip())
    size = len("\n".join(told))
    answered = answered or (not prompts and not fresh and _continues_answer(body))
    return TurnView(squeeze(prompt), prompts, key, size, len(told), answered, finished, told)


def _continues_answer(body: list[str]) -> bool:
    """Whether rows are the tail of an answer whose first row has scrolled off the screen."""
    told = [text for text in body if text.strip()]
    return bool(told) and all(text.startswith("  ") for text in told)


def classify(runs: Iterable[Run], ink: Callable[[Style], Ink]) -> Draft:
    """What the composer's text is, from how it is drawn; its wording never matters."""
    seen = {ink(run.style) for run in runs if run.text.replace("\xa0", " ").strip()}
    if not seen:
        return Draft.EMPTY
    if Ink.PLAIN in seen:
        return Draft.TYPED
    return Draft.PLACEHOLDER if Ink.FAINT in seen else Draft.UNKNOWN


def last_row(rows: tuple[Row, ...], start: int, stop: int) -> int | None:
    """The lowest row with text in `start` to before `stop`."""
    return next((number for number in range(stop - 1, start - 1, -1) if rows[number].plain), None)
