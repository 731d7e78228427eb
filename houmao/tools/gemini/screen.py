"""Reads Gemini CLI's screen: composer, spinner, error and info rows, boxes and menus.

Where the composer is and where a turn begins is `layout`'s business. While a box asks
something, there is no composer. The row directly above the composer's rule tells what the tool
does, so that its title, which may be an earlier program's, is not asked; an answer ends further up.
"""

import re

from houmao.detect.dialogs import Dialog, composer_block
from houmao.detect.reading import (
    TEXT,
    Composer,
    End,
    Reading,
    turn_view,
)
from houmao.detect.screen import Row, rows_between
from houmao.detect.shell import shell_row
from houmao.detect.signals import (
    BlockedOn,
    Evidence,
    Tristate,
    TurnView,
)
from houmao.tools.gemini.layout import below, find_layout, is_edge, is_search
from houmao.tools.parts.page import Page, PageReader

#: Beside the conversation, on the alternate screen.
_SCROLLBAR = re.compile(r" *[▄█▀]$")
#: A draft that a list of commands or files may stand below.
_COMPLETES = re.compile(r"/|(?s:.*)@\S*$")


def _at_composer(page: Page, composer: Composer) -> Reading:
    activity = _activity(page)
    if is_search(page.rows[composer.first]):
        return _searching(page, activity)
    end, told = _end(page)
    menu = _menu(page, composer)
    turn = _turn(page)
    # Without a spinner the shell of the running tool gets what is typed.
    elsewhere = any(item.rule == "tool_runs" for item in activity)
    return Reading(
        composer=None if elsewhere else composer,
        blocked_on=composer_block(menu, composer.shell, told),
        activity=activity,
        pending=_pending(page),
        end=end if not activity else None,
        concluded=turn.answered,
        starting=_starting(page),
        turn=turn,
        status=next((item.excerpt.strip() for item in activity if item.rows), None),
        evidence=told + ((menu.evidence,) if menu else ()),
    )


def _activity(page: Page) -> tuple[Evidence, ...]:
    above = page.layout.stop - 1
    if above < page.layout.start:
        return ()
    status = page.evidence("spinner_row", above) or page.evidence("shell_waits", above)
    return status or _running_tool(page)


def _running_tool(page: Page) -> tuple[Evidence, ...]:
    """The first row of the box of a tool that runs; what a tool prints stands further below."""
    for number in reversed(page.turn[1:]):
        boxed = page.rows[number - 1].plain.startswith("╭")
        if boxed and (found := page.evidence("tool_runs", number)):
            return found
    return ()


def _end(page: Page) -> tuple[End | None, tuple[Evidence, ...]]:
    refused: tuple[Evidence, ...] = ()
    for number in reversed(page.turn):
        if page.shows("answer_row", number):
            break
        if found := page.evidence("api_error_row", number):
            # A note that a request failed stands below what the API said.
            refused = found + refused
        elif refused:
            continue
        elif found := page.evidence("cancelled_row", number):
            return End.INTERRUPTED, found
        elif found := page.evidence("error_row", number):
            return _failure(page), found
    return (End.FAILED, refused) if refused else (None, ())


def _failure(page: Page) -> End | None:
    """What an error row ends: a turn, no turn (a command to the tool itself), or nobody knows."""
    if not page.layout.prompts:
        return End.ERROR
    command = page.rows[page.layout.prompts[-1]].plain[2:].lstrip().startswith("/")
    return None if command else End.FAILED


def _menu(page: Page, composer: Composer) -> Dialog | None:
    if composer.kind in TEXT and (shown := _suggestions(page, composer)) is not None:
        return Dialog(BlockedOn.MENU, Evidence("suggestions_visible", (shown,)))
    for number in page.turn:
        if found := page.evidence("help_row", number):
            return Dialog(BlockedOn.MENU, found[0])
    return None


def _suggestions(page: Page, composer: Composer) -> int | None:
    """The row of a list around the composer of which one entry is chosen."""
    rows, beneath = page.rows, below(page.rows, composer)
    around = (*range(page.layout.stop, composer.first), *beneath)
    # Rows of a draft behind an empty one have the composer's ground, and are no entries.
    own = {run.style.background for run in rows[composer.first].runs}
    chosen = next((number for number in around if _has_selection(rows[number], own)), None)
    if chosen is not None or not beneath or rows[beneath[0]].is_coloured:
        return chosen
    # Without colours nothing marks the chosen one.
    listed = rows[beneath[0]].plain and not page.shows("footer_row", beneath[0])
    return beneath[0] if listed and _COMPLETES.match(composer.text) else None


def _searching(page: Page, activity: tuple[Evidence, ...]) -> Reading:
    """What is typed goes into a search of earlier prompts."""
    shown = Evidence("history_search", rows_between(page.layout.stop, len(page.rows) - 1))
    turn = _turn(page)
    return Reading(blocked_on=BlockedOn.MENU, activity=activity, turn=turn, evidence=(shown,))


def _has_selection(row: Row, own: set[int | None]) -> bool:
    return any(
        run.style.background not in {None, *own} and any(c.isalnum() for c in run.text)
        for run in row.runs
    )


def _pending(page: Page) -> Tristate:
    queued = any(page.shows("queued_row", number) for number in page.turn)
    return Tristate.YES if queued else Tristate.NO


def _starting(page: Page) -> bool:
    """The first drawing: the composer is there, the banner above it is not."""
    launched = shell_row(page.rows[: page.layout.stop], 0)
    if launched is None or page.layout.prompts:
        return False
    drawn = range(launched, page.layout.stop)
    return not any(page.shows("banner_row", number) for number in drawn)


def _turn(page: Page) -> TurnView:
    prompt: list[str] = []
    if page.layout.prompts:
        first = range(page.layout.prompts[-1], page.layout.start)
        prompt = [_text(page.rows[it])[2:] for it in first if not is_edge(page.rows[it])]
    told = [number for number in page.turn if not _is_chrome(page, number)]
    answered = any(page.shows("answer_row", number) for number in told)
    body = [_text(page.rows[number]) for number in told]
    return turn_view(prompt, len(page.layout.prompts), body, answered=answered, finished=False)


def _is_chrome(page: Page, number: int) -> bool:
    hints = ("cancel_hint", "shortcuts_hint")
    return is_edge(page.rows[number]) or any(page.shows(name, number) for name in hints)


def _text(row: Row) -> str:
    return _SCROLLBAR.sub("", row.plain)


READER = PageReader("gemini_cli", find_layout, _turn, _at_composer)
