"""Reads Gemini CLI's screen: composer, spinner, error and info rows, boxes and menus.

The composer is the prompt row below a rule and a row that names the mode; prompts of the past
stand on the same background but have no rule above them. While a box asks something, there is
no composer. The spinner row is the last row above the composer's rule.
"""

import re
from dataclasses import dataclass
from functools import partial

from houmao.detect.dialogs import Dialog, composer_block, find_dialog
from houmao.detect.reader import ScreenDetector, asked, left_to_shell, without_composer
from houmao.detect.reading import (
    TEXT,
    Composer,
    End,
    Ink,
    Layout,
    Reading,
    classify,
    last_row,
    turn_view,
)
from houmao.detect.screen import Row, Screen, Style
from houmao.detect.shell import shell_row
from houmao.detect.signals import (
    BlockedOn,
    Evidence,
    Tristate,
    TurnView,
)

_PROMPT = re.compile(r" [>!*] ")
_BLOCKS = re.compile(r"[▀▄]{8,}$")
_SPINNER = re.compile(r" [\u2801-\u28ff] \S.*\(esc to cancel")
_CANCEL_HINT = re.compile(r"\(esc to cancel(?:,|\)|…)")
_WORKING_TITLE = re.compile(r"✦ ")
_GREY = frozenset({7, 8, *range(240, 252)})
_MAX_HEADROOM = 4
_BANNER = "Tips for getting started"


@dataclass(frozen=True, slots=True)
class GeminiProfile:
    """What differs between versions of Gemini CLI."""

    version: str
    notes: tuple[str, ...] = ()


def gemini(profile: GeminiProfile) -> ScreenDetector:
    """The detector of one family of Gemini CLI versions."""
    read = partial(_read, profile)
    return ScreenDetector(
        "gemini_cli", profile.version, read, _WORKING_TITLE, title_stands_seconds=None
    )


def _read(profile: GeminiProfile, screen: Screen, titled: tuple[Evidence, ...]) -> Reading:
    rows = screen.rows
    layout = find_layout(rows)
    composer = layout.composer
    if composer is None:
        dialog = find_dialog(rows, layout.start)
        if dialog is not None:
            return asked(dialog, _turn(rows, layout))
        return without_composer(rows, profile.notes)
    if (left := left_to_shell(rows, composer.first + 1)) is not None:
        return left
    activity = _activity(rows, layout) + titled
    end, end_evidence = _end(rows, layout)
    menu = _menu(rows, composer, layout)
    blocked = composer_block(menu, composer.shell, end_evidence)
    turn = _turn(rows, layout)
    return Reading(
        composer=composer,
        blocked_on=blocked,
        activity=activity,
        pending=_pending(rows, layout),
        end=end if not activity else None,
        concluded=turn.answered,
        starting=_starting(rows, layout),
        turn=turn,
        status=next((item.excerpt.strip() for item in activity if item.rows), None),
        evidence=end_evidence + ((menu.evidence,) if menu else ()),
        notes=(*profile.notes, f"prompt_kind={composer.kind.value}"),
    )


def find_layout(rows: tuple[Row, ...]) -> Layout:
    """Where the parts of a screen are; total, whatever the rows say."""
    shown = [number for number, row in enumerate(rows) if _is_prompt(row)]
    composer: Composer | None = None
    stop = len(rows)
    if shown and (rule := _rule_above(rows, shown[-1])) is not None:
        composer = _composer(rows, shown.pop())
        stop = rule
    prompts = tuple(number for number in shown if number < stop)
    start = _after_prompt(rows, prompts[-1]) if prompts else 0
    return Layout(composer, prompts, start, stop)


def _is_prompt(row: Row) -> bool:
    return bool(_PROMPT.match(row.text + " ")) and row.style_at(1).background is not None


def _rule_above(rows: tuple[Row, ...], prompt: int) -> int | None:
    for number in range(prompt - 1, max(prompt - 1 - _MAX_HEADROOM, -1), -1):
        if rows[number].is_rule:
            return number
    return None


def _after_prompt(rows: tuple[Row, ...], prompt: int) -> int:
    number = prompt + 1
    while number < len(rows) and rows[number].style_at(rows[number].indent).background is not None:
        number += 1
    return number


def _composer(rows: tuple[Row, ...], glyph: int) -> Composer:
    last = glyph
    while last + 1 < len(rows) and rows[last + 1].plain.startswith("   "):
        if not rows[last + 1].style_at(3).background:
            break
        last += 1
    runs = [*rows[glyph].after(2)]
    for row in rows[glyph + 1 : last + 1]:
        runs.extend(row.runs)
    lines = [rows[glyph].plain[2:].strip(), *(r.stripped for r in rows[glyph + 1 : last + 1])]
    text = "\n".join(lines).strip()
    return Composer(glyph, last, classify(runs, _ink), text, rows[glyph].text[1] == "!")


def _ink(style: Style) -> Ink:
    if style.inverse:
        return Ink.CURSOR
    return Ink.FAINT if style.dim or style.foreground in _GREY else Ink.PLAIN


def _activity(rows: tuple[Row, ...], layout: Layout) -> tuple[Evidence, ...]:
    number = last_row(rows, layout.start, layout.stop)
    if number is not None and _SPINNER.match(rows[number].plain):
        return (Evidence("spinner_row", (number,), rows[number].plain[:60]),)
    return ()


def _end(rows: tuple[Row, ...], layout: Layout) -> tuple[End | None, tuple[Evidence, ...]]:
    for number in range(layout.stop - 1, layout.start - 1, -1):
        text = rows[number].plain
        if text.startswith("✦ "):
            return None, ()
        if text.startswith("ℹ Request cancelled"):
            return End.INTERRUPTED, (Evidence("cancelled_row", (number,), text[:60]),)
        if text.startswith("✕ "):
            return _failure(rows, layout, text), (Evidence("error_row", (number,), text[:80]),)
    return None, ()


def _failure(rows: tuple[Row, ...], layout: Layout, text: str) -> End | None:
    """What an error row ends: a turn, no turn (a command to the tool itself), or nobody knows."""
    if text.startswith("✕ [API Error"):
        return End.FAILED
    if not layout.prompts:
        return End.ERROR
    command = rows[layout.prompts[-1]].plain[2:].lstrip().startswith("/")
    return None if command else End.FAILED


def _menu(rows: tuple[Row, ...], composer: Composer, layout: Layout) -> Dialog | None:
    if composer.kind in TEXT and composer.text.startswith(("/", "@")):
        for number in range(composer.last + 1, len(rows)):
            if _has_selection(rows[number]):
                return Dialog(BlockedOn.MENU, Evidence("suggestions_visible", (number,)))
    for number in range(layout.start, layout.stop):
        if rows[number].stripped.startswith("Shortcuts See /help"):
            return Dialog(BlockedOn.MENU, Evidence("shortcuts_visible", (number,)))
    return None


def _has_selection(row: Row) -> bool:
    return any(
        run.style.background is not None and any(c.isalnum() for c in run.text) for run in row.runs
    )


def _pending(rows: tuple[Row, ...], layout: Layout) -> Tristate:
    region = rows[layout.start : layout.stop]
    queued = any(row.stripped.startswith("Queued (press") for row in region)
    return Tristate.YES if queued else Tristate.NO


def _starting(rows: tuple[Row, ...], layout: Layout) -> bool:
    """The first drawing: the composer is there, the banner above it is not."""
    launched = shell_row(rows[: layout.stop], 0)
    if launched is None or layout.prompts:
        return False
    return not any(row.plain.startswith(_BANNER) for row in rows[launched : layout.stop])


def _turn(rows: tuple[Row, ...], layout: Layout) -> TurnView:
    prompt: list[str] = []
    if layout.prompts:
        first = layout.prompts[-1]
        prompt = [
            row.plain[2:] for row in rows[first : layout.start] if not _BLOCKS.match(row.plain)
        ]
    body = [
        row.plain
        for row in rows[layout.start : layout.stop]
        if not _CANCEL_HINT.search(row.plain) and row.stripped != "? for shortcuts"
    ]
    answered = any(text.startswith("✦ ") for text in body)
    return turn_view(prompt, len(layout.prompts), body, answered=answered, finished=False)
