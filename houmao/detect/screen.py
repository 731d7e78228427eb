"""A captured screen as rows of styled text: the one place that understands escape sequences.

It knows nothing of any tool. Styles run on over line ends, as tmux writes them; hyperlinks and
other non-styling sequences are dropped. Cost is linear in the length of the capture.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

#: Text of a row beyond this many characters is cut: no terminal is that wide.
MAX_COLUMNS = 4000

_NOISE = re.compile(
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # OSC; an unclosed one ends with its line
    r"|\x1b\[[0-9;?<=>]*[ -/]*[@-ln-~]"  # any CSI but SGR
    r"|\x1b\[[?<=>][0-9;]*m"  # private sequences that only look like SGR
    r"|\x1b[()*+].?"  # character sets
    r"|\x1b[^\[\]]"  # two-character sequences
    r"|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]"
)
_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_RULE = re.compile(r"[─━╌]{8,}")


class Style(NamedTuple):
    """How text is drawn. Colours are palette indexes, 24-bit ones `0x1000000 | rgb`, or None."""

    bold: bool = False
    dim: bool = False
    inverse: bool = False
    #: Any of italic, underline, blink, conceal, strike.
    other: bool = False
    foreground: int | None = None
    background: int | None = None


PLAIN = Style()


class Run(NamedTuple):
    """A stretch of text in one style."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the screen; `text` keeps NO-BREAK SPACEs, `plain` shows them as spaces."""

    text: str
    plain: str
    runs: tuple[Run, ...]

    @property
    def stripped(self) -> str:
        """The text without blanks around it."""
        return self.plain.strip()

    @property
    def indent(self) -> int:
        """Blanks before the first visible character."""
        return len(self.plain) - len(self.plain.lstrip())

    @property
    def is_rule(self) -> bool:
        """Whether the row is a horizontal line and nothing else."""
        return _RULE.fullmatch(self.plain.strip()) is not None

    @property
    def is_coloured(self) -> bool:
        """Whether any visible character has a foreground colour or is dim."""
        return any(
            (run.style.foreground is not None or run.style.dim) and run.text.strip()
            for run in self.runs
        )

    def style_at(self, column: int) -> Style:
        """Style of the character at `column`; PLAIN beyond the end."""
        for run in self.runs:
            if column < len(run.text):
                return run.style
            column -= len(run.text)
        return PLAIN

    def part(self, start: int, stop: int | None = None) -> "Row":
        """The columns from `start` to before `stop` as a row of their own."""
        text = self.text[start:stop]
        runs, left = list[Run](), len(text)
        for run in self.after(start):
            if left > 0:
                runs.append(Run(run.text[:left], run.style))
            left -= len(run.text)
        return Row(text, text.replace("\xa0", " ").rstrip(), tuple(runs))

    def after(self, column: int) -> Iterator[Run]:
        """The runs right of `column` (exclusive of the characters before it)."""
        for run in self.runs:
            if column >= len(run.text):
                column -= len(run.text)
            else:
                yield Run(run.text[column:], run.style)
                column = 0


@dataclass(frozen=True, slots=True)
class Screen:
    """All rows of a capture, top first; trailing blank rows are dropped."""

    rows: tuple[Row, ...]

    def texts(self, start: int = 0, stop: int | None = None) -> list[str]:
        """Plain texts of the rows from `start` to before `stop`."""
        return [row.plain for row in self.rows[start:stop]]


def parse(raw: str) -> Screen:
    """Rows and styles of a capture; never raises, whatever the text is."""
    if "\x1b" in raw or _NOISE.search(raw):
        raw = _NOISE.sub("", raw)
    pen = _Pen()
    rows = [_row(line[: MAX_COLUMNS * 8], pen) for line in raw.split("\n")]
    while rows and not rows[-1].plain:
        rows.pop()
    return Screen(tuple(rows))


class _Pen:
    """The style that the next character gets, with the steps already worked out."""

    __slots__ = ("steps", "style")

    def __init__(self) -> None:
        self.style = PLAIN
        self.steps: dict[tuple[Style, str], Style] = {}

    def apply(self, codes: str) -> None:
        key = (self.style, codes)
        known = self.steps.get(key)
        if known is None:
            known = self.steps[key] = _styled(self.style, codes)
        self.style = known


def _row(line: str, pen: _Pen) -> Row:
    if "\x1b" not in line:
        text = line.rstrip("\r")[:MAX_COLUMNS]
        runs = (Run(text, pen.style),) if text else ()
        return Row(text, text.replace("\xa0", " ").rstrip(), runs)
    pieces = _SGR.split(line)
    found: list[Run] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            pen.apply(piece)
        elif piece:
            piece = piece.replace("\x1b", "")
            if found and found[-1].style == pen.style:
                found[-1] = Run(found[-1].text + piece, pen.style)
            else:
                found.append(Run(piece, pen.style))
    text = "".join(run.text for run in found)[:MAX_COLUMNS]
    return Row(text, text.replace("\xa0", " ").rstrip(), tuple(found))


def _styled(style: Style, codes: str) -> Style:
    numbers = [int(code) if code.isdigit() else 0 for code in re.split("[;:]", codes[:200])]
    position = 0
    while position < len(numbers):
        code = numbers[position]
        if code in (38, 48):
            colour, used = _colour(numbers[position + 1 :])
            if code == 38:
                style = style._replace(foreground=colour)
            else:
                style = style._replace(background=colour)
            position += used + 1
        else:
            style = _simple(style, code)
            position += 1
    return style


def _colour(numbers: list[int]) -> tuple[int | None, int]:
    match numbers:
        case [5, index, *_]:
            return index, 2
        case [2, red, green, blue, *_]:
            return 0x1000000 | (red & 255) << 16 | (green & 255) << 8 | blue & 255, 4
        case _:
            return None, len(numbers)


_FLAGS: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    7: {"inverse": True},
    22: {"bold": False, "dim": False},
    27: {"inverse": False},
}
_OTHER_ON = frozenset((3, 4, 5, 6, 8, 9, 21))
_OTHER_OFF = frozenset((23, 24, 25, 28, 29))


def _simple(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code in _FLAGS:
        return style._replace(**_FLAGS[code])
    if code in _OTHER_ON or code in _OTHER_OFF:
        return style._replace(other=code in _OTHER_ON)
    return _basic_colour(style, code)


def _basic_colour(style: Style, code: int) -> Style:
    tens, digit = divmod(code, 10)
    bright = 8 if tens >= 9 else 0
    if tens in (3, 9) and digit < 8:
        return style._replace(foreground=digit + bright)
    if tens in (4, 10) and digit < 8:
        return style._replace(background=digit + bright)
    if code == 39:
        return style._replace(foreground=None)
    return style._replace(background=None) if code == 49 else style


def rows_between(first: int, last: int) -> tuple[int, ...]:
    """Row numbers from `first` to `last`, both included: handy as evidence."""
    return tuple(range(first, last + 1))
