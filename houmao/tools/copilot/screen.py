"""Reads Copilot CLI's screen: composer, the row that tells of work, errors, lists and dialogs.

Where the composer is and where a turn begins is `layout`'s business. While something is asked,
there is no composer. That it works is told in the last row alone; a hint may cover it for a moment,
in which nobody knows.
"""

from houmao.detect.dialogs import Dialog, composer_block
from houmao.detect.reading import Composer, End, Reading, turn_view
from houmao.detect.screen import Row, Run
from houmao.detect.signals import BlockedOn, Evidence, Tristate, TurnView
from houmao.tools.copilot.layout import find_layout, prompt_text, text_of, waiting_prompts
from houmao.tools.parts.page import Page, PageReader

#: Columns before the glyph of what was said or done, and before its text.
_GLYPH, _TEXT = 1, 3


def _at_composer(page: Page, composer: Composer) -> Reading:
    beneath = range(composer.last + 2, len(page.rows))
    activity = page.lowest("working_row", beneath)
    end, told = _end(page)
    menu = _menu(page, composer, beneath)
    turn = _turn(page)
    waits = any(page.rows[it].plain for it in waiting_prompts(page.rows, page.layout))
    return Reading(
        composer=composer,
        blocked_on=composer_block(menu, composer.shell, told),
        activity=activity,
        pending=Tristate.YES if waits else Tristate.NO,
        end=end if not activity else None,
        concluded=turn.answered,
        stops_on_second_key=bool(page.lowest("again_row", beneath)),
        doubtful=bool(page.lowest("covered_row", beneath)),
        turn=turn,
        status=activity[0].excerpt.strip() if activity else None,
        evidence=told + ((menu.evidence,) if menu else ()),
    )


def _end(page: Page) -> tuple[End | None, tuple[Evidence, ...]]:
    """What the last thing that was said or done tells of the turn's end."""
    told = (it for it in reversed(page.turn) if _begins(page.rows[it]))
    last = next(told, None)
    if last is None:
        return None, ()
    if found := page.evidence("cancelled_row", last):
        return End.INTERRUPTED, found
    found = page.evidence("failed_row", last)
    # A tool's name is bold, and what became of it is not; an error is of one kind.
    if found and len({run.style.bold for run in _said(page.rows[last])}) == 1:
        # Below the start screen alone it is no turn's.
        return End.ERROR if _is_fresh(page) else End.FAILED, found
    return None, ()


def _is_fresh(page: Page) -> bool:
    return not page.layout.prompts and any(page.shows("tip_row", it) for it in page.turn)


def _begins(row: Row) -> bool:
    return row.indent == _GLYPH and bool(text_of(row).strip())


def _said(row: Row) -> list[Run]:
    text = text_of(row)
    return [run for run in row.part(_TEXT, len(text)).runs if run.text.strip()]


def _menu(page: Page, composer: Composer, beneath: range) -> Dialog | None:
    above = range(max(composer.first - 8, 0), max(composer.first - 1, 0))
    found = page.lowest("chosen_row", above) or page.lowest("help_row", beneath)
    return Dialog(BlockedOn.MENU, found[0]) if found else None


def _turn(page: Page) -> TurnView:
    layout = page.layout
    prompt: list[str] = []
    if layout.prompts:
        prompt = [prompt_text(row) for row in page.rows[layout.prompts[-1] : layout.start]]
    own = ("tip_row", "retry_row", "cancelled_row")
    answered = any(
        page.shows("answer_row", number) and not any(page.shows(it, number) for it in own)
        for number in page.turn
    )
    fresh = _is_fresh(page)
    body = [text_of(page.rows[number]) for number in page.turn]
    return turn_view(
        prompt,
        len(layout.prompts),
        body,
        answered=answered and not fresh,
        finished=False,
        fresh=fresh,
    )


READER = PageReader("copilot_cli", find_layout, _turn, _at_composer)
