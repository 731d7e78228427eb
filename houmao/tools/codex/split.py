"""Codex with two conversations side by side: which of them the keys go to.

A wide screen shows a side chat to the right of the main one, each with a composer of its own. What
a screen says is then what its focused half says; the other half is drawn dim where it is idle.
"""

from houmao.detect.screen import Row
from houmao.tools.codex.layout import PROMPT

_BORDER = "│"
#: Rows that a border between two conversations has at least.
_LEAST_ROWS = 6


def focused_half(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows of the half with the keys, or all rows where nothing is split."""
    column = _border(rows)
    if column is None:
        return rows
    left = tuple(row.part(0, column) for row in rows)
    right = tuple(row.part(column + 1) for row in rows)
    return left if _listens(left) and not _listens(right) else right


def _border(rows: tuple[Row, ...]) -> int | None:
    if len(rows) < _LEAST_ROWS:
        return None
    columns = (at for at, letter in enumerate(rows[-1].text) if letter == _BORDER)
    for column in columns:
        # The topmost row may hold tabs.
        if column and all(row.text[column : column + 1] == _BORDER for row in rows[1:]):
            return column
    return None


def _listens(rows: tuple[Row, ...]) -> bool:
    """Whether a composer is drawn as one that takes keys."""
    styles = (row.style_at(0) for row in rows if row.text.startswith(PROMPT))
    return any(style.bold and not style.dim for style in styles)
