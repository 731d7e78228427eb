"""Tells a shell's own rows from a tool's: a prompt sign, and perhaps a command after it."""

import re

from houmao.detect.screen import Row

_SHELL = re.compile(r"(?:\S{1,60} )?\S{0,60}[$#](?: .*)?$")


def shell_row(rows: tuple[Row, ...], start: int) -> int | None:
    """The first row from `start` on that a shell wrote, or None."""
    for number in range(start, len(rows)):
        row = rows[number]
        if row.plain[:1] not in ("", " ") and len(row.plain) < 400 and _SHELL.match(row.plain):
            return number
    return None
