"""Where things are on Qwen Code's screen: the composer, submitted prompts, the latest turn.

The composer stands between two rules, at the margin. Everything above it is two columns in, and
what the model or a tool says is four columns in: so a glyph in the third column is the CLI's own.
The row of its spinner, and the prompts that wait below it, are no part of the turn.
"""

import re
from collections.abc import Iterable

from houmao.detect.reading import Composer, Draft, Layout
from houmao.detect.ruled import editor_text, ruled_editor
from houmao.detect.screen import Row, Run, Style

#: The composer's glyph: a prompt, a shell command, no approvals asked, a search.
_GLYPHS = ("> ", "! ", "* ", "(r:) ")
_PAST = re.compile(r"  > \S")
_SPINNER = re.compile(r"  [\u2801-\u28ff]")
#: Beside the conversation, while it scrolls: in the last column, behind blanks where there are any.
_SCROLLBAR = re.compile(r"\s+[│█]$")
_BARS = ("│", "█")
#: Columns before what is said.
_MARGIN = 4


def find_layout(rows: tuple[Row, ...]) -> Layout:
    """Where the parts of a screen are; total, whatever the rows say."""
    place = ruled_editor(rows, _GLYPHS)
    end = len(rows) if place is None else place.start - 1
    prompts = tuple(number for number in range(end) if _PAST.match(rows[number].plain))
    start = _after_prompt(rows, prompts[-1], end) if prompts else 0
    stop = next((it for it in range(end - 1, start - 1, -1) if is_spinner(rows[it])), end)
    return Layout(None if place is None else _composer(rows, place), prompts, start, stop)


def is_spinner(row: Row) -> bool:
    """Whether the CLI says in this row what it waits for."""
    return _SPINNER.match(row.plain) is not None


def is_search(row: Row) -> bool:
    """Whether a composer's first row says that what is typed goes into a search."""
    return row.plain.startswith("(")


def texts(rows: tuple[Row, ...], numbers: Iterable[int]) -> list[str]:
    """These rows of the conversation without the bar beside it."""
    width = max((len(row.plain) for row in rows), default=0)
    return [_without_bar(rows[number].plain, width) for number in numbers]


def _without_bar(text: str, width: int) -> str:
    full = len(text) == width and text.endswith(_BARS)
    return text[:-1].rstrip() if full else _SCROLLBAR.sub("", text)


def _after_prompt(rows: tuple[Row, ...], prompt: int, end: int) -> int:
    """The first row below a submitted prompt, whose further rows are drawn like its first."""
    style = rows[prompt].style_at(_MARGIN)
    stop = prompt + 1
    below = range(prompt + 1, end)
    for number, text in zip(below, texts(rows, below), strict=True):
        row = rows[number]
        if not text.strip():
            continue
        if row.indent < _MARGIN or row.style_at(row.indent) != style:
            break
        stop = number + 1
    return stop


def _composer(rows: tuple[Row, ...], place: range) -> Composer:
    first = rows[place.start]
    glyph = len(next(it for it in _GLYPHS if f"{first.plain} ".startswith(it)))
    runs = [*first.after(glyph), *(run for it in place[1:] for run in rows[it].runs)]
    colours = first.style_at(0).foreground is not None
    text = editor_text(rows, place, glyph).replace("\u200b", "").strip()
    held = _held(runs, colours)
    return Composer(place.start, place.stop - 1, held, text, first.plain.startswith("!"))


def _held(runs: list[Run], colours: bool) -> Draft:
    """What the composer holds, by its cursor, which is drawn as a cell of its own.

    A draft has it at its end, or inside. A placeholder, or the prompt that the CLI guesses to be
    the next, begins below it and goes on in a colour of its own: no draft, typing replaces it.
    """
    text = "".join(run.text for run in runs).replace("\u200b", "")
    if not text.strip():
        return Draft.EMPTY
    cursor = next((it for it, run in enumerate(runs) if _is_cursor(run.style)), None)
    if cursor is None:
        # What is typed goes elsewhere, and nothing tells the two apart.
        return Draft.UNKNOWN
    rest = [run for run in runs[cursor + 1 :] if run.text.strip()]
    if "".join(run.text for run in runs[:cursor]) or not rest:
        return Draft.TYPED
    if any(run.style.foreground is not None or run.style.dim for run in rest):
        return Draft.PLACEHOLDER
    if colours:
        return Draft.TYPED
    # Without colours a placeholder is told by the blank with which it begins, a guess by nothing.
    return Draft.PLACEHOLDER if not runs[cursor].text.strip() else Draft.UNKNOWN


def _is_cursor(style: Style) -> bool:
    return style.inverse or style.background is not None
