"""Reads OpenCode's screen: editor, the row that tells of work, how turns closed, lists, dialogs.

Where the editor is and what its blocks are is `layout`'s business. A permission or a question
stands in the editor's place; any other dialog lies over the screen, with the editor still drawn.
"""

from dataclasses import replace
from functools import partial

from houmao.detect.dialogs import Dialog, composer_block, find_dialog
from houmao.detect.reader import ScreenDetector, asked, left_to_shell, without_composer
from houmao.detect.reading import Composer, End, Reading, last_row, turn_view
from houmao.detect.screen import Screen
from houmao.detect.signals import BlockedOn, Evidence, GrowthRule, Tristate, TurnView
from houmao.tools.opencode.layout import (
    BarredBlock,
    BarredKind,
    OpenCodeLayout,
    block_text,
    find_layout,
    is_closing,
)
from houmao.tools.parts.page import Page
from houmao.tools.parts.signs import Signs

#: A turn that was stopped while it was tried again leaves nothing behind.
GROWTH = GrowthRule(after_activity=True, silent_interruption=True)


def opencode(version: str, signs: Signs, notes: tuple[str, ...] = ()) -> ScreenDetector:
    """The detector of one family of OpenCode versions."""
    return ScreenDetector("opencode_tui", version, partial(_read, signs, notes), growth=GROWTH)


def _read(
    signs: Signs, notes: tuple[str, ...], screen: Screen, _titled: tuple[Evidence, ...]
) -> Reading:
    layout = find_layout(screen.rows)
    page = Page(layout.rows, layout, signs)
    composer = layout.composer
    dialog = _dialog(page, screen)
    if dialog is not None:
        return asked(dialog, _turn(page, layout))
    if composer is None:
        return without_composer(screen.rows, notes)
    if (left := left_to_shell(screen.rows, composer.first)) is not None:
        return left
    reading = _at_composer(page, layout, composer)
    return replace(reading, notes=(*notes, f"prompt_kind={composer.kind.value}"))


def _dialog(page: Page, screen: Screen) -> Dialog | None:
    """What takes the keys in the editor's stead."""
    for number, row in enumerate(screen.rows):
        found = page.signs.evidence("dialog_row", number, row.plain)
        # It lies on a ground of its own.
        if found and row.style_at(row.plain.index("esc")).background != row.style_at(0).background:
            return Dialog(BlockedOn.DIALOG, found)
    if page.layout.composer is not None:
        return None
    for number in reversed(range(len(page.rows))):
        if found := page.signs.evidence("permission_row", number, page.rows[number].plain):
            return Dialog(BlockedOn.APPROVAL, found)
    return find_dialog(page.rows, 0)


def _at_composer(page: Page, layout: OpenCodeLayout, composer: Composer) -> Reading:
    beneath = range(composer.last + 2, len(page.rows))
    activity = page.lowest("working_row", beneath)
    end, told = (None, ()) if activity else _end(page, layout)
    menu = _menu(page, composer)
    turn = _turn(page, layout)
    queued = any(block.kind is BarredKind.QUEUED for block in layout.blocks)
    return Reading(
        composer=composer,
        blocked_on=composer_block(menu, composer.shell, told),
        activity=activity,
        pending=Tristate.YES if queued else Tristate.NO,
        end=end,
        stops_on_second_key=bool(page.lowest("again_row", beneath)),
        concluded=turn.answered,
        turn=turn,
        status=activity[0].excerpt.strip() if activity else None,
        evidence=told + ((menu.evidence,) if menu else ()),
    )


def _end(page: Page, layout: OpenCodeLayout) -> tuple[End | None, tuple[Evidence, ...]]:
    """How the turn closed: an error, a word of a person's, or a row that was never completed."""
    for block in _of_turn(layout):
        if block.kind is BarredKind.ERROR:
            return End.FAILED, (_shown("error_block", page, block.first + 1),)
    closing = last_row(page.rows, layout.start, layout.stop)
    if closing is None or not layout.prompts or not is_closing(page.rows[closing]):
        return None, ()
    if page.shows("finished_row", closing):
        return None, ()
    if found := page.evidence("interrupted_row", closing):
        return End.INTERRUPTED, found
    return End.INTERRUPTED, (_shown("unfinished_row", page, closing),)


def _of_turn(layout: OpenCodeLayout) -> list[BarredBlock]:
    return [block for block in layout.blocks if layout.start <= block.first < layout.stop]


def _shown(rule: str, page: Page, number: int) -> Evidence:
    return Evidence(rule, (number,), page.rows[number].plain[:80])


def _menu(page: Page, composer: Composer) -> Dialog | None:
    above = composer.first - 1
    found = page.evidence("list_row", above) if above >= 0 else ()
    return Dialog(BlockedOn.MENU, found[0]) if found else None


def _turn(page: Page, layout: OpenCodeLayout) -> TurnView:
    rows, asked = page.rows, [it for it in layout.blocks if it.kind is BarredKind.PROMPT]
    prompt = [block_text(rows[it]) for it in range(asked[-1].first, layout.start)] if asked else []
    told = [number for number in page.turn if not is_closing(rows[number])]
    closed = any(page.shows("finished_row", number) for number in page.turn)
    return turn_view(
        prompt,
        len(layout.prompts),
        [rows[number].plain for number in told],
        answered=closed,
        finished=closed,
        fresh=True,
    )
