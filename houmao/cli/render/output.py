"""How answers look: JSON for programs, tables and ages for people.

Pure functions from values to lines, and one function that prints. Nothing here knows an agent.
"""

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from houmao.clock import parse_iso

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
#: No column is made narrower than this many characters.
_NARROWEST = 8
_AGE_STEPS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Word:
    """Text with the colour it has on a terminal; None is the terminal's own."""

    text: str
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """Where a command's answer goes."""

    as_json: bool

    def write(self, answer: Mapping[str, Any], lines: Iterable[str]) -> None:
        """Print the answer itself, or the lines that tell it to a person."""
        if self.as_json:
            click.echo(pretty(answer))
            return
        for line in lines:
            click.echo(line)


def pretty(value: object) -> str:
    """JSON for a file or a pipe: indent 2, keys sorted."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


def compact(value: object) -> str:
    """JSON on one line, for streams."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def plain(text: object) -> str:
    """Text without control characters: what an agent wrote must not drive this terminal."""
    return _CONTROL.sub(" ", str(text))


def paint(word: Word) -> str:
    """The word with its colour; printing drops it where the output is not a terminal."""
    return click.style(word.text, fg=word.colour) if word.colour else word.text


def age(moment: str | None, now: float) -> str:
    """How long ago an ISO-8601 time was, in its largest unit: `12s`, `3m`, `2h`, `5d`, or `-`."""
    if not moment:
        return "-"
    seconds = max(0, int(now - parse_iso(moment)))
    size, unit = next((step for step in _AGE_STEPS if seconds >= step[0]), _AGE_STEPS[-1])
    return f"{seconds // size}{unit}"


def ago(moment: str | None, now: float) -> str:
    """The age as a phrase: `12s ago`; empty when there is no time."""
    return f"{age(moment, now)} ago" if moment else ""


def local_time(moment: str) -> str:
    """The time of day of an ISO-8601 time on this machine's clock, e.g. `10:42:07`."""
    return time.strftime("%H:%M:%S", time.localtime(parse_iso(moment)))


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str | Word]], width: int | None = None
) -> list[str]:
    """Aligned lines under the headers, two spaces between columns, no trailing blanks.

    Lines longer than `width` are made to fit: the widest columns are cut.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    needed = [max(map(len, column)) for column in zip(headers, *_texts(cells), strict=True)]
    widths = _fitted(needed, width)
    cells = [[_cut(word, room) for word, room in zip(row, widths, strict=True)] for row in cells]
    head = [Word(title) for title in headers]
    return [_line(row, widths) for row in [head, *cells]]


def card(facts: Sequence[tuple[str, str | Word]]) -> list[str]:
    """`label  value` lines, labels padded to one width; facts without a value are left out."""
    shown = [(label, _cell(value)) for label, value in facts if _cell(value).text]
    width = max((len(label) for label, _ in shown), default=0)
    return [f"{label:{width}}  {paint(value)}".rstrip() for label, value in shown]


def _fitted(needed: list[int], width: int | None) -> list[int]:
    """Widths that with two spaces between columns fit into `width`, as far as that can be."""
    widths = list(needed)
    room = (sum(widths) if width is None else width) - 2 * (len(widths) - 1)
    while width is not None and sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cut(word: Word, room: int) -> Word:
    return word if len(word.text) <= room else Word(f"{word.text[: room - 1]}…", word.colour)


def _cell(value: str | Word) -> Word:
    word = value if isinstance(value, Word) else Word(value)
    return Word(plain(word.text), word.colour)


def _texts(cells: Sequence[Sequence[Word]]) -> list[list[str]]:
    return [[word.text for word in row] for row in cells]


def _line(row: Sequence[Word], widths: Sequence[int]) -> str:
    padded = [
        paint(word) + " " * (width - len(word.text))
        for word, width in zip(row, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()
