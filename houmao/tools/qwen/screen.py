"""Reads Qwen Code's screen: composer, spinner, error and info rows, tools, lists and dialogs.

Where the composer is and where a turn begins is `layout`'s business. While something is asked,
there is no composer. The spinner stands from the prompt to the end of the turn, so that the
pane's title, which tells the same a little too early, is not asked.
"""

from houmao.detect.dialogs import Dialog, composer_block
from houmao.detect.reading import Composer, End, Reading, turn_view
from houmao.detect.signals import BlockedOn, Evidence, Tristate, TurnView
from houmao.tools.parts.page import Page, PageReader
from houmao.tools.qwen.layout import find_layout, is_search, texts

#: Columns before what the CLI itself says; the model's words are further in.
_OWN = 2


def _at_composer(page: Page, composer: Composer) -> Reading:
    beneath = range(composer.last + 2, len(page.rows))
    above = range(page.layout.stop, composer.first - 1)
    activity = page.lowest("spinner_row", above)
    end, told = _end(page)
    menu = _menu(page, composer, beneath)
    turn = _turn(page)
    queued = page.lowest("queued_row", (*above, *beneath))
    return Reading(
        composer=composer,
        blocked_on=composer_block(menu, composer.shell, told),
        activity=activity,
        pending=Tristate.YES if queued else Tristate.NO,
        end=end if not activity else None,
        concluded=turn.answered,
        turn=turn,
        status=activity[0].excerpt.strip() if activity else None,
        evidence=told + ((menu.evidence,) if menu else ()),
    )


def _end(page: Page) -> tuple[End | None, tuple[Evidence, ...]]:
    """What the lowest of the CLI's own rows says of the turn's end."""
    own = (it for it in reversed(page.turn) if page.rows[it].plain and _is_own(page, it))
    lowest = next(own, None)
    if lowest is None:
        return None, ()
    for name, end in _ENDS:
        if found := page.evidence(name, lowest):
            return end, found
    found = page.evidence("error_row", lowest)
    return (_failure(page), found) if found else (None, ())


_ENDS = (
    ("cancelled_row", End.INTERRUPTED),
    ("refused_row", End.INTERRUPTED),
    ("api_error_row", End.FAILED),
)


def _failure(page: Page) -> End | None:
    """What an error row ends: a turn, no turn (a command to the tool itself), or nobody knows."""
    if not page.layout.prompts:
        return End.ERROR
    return None if _prompt(page)[0].startswith("/") else End.FAILED


def _is_own(page: Page, number: int) -> bool:
    return page.rows[number].indent <= _OWN


def _menu(page: Page, composer: Composer, beneath: range) -> Dialog | None:
    if is_search(page.rows[composer.first]):
        return Dialog(BlockedOn.MENU, Evidence("history_search", (composer.first,)))
    for name in ("chosen_row", "help_row"):
        if found := page.lowest(name, beneath):
            return Dialog(BlockedOn.MENU, found[0])
    return None


def _prompt(page: Page) -> list[str]:
    if not page.layout.prompts:
        return [""]
    shown = range(page.layout.prompts[-1], page.layout.start)
    return [text[4:] for text in texts(page.rows, shown)]


def _turn(page: Page) -> TurnView:
    answered = any(page.shows("answer_row", number) for number in page.turn)
    # It says by its spinner that a turn is over, and may scroll its last rows into sight later.
    works = bool(page.lowest("spinner_row", range(page.layout.stop, len(page.rows))))
    fresh = any(page.shows("banner_row", number) for number in page.turn)
    body = texts(page.rows, page.turn)
    return turn_view(
        _prompt(page),
        len(page.layout.prompts),
        body,
        answered=answered,
        finished=answered and not works,
        fresh=fresh,
    )


READER = PageReader("qwen_code", find_layout, _turn, _at_composer)
