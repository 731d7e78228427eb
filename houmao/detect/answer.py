"""The text that a tool has shown below a prompt: what it said and did, as it stood on screen.

From a capture with its history. It cannot know how the text was before the tool wrapped it, nor
what scrolled off a screen that keeps no history; then it says that something may be missing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from houmao.detect.reading import Layout, squeeze
from houmao.detect.screen import Row, parse

_GLYPH = re.compile(r"\s*[❯›>!*]\s")


def _all_of_it(rows: tuple[Row, ...]) -> Layout:
    return Layout(None, (), 0, len(rows))


@dataclass(frozen=True, slots=True)
class Transcript:
    """How a tool shows its turns; by default nothing is known of that."""

    layout: Callable[[tuple[Row, ...]], Layout] = _all_of_it
    #: Rows about the turn itself: that it runs, or how long it took.
    status: re.Pattern[str] | None = None
    #: What stands before an answer's text: a bullet, or the blanks that go with it.
    margin: re.Pattern[str] = re.compile("[●•✦ ] ")
    #: What is shown in place of a long prompt.
    stand_in: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The text below a prompt; `whole` is False when some of it may be missing."""

    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """The first row of a submitted prompt, and the first row below it."""

    row: int
    below: int


def answer_text(shown: Transcript, raw: str, prompt: str, *, keeps_history: bool) -> Answer:
    """What a screen with its history shows below the prompt, up to the composer.

    `keeps_history` is False for a tool on the alternate screen: what left it is gone.
    """
    rows = parse(raw).rows
    parts = shown.layout(rows)
    place = _place(rows, parts, prompt, shown.stand_in)
    start = place.below if place else parts.start
    lines = [row.plain for row in rows[start : parts.stop] if not _matches(shown.status, row)]
    # A prompt in the top row may be pinned there while what stood below it has gone.
    whole = place is not None and (keeps_history or place.row > 0)
    return Answer(_unindented(lines, shown.margin), whole)


def _place(
    rows: tuple[Row, ...], parts: Layout, prompt: str, stand_in: re.Pattern[str] | None
) -> _Place | None:
    """The latest prompt of our text; None when it is not to be seen."""
    wanted = squeeze([prompt])
    for number in reversed(parts.prompts):
        row, seen = number + 1, squeeze([_GLYPH.sub("", rows[number].plain)])
        while seen != wanted and wanted.startswith(seen) and row < parts.stop:
            row, seen = row + 1, seen + squeeze([rows[row].plain])
        if seen == wanted:
            return _Place(number, row)
    last = parts.prompts[-1] if parts.prompts else None
    if last is None or stand_in is None or not stand_in.search(rows[last].plain):
        return None
    return _Place(last, parts.start)


def _matches(pattern: re.Pattern[str] | None, row: Row) -> bool:
    return pattern is not None and pattern.match(row.plain) is not None


def _unindented(lines: list[str], margin: re.Pattern[str]) -> str:
    """The lines without the bullets of blocks and the indentation that goes with them."""
    found = (margin.match(line) for line in lines)
    bare = [line[it.end() :] if it else line for line, it in zip(lines, found, strict=True)]
    return "\n".join(bare).strip("\n")
