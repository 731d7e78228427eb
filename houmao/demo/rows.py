"""Rows of styled text, and how two screens differ in terminal bytes.

Knows cells, widths and escape sequences; knows no tool and writes nothing.
"""

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: SGR parameters the painted tools use.
BOLD, DIM, ITALIC, INVERSE = "1", "2", "3", "7"

ENTER_ALTERNATE = "\x1b[?1049h"
LEAVE_ALTERNATE = "\x1b[?1049l"
CLEAR = "\x1b[H\x1b[2J"
SHOW_CURSOR = "\x1b[?25h"
HIDE_CURSOR = "\x1b[?25l"


@dataclass(frozen=True, slots=True)
class Size:
    """A terminal's size in cells."""

    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one style; `sgr` holds the parameters of one SGR sequence, `""` for the default."""

    text: str
    sgr: str = ""


Row = tuple[Span, ...]
BLANK: Row = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the terminal's cursor rests, from 0."""

    x: int
    y: int
    visible: bool


@dataclass(frozen=True, slots=True)
class PaintedScreen:
    """What a pane shows. `scrolled` counts the document rows that have left it at the top."""

    rows: tuple[Row, ...]
    cursor: Cursor
    title: str = ""
    alternate: bool = False
    scrolled: int = 0


def fg(colour: int, *more: str) -> str:
    """SGR parameters of a 256-colour foreground, after `more` attributes."""
    return ";".join((*more, f"38;5;{colour}"))


def bg(colour: int) -> str:
    """SGR parameters of a 256-colour background."""
    return f"48;5;{colour}"


def row(*parts: Span | str) -> Row:
    """One row from spans and plain texts."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def cells(text: str) -> int:
    """Columns the text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_cell(char) for char in text)


def _cell(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def row_cells(line: Row) -> int:
    """Columns a row takes."""
    return sum(cells(span.text) for span in line)


def spread(left: Row, right: Row, columns: int) -> Row:
    """`left` at the left edge, `right` at the right one unless both do not fit."""
    gap = columns - row_cells(left) - row_cells(right)
    return (*left, Span(" " * gap), *right) if gap > 0 else left


def filled(line: Row, columns: int, sgr: str) -> Row:
    """The row on a background over the whole width."""
    styled = tuple(Span(span.text, f"{span.sgr};{sgr}" if span.sgr else sgr) for span in line)
    return (*styled, Span(" " * max(0, columns - row_cells(line)), sgr))


def wrapped(text: str, columns: int) -> list[str]:
    """The text's lines, each folded at words to at most `columns` characters."""
    width = max(1, columns)
    lines: list[str] = []
    for line in text.split("\n"):
        lines += textwrap.wrap(line, width, drop_whitespace=True) or [""]
    return lines


def folded(text: str, columns: int) -> list[str]:
    """The text's lines cut hard at `columns`, as an editor shows them; never empty."""
    return [piece for line in text.split("\n") for piece in _pieces(line, max(2, columns))]


def _pieces(line: str, columns: int) -> Iterator[str]:
    while cells(line) > columns:
        head = _cut(line, columns)
        yield head
        line = line[len(head) :]
    yield line


def window(document: list[Row], size: Size, scrolled: int) -> tuple[tuple[Row, ...], int]:
    """The rows of a growing document that a main screen shows, and how many have left it.

    What left the screen never comes back: after the document shrinks, blank rows stay below it.
    """
    top = max(scrolled, len(document) - size.rows)
    shown = document[top : top + size.rows]
    return (*shown, *[BLANK] * (size.rows - len(shown))), top


def redraw(old: PaintedScreen | None, new: PaintedScreen, size: Size) -> str:
    """Terminal text that turns `old` into `new`, touching only rows that differ."""
    if old is not None and old == new:
        return ""
    return "".join(_redraw(old, new, size))


def _redraw(old: PaintedScreen | None, new: PaintedScreen, size: Size) -> Iterator[str]:
    if old is None:
        yield ENTER_ALTERNATE if new.alternate else ""
        yield CLEAR
        before: tuple[Row, ...] = (BLANK,) * len(new.rows)
    else:
        gone = max(0, new.scrolled - old.scrolled)
        yield f"\x1b[{size.rows};1H" + "\n" * gone if gone else ""
        before = (*old.rows, *[BLANK] * gone)[gone:]
    for y, (was, now) in enumerate(zip(before, new.rows, strict=True)):
        if was != now:
            # Erasing after a full row would eat its last cell: the cursor still stands on it.
            erase = "\x1b[K" if row_cells(now) < size.columns else ""
            yield f"\x1b[{y + 1};1H{as_text(now, size.columns)}{erase}"
    if old is None or old.title != new.title:
        yield f"\x1b]0;{new.title}\x07"
    yield f"\x1b[{new.cursor.y + 1};{new.cursor.x + 1}H"
    if old is None or old.cursor.visible != new.cursor.visible:
        yield SHOW_CURSOR if new.cursor.visible else HIDE_CURSOR


def as_text(line: Row, columns: int) -> str:
    """A row as terminal text, cut at the right edge, with its styles closed again."""
    return "".join(
        f"\x1b[{s.sgr}m{s.text}\x1b[0m" if s.sgr else s.text for s in clipped(line, columns)
    )


def clipped(line: Row, columns: int) -> Row:
    """The row without what lies beyond the right edge."""
    return tuple(_clipped(line, columns))


def _clipped(line: Iterable[Span], columns: int) -> Iterator[Span]:
    left = columns
    for span in line:
        width = cells(span.text)
        if width <= left:
            left -= width
            yield span
            continue
        yield Span(_cut(span.text, left), span.sgr)
        return


def _cut(text: str, columns: int) -> str:
    end = 0
    for char in text:
        columns -= _cell(char)
        if columns < 0:
            break
        end += 1
    return text[:end]
