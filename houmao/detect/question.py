"""An open question as a tool shows it: its rows, its choices, and a digest that tells it apart.

Pure. It knows how a list of choices is drawn, which is common to all tools; where a question
begins on a tool's screen, and which key answers it, is the tool's own business.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from houmao.detect.screen import Row
from houmao.detect.signals import BlockedOn

#: The edges of a box, and what tells of more choices, are none of its text.
_EDGES = " │┃"
_DRAWN = re.compile(r"[─━╌▔│┃╭╮╰╯▲▼ ]*")
_MARK = "❯›●>"
_CHOICE = re.compile(
    rf"^[\s│┃]*(?P<mark>[{_MARK}])?\s*(?:(?P<number>\d{{1,2}})[.)]\s+)(?P<label>\S.*)$"
)
_BARE = re.compile(rf"^[\s│┃]*(?P<mark>[{_MARK}])?\s*(?P<label>\S.*)$")
_MARKED = re.compile(rf"[{_MARK}]\s+")
_TICKABLE = re.compile(r"\[.?\] ")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a question offers."""

    #: The tool's own number, or the place in a list that has none.
    number: int
    label: str
    #: The rows below the label that belong to it.
    detail: str = ""
    #: The tool's mark stands here.
    selected: bool = False


# Without slots, so that there is a place for the digest.
@dataclass(frozen=True)
class Question:
    """A dialog that waits for an answer."""

    kind: BlockedOn
    #: From the question's first row to its last choice, edges and marks taken off.
    rows: tuple[str, ...]
    choices: tuple[Choice, ...]
    #: How many of the rows stand above the first choice.
    lead: int
    #: The tool numbers the choices itself.
    numbered: bool
    #: The question's first row is on the screen, too.
    whole: bool = True

    @cached_property
    def digest(self) -> str:
        """Changes with every word of the question and of its choices, not with the mark."""
        return _digest(self.kind.value, *self.rows)

    @property
    def selected(self) -> Choice | None:
        """The choice that Enter would take."""
        return next((choice for choice in self.choices if choice.selected), None)

    @property
    def takes_several(self) -> bool:
        """Whether its choices are ticked, which answers nothing yet."""
        return any(_TICKABLE.match(choice.label) for choice in self.choices)

    def choice(self, number: int) -> Choice | None:
        """The choice of that number."""
        return next((choice for choice in self.choices if choice.number == number), None)

    def but_for(self, number: int) -> str:
        """A digest that does not change with what is typed into that choice."""
        others = (choice for choice in self.choices if choice.number != number)
        asked = self.rows[: self.lead]
        return _digest(self.kind.value, *asked, *(f"{it.number} {it.label}" for it in others))


@dataclass(frozen=True, slots=True)
class _Line:
    """A row that may be a choice; `column` is where its number, or its text, stands."""

    row: int
    number: int
    column: int
    label: str
    marked: bool


def read_question(
    rows: tuple[Row, ...], kind: BlockedOn, top_above: Callable[[int], int | None]
) -> Question | None:
    """The question whose choices are the lowest list with a mark; None where there is no list.

    `top_above` gives its first row from that of its first choice, None when it is not in sight.
    """
    lines = [row.plain for row in rows]
    marked = next((line for line in reversed(_lines(lines, _CHOICE)) if line.marked), None)
    listed = _numbered(lines, marked) if marked else _unnumbered(lines)
    if not listed:
        return None
    ends = [line.row for line in listed[1:]] + [_end(lines, listed[-1].row + 1)]
    choices = tuple(
        Choice(line.number, line.label, _detail(lines, line.row + 1, end), line.marked)
        for line, end in zip(listed, ends, strict=True)
    )
    top = top_above(listed[0].row)
    asked = _texts(lines, top or 0, listed[0].row)
    shown = asked + _texts(lines, listed[0].row, ends[-1])
    numbered, whole = marked is not None, top is not None
    return Question(kind, shown, choices, len(asked), numbered=numbered, whole=whole)


def _lines(lines: list[str], pattern: re.Pattern[str]) -> list[_Line]:
    found = []
    for row, text in enumerate(lines):
        match = pattern.match(text)
        if match is not None:
            numbered = pattern is _CHOICE
            column = match.start("number" if numbered else "label")
            number = int(match["number"]) if numbered else 0
            label = match["label"].strip(_EDGES)
            found.append(_Line(row, number, column, label, match["mark"] is not None))
    return found


def _numbered(lines: list[str], marked: _Line) -> list[_Line]:
    """The numbers that lead up and down from the marked one without a gap, in its column."""
    found, candidates = [marked], _lines(lines, _CHOICE)
    for step, near in ((-1, reversed(candidates)), (1, iter(candidates))):
        last = marked
        for line in near:
            beyond = (line.row - last.row) * step > 0
            if beyond and line.number == last.number + step and line.column == marked.column:
                found.append(line)
                last = line
    return sorted(found, key=lambda line: line.row)


def _unnumbered(lines: list[str]) -> list[_Line]:
    """The rows in the column of the lowest marked one, next to each other."""
    found = _lines(lines, _BARE)
    marked = next((line for line in reversed(found) if line.marked), None)
    if marked is None:
        return []
    by_row = {line.row: line for line in found if line.column == marked.column}
    first = last = marked.row
    while first - 1 in by_row:
        first -= 1
    while last + 1 in by_row:
        last += 1
    listed = [by_row[row] for row in range(first, last + 1)]
    return [
        _Line(line.row, place, line.column, line.label, line.marked)
        for place, line in enumerate(listed, 1)
    ]


def _end(lines: list[str], first: int) -> int:
    """The first row that is blank or an edge."""
    row = first
    while row < len(lines) and _bare(lines[row]):
        row += 1
    return row


def _detail(lines: list[str], first: int, stop: int) -> str:
    return " ".join(_texts(lines, first, min(stop, _end(lines, first))))


def _texts(lines: list[str], first: int, stop: int) -> tuple[str, ...]:
    return tuple(text for text in map(_bare, lines[first:stop]) if text)


def _bare(text: str) -> str:
    """A row without edges, rules, marks and blanks around it."""
    if _DRAWN.fullmatch(text):
        return ""
    return _MARKED.sub("", text.strip(_EDGES))


def _digest(*parts: str) -> str:
    text = "\n".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
