"""Reads Gemini CLI's screen: composer, spinner, error and info rows, boxes and menus.

Where the composer is and where a turn begins is `layout`'s business. While a box asks
something, there is no composer. The row directly above the composer's rule tells what the tool
does; an answer ends further up.
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
    Layout,
    Reading,
    turn_view,
)
from houmao.detect.screen import Row, Screen, rows_between
from houmao.detect.shell import shell_row
from houmao.detect.signals import (
    BlockedOn,
    Evidence,
    Tristate,
    TurnView,
)
from houmao.tools.gemini.layout import below, find_layout, is_edge, is_search

#: Rows of a tool at work, above the composer; a hook that runs has no spinner.
_SPINNER = re.compile(r" (?:[\u2801-\u28ff] )? *\S.*\(esc to cancel")
_SHELL_WAITS = re.compile(r" *! Shell awaiting input")
#: First row of a tool's box: it runs.
_RUNNING = re.compile(r"│ [⊶⊷] ")
#: Beside the conversation, on the alternate screen.
_SCROLLBAR = re.compile(r" *[▄█▀]$")
_CANCEL_HINT = re.compile(r"\(esc to cancel(?:,|\)|…)")
_WORKING_TITLE = re.compile(r"[✦⏲] ")
#: Rows of the help that `?` opens; its title may have left a low screen.
_HELP = re.compile(r"\s*Shortcuts See /help|.*\b(?:select file or folder|reverse-search history)\b")
#: A draft that a list of commands or files may stand below.
_COMPLETES = re.compile(r"/|(?s:.*)@\S*$")
_FOOTER = re.compile(r" workspace\b")
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
    if is_search(rows[composer.first]):
        return _searching(rows, layout, activity)
    blocked = composer_block(menu, composer.shell, end_evidence)
    turn = _turn(rows, layout)
    # Without a spinner the shell of the running tool gets what is typed.
    elsewhere = any(item.rule == "tool_runs" for item in activity)
    return Reading(
        composer=None if elsewhere else composer,
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


def _activity(rows: tuple[Row, ...], layout: Layout) -> tuple[Evidence, ...]:
    number = layout.stop - 1
    if number < layout.start:
        return ()
    text = rows[number].plain
    if _SPINNER.match(text):
        return (Evidence("spinner_row", (number,), text[:60]),)
    if _SHELL_WAITS.match(text):
        return (Evidence("shell_waits", (number,), text[:60]),)
    running = _running_tool(rows, layout)
    return () if running is None else (Evidence("tool_runs", (running,), rows[running].plain[:60]),)


def _running_tool(rows: tuple[Row, ...], layout: Layout) -> int | None:
    """The first row of the box of a tool that runs; what a tool prints stands further below."""
    for number in range(layout.stop - 1, layout.start, -1):
        if rows[number - 1].plain.startswith("╭") and _RUNNING.match(rows[number].plain):
            return number
    return None


def _end(rows: tuple[Row, ...], layout: Layout) -> tuple[End | None, tuple[Evidence, ...]]:
    for number in range(layout.stop - 1, layout.start - 1, -1):
        text = rows[number].plain
        if text.startswith("✦ "):
            return None, ()
        if text.startswith("ℹ Request cancelled"):
            return End.INTERRUPTED, (Evidence("cancelled_row", (number,), text[:60]),)
        if text.startswith(("✕ ", "ℹ This request failed")):
            return _failure(rows, layout, text), (Evidence("error_row", (number,), text[:80]),)
    return None, ()


def _failure(rows: tuple[Row, ...], layout: Layout, text: str) -> End | None:
    """What an error row ends: a turn, no turn (a command to the tool itself), or nobody knows."""
    if text.startswith(("✕ [API Error", "ℹ This request failed")):
        return End.FAILED
    if not layout.prompts:
        return End.ERROR
    command = rows[layout.prompts[-1]].plain[2:].lstrip().startswith("/")
    return None if command else End.FAILED


def _menu(rows: tuple[Row, ...], composer: Composer, layout: Layout) -> Dialog | None:
    if composer.kind in TEXT and (shown := _suggestions(rows, composer, layout.stop)) is not None:
        return Dialog(BlockedOn.MENU, Evidence("suggestions_visible", (shown,)))
    for number in range(layout.start, layout.stop):
        if _HELP.match(rows[number].plain):
            return Dialog(BlockedOn.MENU, Evidence("shortcuts_visible", (number,)))
    return None


def _suggestions(rows: tuple[Row, ...], composer: Composer, stop: int) -> int | None:
    """The row of a list around the composer of which one entry is chosen."""
    beneath = below(rows, composer)
    around = (*range(stop, composer.first), *beneath)
    chosen = next((number for number in around if _has_selection(rows[number])), None)
    if chosen is not None or not beneath or rows[beneath[0]].is_coloured:
        return chosen
    # Without colours nothing marks the chosen one.
    listed = rows[beneath[0]].plain and not _FOOTER.match(rows[beneath[0]].plain)
    return beneath[0] if listed and _COMPLETES.match(composer.text) else None


def _searching(rows: tuple[Row, ...], layout: Layout, activity: tuple[Evidence, ...]) -> Reading:
    """What is typed goes into a search of earlier prompts."""
    shown = Evidence("history_search", rows_between(layout.stop, len(rows) - 1))
    turn = _turn(rows, layout)
    return Reading(blocked_on=BlockedOn.MENU, activity=activity, turn=turn, evidence=(shown,))


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
        prompt = [_text(row)[2:] for row in rows[first : layout.start] if not is_edge(row)]
    body = [
        _text(row)
        for row in rows[layout.start : layout.stop]
        if not is_edge(row)
        and not _CANCEL_HINT.search(row.plain)
        and row.stripped != "? for shortcuts"
    ]
    answered = any(text.startswith("✦ ") for text in body)
    return turn_view(prompt, len(layout.prompts), body, answered=answered, finished=False)


def _text(row: Row) -> str:
    return _SCROLLBAR.sub("", row.plain)
