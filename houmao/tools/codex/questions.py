"""How Codex asks with choices, and which keys answer."""

import re

from houmao.detect.screen import Row
from houmao.tools.codex.turn import below_cells
from houmao.tools.parts.questions import QuestionModel


def _top(rows: tuple[Row, ...], first: int) -> int | None:
    """The row below the conversation, or a blank first one; a question is no cell of it."""
    row = below_cells(rows[:first], 0)
    return row if row or not rows[0].stripped else None


QUESTIONS = QuestionModel(
    top=_top,
    takes_numbers=True,
    enters=re.compile(r"Trust and continue$"),
    moves=("\x1b[A", "\x1b[B"),
    approves=re.compile(r"Yes, proceed|Yes, just this once|Trust and continue$|Yes, continue$"),
    denies=re.compile(r"No, (?:and tell Codex|continue without|quit|exit)|Quit$|Exit$"),
)
