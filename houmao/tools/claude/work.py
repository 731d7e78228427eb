"""Signs of work on Claude Code's screen: the spinner, the hints, what goes on in the background.

A sign counts where the tool draws it: a spinner above nothing but its own notes, hints below the
user's own status line. What a title says is not told here.
"""

import re
from dataclasses import dataclass

from houmao.detect.screen import Row
from houmao.detect.signals import Evidence
from houmao.tools.claude.end import is_interruption
from houmao.tools.claude.layout import ClaudeLayout, is_chrome

_TIP = re.compile(r"\s{0,4}⎿\s")
#: One part of the hints: so many shells, monitors or agents go on beside the turn.
_BACKGROUND = re.compile(
    r"(?:^|· )\s*(\d+ (?:shells?|monitors?|(?:background |sub-?)?(?:tasks?|agents?)))(?=$| ·)"
)
#: Rows of hints at most; what is further down is no part of them.
_HINT_ROWS = 4


@dataclass(frozen=True, slots=True)
class Work:
    """What speaks of work: the spinner's row, and evidence for the turn and beside it."""

    spinner: int | None
    interruptable: bool
    activity: tuple[Evidence, ...]
    background: tuple[Evidence, ...]


def find_work(rows: tuple[Row, ...], layout: ClaudeLayout, finished: int | None) -> Work:
    """The signs of work below `finished`, the last row that says that a turn is over."""
    spinner = _spinner(rows, layout, finished)
    hints = _own_hints(rows, layout)
    told = " ".join(rows[number].plain for number in hints)
    interruptable = layout.shows("interrupt_hint", told)
    activity = _activity(rows, layout, spinner, finished, interruptable)
    beside = (Evidence("background_work", (*hints,), it) for it in _BACKGROUND.findall(told))
    return Work(spinner, interruptable, activity, tuple(beside))


def _spinner(rows: tuple[Row, ...], layout: ClaudeLayout, finished: int | None) -> int | None:
    """The row that says a turn is running: no answer stands below it, nor that it is over."""
    start = layout.start if finished is None else finished + 1
    for number in range(layout.stop - 1, start - 1, -1):
        if layout.shows("spinner_row", rows[number].plain) and _is_drawn_spinner(
            rows, number, layout
        ):
            return number
        if layout.shows("answer_row", rows[number].plain) or is_interruption(rows[number], layout):
            return None
    return None


def _is_drawn_spinner(rows: tuple[Row, ...], number: int, layout: ClaudeLayout) -> bool:
    """An answer begins with the glyph of a spinner that stands still; its text has no colour."""
    row = rows[number]
    if not row.text.startswith("●"):
        return is_chrome(row, layout)
    if layout.coloured:
        return row.style_at(2).foreground is not None
    below = [it.plain for it in rows[number + 1 : layout.stop] if it.plain]
    return not below or _TIP.match(below[0]) is not None


def _own_hints(rows: tuple[Row, ...], layout: ClaudeLayout) -> range:
    """The rows of the tool's own hints.

    The user's own status line stands above them; a list of sub-agents below, after a blank row.
    """
    start = layout.footer
    while start < len(rows) and not rows[start].plain:
        start += 1
    stop = start
    while stop < len(rows) and rows[stop].plain:
        stop += 1
    for number in reversed(range(max(start, stop - _HINT_ROWS), stop)):
        if layout.shows("hint_row", rows[number].plain):
            return range(number, stop)
    return range(0)


def _activity(
    rows: tuple[Row, ...],
    layout: ClaudeLayout,
    spinner: int | None,
    finished: int | None,
    interruptable: bool,
) -> tuple[Evidence, ...]:
    start = layout.start if finished is None else finished + 1
    found: list[Evidence] = []
    if spinner is not None:
        text = rows[spinner].plain
        origin = layout.signs.origin("spinner_row", text)
        found.append(Evidence("thinking_line", (spinner,), text[:80], origin))
    if interruptable:
        for number in range(layout.stop - 1, start - 1, -1):
            text = rows[number].text
            if layout.shows("answer_row", text) and "Worked for" not in text:
                found.append(Evidence("active_block", (number,)))
                break
        if not found:
            found.append(Evidence("interruptable_footer", (layout.footer,)))
    return tuple(found)
