"""What Codex has opened around its composer: popups, help, searches, boxes over the transcript.

An overlay is told by its own keys: the row that names them, or the inverse row that they move.
Whether a turn goes on behind it is not its business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from houmao.detect.dialogs import Dialog, find_dialog
from houmao.detect.reading import TEXT, Composer, last_row
from houmao.detect.screen import Row
from houmao.detect.signals import BlockedOn, Evidence
from houmao.tools.parts.signs import Signs

_MENU_ROW = re.compile(r"(?:› |\s{2})/[a-z][\w-]*(?:\s{2,}\S|\s*$)")
_LEAVES = re.compile(r"· esc (?:close|back|cancel|exit|dismiss)$")
#: A foot that names the keys of a list and nothing else.
_LIST_KEYS = re.compile(
    r"(?:space|enter|tab|←/→|↑/↓) [^·]+ · (?:space|enter|tab|esc|←/→|↑/↓)", re.IGNORECASE
)
_SELECTED = re.compile(r"› \S")
#: What is open, by the rows that name its keys; whether these keys are taken from the composer.
_FEET = (
    ("pane_keys_foot", "pane_keys", True),
    ("search_foot", "history_search", True),
    ("browsing_foot", "browsing", True),
    ("insert_foot", "popup_visible", False),
    ("help_foot", "shortcuts_visible", False),
)
_FOOT_HEIGHT = 3
#: Overlays that leave the end of the conversation in sight.
_MOVE_UP = ("history_search", "shortcuts_visible")
#: Rows above the composer that a menu of commands may take, and blank ones between the two.
_MENU_HEIGHT, _MENU_GAP = 12, 2


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is open; `takes_keys` says that typed text does not reach the composer."""

    dialog: Dialog
    takes_keys: bool = False
    #: Rows of the conversation may be hidden; otherwise they move up, or all stay.
    covers: bool = True
    #: Its first row, where that can be told: the conversation ends above it.
    top: int | None = None

    def hides_composer(self, *, working: bool) -> bool:
        """Whether no prompt can be typed now; a menu over a turn at work does not count as one."""
        return self.takes_keys and not (working and self.dialog.kind is BlockedOn.MENU)


def find_overlay(rows: tuple[Row, ...], composer: Composer | None, signs: Signs) -> Overlay | None:
    """What is open on a screen, if anything is."""
    found = _at_the_foot(rows, signs)
    if found is not None or composer is None:
        return found
    return _box(rows, composer) or _popup(rows, composer, signs) or _menu(rows, composer, signs)


def _at_the_foot(rows: tuple[Row, ...], signs: Signs) -> Overlay | None:
    """What the rows at the foot of the screen name the keys of."""
    for number in _foot(rows):
        text = rows[number].plain
        for name, rule, takes_keys in _FEET:
            if sign := signs.find(name, text):
                top = _help_title(rows, number, signs) if rule == "shortcuts_visible" else None
                shown = Evidence(rule, (number,), text.strip()[:80], sign.origin)
                return _menu_overlay(shown, takes_keys=takes_keys, top=top)
    return None


def _foot(rows: tuple[Row, ...]) -> range:
    """The lowest rows with text, up to a blank one: keys wrap in a narrow pane."""
    foot = _last_block(rows, range(len(rows)))
    return range(max(foot.start, foot.stop - _FOOT_HEIGHT), foot.stop)


def _last_block(rows: tuple[Row, ...], within: range) -> range:
    """The lowest rows with text among these, up to a blank one."""
    last = last_row(rows, within.start, within.stop)
    if last is None:
        return range(0)
    first = last
    while first > within.start and rows[first - 1].plain:
        first -= 1
    return range(first, last + 1)


def _box(rows: tuple[Row, ...], composer: Composer) -> Overlay | None:
    """A dialog over the transcript, or one whose own list looked like a composer."""
    foot = " ".join(rows[number].stripped for number in _foot(rows) if number > composer.last)
    if _LEAVES.search(foot) or _LIST_KEYS.match(foot):
        return _dialog_overlay(rows, composer.first, len(rows))
    # It may leave rests of the conversation, and the composer's glyph, at its left.
    chosen = next((it for it in range(composer.first) if _is_chosen(rows[it])), None)
    names_keys = _LEAVES.search(composer.text) and _LIST_KEYS.match(composer.text)
    if chosen is None and not names_keys:
        return None
    return _dialog_overlay(rows, composer.first if chosen is None else chosen, composer.first + 1)


def _is_chosen(row: Row) -> bool:
    found = _SELECTED.search(row.plain)
    return found is not None and found.start() > 0 and row.style_at(found.start()).inverse


def _dialog_overlay(rows: tuple[Row, ...], first: int, stop: int) -> Overlay:
    shown = Evidence("dialog_choices", (first,), rows[first].stripped[:80])
    return Overlay(find_dialog(rows, first, stop) or Dialog(BlockedOn.DIALOG, shown), True)


def _popup(rows: tuple[Row, ...], composer: Composer, signs: Signs) -> Overlay | None:
    above = last_row(rows, max(composer.first - 3, 0), composer.first)
    if above is None or not signs.find("insert_foot", rows[above].plain):
        return None
    row = rows[above]
    is_ours = row.style_at(row.indent).bold or row.style_at(row.indent).dim
    return _menu_overlay(Evidence("popup_visible", (above,))) if is_ours else None


def _menu(rows: tuple[Row, ...], composer: Composer, signs: Signs) -> Overlay | None:
    above = range(max(composer.first - _MENU_HEIGHT, 0), composer.first)
    if composer.kind in TEXT and composer.text.startswith("/"):
        for number in (*_block_above(rows, above), *range(composer.first + 1, len(rows))):
            if _MENU_ROW.match(rows[number].plain):
                return _menu_overlay(Evidence("slash_menu_visible", (number,)))
    return next(_help(rows, composer, above, signs), None)


def _block_above(rows: tuple[Row, ...], above: range) -> range:
    """The rows right above the composer; further up, a row may be an earlier prompt."""
    block = _last_block(rows, above)
    return block if above.stop - block.stop <= _MENU_GAP else range(0)


def _help_title(rows: tuple[Row, ...], stop: int, signs: Signs) -> int | None:
    titles = (
        number
        for number in range(stop)
        if signs.find("help_title", rows[number].plain)
        and rows[number].style_at(rows[number].indent).bold
    )
    return next(titles, None)


def _help(
    rows: tuple[Row, ...], composer: Composer, above: range, signs: Signs
) -> Iterator[Overlay]:
    title = _help_title(rows, composer.first, signs)
    if title is not None and title >= above.start:
        yield _menu_overlay(Evidence("shortcuts_visible", (title,)), top=title)
    for number in range(composer.last + 1, len(rows)):
        if rows[number].stripped.startswith("/ for commands"):
            yield _menu_overlay(Evidence("shortcuts_visible", (number,)))


def _menu_overlay(shown: Evidence, *, takes_keys: bool = False, top: int | None = None) -> Overlay:
    covers = shown.rule not in _MOVE_UP
    return Overlay(Dialog(BlockedOn.MENU, shown), takes_keys, covers=covers, top=top)
