"""Where things are on OpenCode's screen: the editor, blocks with a bar, the latest turn.

Whatever is not an answer stands behind a bar: prompts, tools, errors and the editor, which is the
lowest and has an edge below it. On a wide terminal the edge's end is where a sidebar begins, which
is no part of the conversation. What a block is, its colours tell: a tool's bar is as dark as the
screen, and an error speaks in the colour of hints.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from houmao.detect.colour import rgb
from houmao.detect.reading import Composer, Draft, Layout
from houmao.detect.screen import Row, Style

_BAR = "┃"
_EDGE = re.compile(r" *╹▀{8,}")
_BLOCK = re.compile(r" *┃")
#: An empty editor's words: on the first screen, and where the next line goes to a shell.
_HINTS = re.compile(r"Ask anything… |Run a command… ")
_SHELL = re.compile(r"Shell(?: |$)")
_QUEUED = re.compile(r" *┃ +QUEUED\b")
#: Below a turn: which agent and model it is of, and how it ended.
_CLOSING = re.compile(r" *▣ ")
#: Hints are drawn in a darker grey than what is said.
_BRIGHT = 160
#: Columns between a bar and its text, and between a bar and an entry of a list.
_MARGIN = 3


class BarredKind(StrEnum):
    """What stands behind a bar."""

    PROMPT = "prompt"
    QUEUED = "queued"
    TOOL = "tool"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class BarredBlock:
    """Rows of the conversation behind one bar, `last` included."""

    kind: BarredKind
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class OpenCodeLayout(Layout):
    """The layout of an OpenCode screen, of which the columns of the conversation alone are read."""

    rows: tuple[Row, ...]
    blocks: tuple[BarredBlock, ...]


def find_layout(rows: tuple[Row, ...]) -> OpenCodeLayout:
    """Where the parts of a screen are; total, whatever the rows say."""
    edge = next((at for at in range(len(rows) - 1, 0, -1) if _EDGE.match(rows[at].plain)), None)
    if edge is None:
        return _laid_out(rows, None, len(rows))
    found = _EDGE.match(rows[edge].plain)
    width = found.end() if found else 0
    rows = tuple(row.part(0, width) for row in rows[: edge + 1]) + rows[edge + 1 :]
    first = _top(rows, edge)
    return _laid_out(rows, _composer(rows, first, edge), first)


def is_closing(row: Row) -> bool:
    """Whether a row says what turn it was and how it ended."""
    return _CLOSING.match(row.plain) is not None


def block_text(row: Row) -> str:
    """A row of a block without its bar."""
    return row.plain.partition(_BAR)[2].strip()


def _laid_out(rows: tuple[Row, ...], composer: Composer | None, end: int) -> OpenCodeLayout:
    blocks = tuple(_blocks(rows, end))
    asked = [it for it in blocks if it.kind is BarredKind.PROMPT]
    waiting = (it.first for it in blocks if it.kind is BarredKind.QUEUED)
    start = asked[-1].last + 1 if asked else 0
    stop = next(waiting, end)
    prompts = tuple(it.first + 1 for it in asked)
    return OpenCodeLayout(composer, prompts, start, max(start, stop), rows, blocks)


def _top(rows: tuple[Row, ...], edge: int) -> int:
    """The first row of the editor: a blank one behind the bar, its text, a blank one, its agent."""
    column = rows[edge].indent
    first = edge
    while first and _is_editor(rows[first - 1], column):
        first -= 1
    return first


def _is_editor(row: Row, column: int) -> bool:
    # An entry of the list above the editor stands closer to the bar.
    bar = row.plain[column : column + 1] == _BAR and row.indent == column
    return bar and not row.plain[column + 1 : column + _MARGIN].strip()


def _composer(rows: tuple[Row, ...], first: int, edge: int) -> Composer:
    texts = [block_text(row) for row in rows[first:edge]]
    agent = texts[-1] if texts else ""
    text = "\n".join(texts[:-1]).strip()
    held = Draft.TYPED if text else Draft.EMPTY
    if _HINTS.match(text):
        held = Draft.PLACEHOLDER
    return Composer(first, max(edge - 1, first), held, text, _SHELL.match(agent) is not None)


def _blocks(rows: tuple[Row, ...], end: int) -> Iterator[BarredBlock]:
    first = None
    for number in range(end + 1):
        barred = number < end and _BLOCK.match(rows[number].plain) is not None
        if barred and first is None:
            first = number
        elif not barred and first is not None:
            yield BarredBlock(_kind(rows[first:number]), first, number - 1)
            first = None


def _kind(rows: tuple[Row, ...]) -> BarredKind:
    if any(_QUEUED.match(row.plain) for row in rows):
        return BarredKind.QUEUED
    bar = rows[0].style_at(rows[0].indent).foreground
    if bar is not None and bar == rows[0].style_at(0).background:
        return BarredKind.TOOL
    said = next((row for row in rows if block_text(row)), rows[0])
    column = len(said.plain) - len(said.plain.partition(_BAR)[2].lstrip())
    return BarredKind.ERROR if _is_hint(said.style_at(column)) else BarredKind.PROMPT


def _is_hint(style: Style) -> bool:
    return style.foreground is not None and max(rgb(style.foreground)) < _BRIGHT
