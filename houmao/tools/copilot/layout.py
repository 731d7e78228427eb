"""Where things are on Copilot CLI's screen: the composer, submitted prompts, the latest turn.

The composer stands between two rules, at the margin, below a row that names the folder. Everything
of the conversation begins with a glyph in the second column and goes on in the fourth. A prompt
that waits behind the turn is marked below its text.
"""

import re

from houmao.detect.reading import Composer, Draft, Layout
from houmao.detect.ruled import editor_text, ruled_editor
from houmao.detect.screen import Row

_GLYPHS = ("❯ ", "! ")
#: What the empty composer says where the next line goes to a shell.
_SHELL_HINT = "Execute shell command"
#: The top row: views to go to.
_VIEWS = re.compile(r" ?\[?Current\]? +Sessions\b")
_PAST = re.compile(r" ❯ \S")
_PENDING = re.compile(r"   └ \[pending")
#: Beside the conversation, and behind a prompt: when it was sent.
_SCROLLBAR = re.compile(r"\s*┃$")
_SENT_AT = re.compile(r"\s+\d?\d:\d\d(?: [AP]M)?$")
#: Columns before what is said.
_MARGIN = 3


def find_layout(rows: tuple[Row, ...]) -> Layout:
    """Where the parts of a screen are; total, whatever the rows say."""
    place = ruled_editor(rows, _GLYPHS)
    # The row of the folder is no part of the conversation.
    end = len(rows) if place is None else max(place.start - 2, 0)
    found = [number for number in range(end) if _PAST.match(rows[number].plain)]
    waiting = next((it for it in found if _is_pending(rows, it, end)), end)
    prompts = tuple(number for number in found if number < waiting)
    start = _after_prompt(rows, prompts[-1], waiting) if prompts else _top(rows)
    return Layout(None if place is None else _composer(rows, place), prompts, start, waiting)


def waiting_prompts(rows: tuple[Row, ...], layout: Layout) -> range:
    """The rows below the turn in which prompts wait."""
    last = len(rows) if layout.composer is None else max(layout.composer.first - 2, 0)
    return range(layout.stop, last)


def text_of(row: Row) -> str:
    """A row of the conversation without the bar beside it."""
    return _SCROLLBAR.sub("", row.plain)


def prompt_text(row: Row) -> str:
    """A row of a submitted prompt without what is drawn around it."""
    return _SENT_AT.sub("", text_of(row))[_MARGIN:]


def _top(rows: tuple[Row, ...]) -> int:
    """The first row of the conversation."""
    return int(bool(rows) and _VIEWS.match(rows[0].plain) is not None)


def _is_pending(rows: tuple[Row, ...], prompt: int, end: int) -> bool:
    below = range(prompt + 1, _after_prompt(rows, prompt, end))
    return any(_PENDING.match(rows[number].plain) for number in below)


def _after_prompt(rows: tuple[Row, ...], prompt: int, end: int) -> int:
    """The first row below a submitted prompt, of which several may be drawn as one."""
    stop = prompt + 1
    for number in range(prompt + 1, end):
        text = text_of(rows[number])
        if not text.strip():
            continue
        if not text.startswith(" " * _MARGIN):
            break
        stop = number + 1
    return stop


def _composer(rows: tuple[Row, ...], place: range) -> Composer:
    shell = rows[place.start].plain.startswith("!")
    text = editor_text(rows, place, 2)
    hint = shell and text == _SHELL_HINT
    held = Draft.PLACEHOLDER if hint else Draft.TYPED if text else Draft.EMPTY
    return Composer(place.start, place.stop - 1, held, text, shell)
