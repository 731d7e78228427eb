"""How Gemini CLI asks with choices, and which keys answer."""

import re

from houmao.detect.screen import Row
from houmao.tools.parts.questions import QuestionModel


def _top(rows: tuple[Row, ...], first: int) -> int | None:
    """The upper edge of the box around the choices; a command has a box of its own within."""
    indents = [row for row in range(first) if rows[row].stripped.startswith("╭")]
    side = rows[first].indent
    return next((row for row in reversed(indents) if rows[row].indent == side), None)


QUESTIONS = QuestionModel(
    top=_top,
    takes_numbers=True,
    approves=re.compile(r"Allow once$|Trust folder \(|Yes$"),
    denies=re.compile(r"No, suggest changes|Don't trust$|No(?: \(esc\))?$"),
    writes=re.compile(r"Enter a custom value$"),
)
