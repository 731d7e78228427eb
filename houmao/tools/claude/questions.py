"""How Claude Code asks with choices, and which keys answer."""

import re

from houmao.detect.screen import Row
from houmao.tools.parts.questions import QuestionModel

#: A panel's upper edge is another than the rules around a command.
_EDGE = re.compile(r"[─▔]{8,}")


def _top(rows: tuple[Row, ...], first: int) -> int | None:
    """The row below the rule that every dialog of its begins with."""
    edges = (row for row in range(first - 1, -1, -1) if _EDGE.fullmatch(rows[row].stripped))
    edge = next(edges, None)
    return None if edge is None else edge + 1


QUESTIONS = QuestionModel(
    top=_top,
    takes_numbers=True,
    moves=("\x1b[A", "\x1b[B"),
    approves=re.compile(r"Yes$|Yes, (?:I trust this folder|proceed|manually approve edits)$"),
    denies=re.compile(r"No$|No, (?:exit|keep planning|and tell Claude)"),
    writes=re.compile(r"Type something\.?$"),
)
