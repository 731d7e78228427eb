"""Codex's latest turn: its prompt, its text, and whether the tool has said that it is over.

Newer versions end a turn with a row that says so; older ones say nothing.
"""

import re

from houmao.detect.reading import turn_view
from houmao.detect.screen import Row
from houmao.detect.signals import Evidence, TurnView
from houmao.tools.codex.layout import BULLETS, CELLS, PROMPT, CodexLayout, CodexProfile, is_past
from houmao.tools.codex.work import is_answer, is_status

#: A command to the tool itself, echoed: the turn above it was over.
_COMMAND = re.compile(r"/[a-z][\w-]*( |$)")


def turn_shown(rows: tuple[Row, ...], layout: CodexLayout, *, over: bool = False) -> TurnView:
    """The latest turn; `over` says that the tool has told of its end."""
    prompt: list[str] = []
    if layout.prompts:
        first = layout.prompts[-1]
        prompt = [row.plain.removeprefix(PROMPT) for row in rows[first : layout.start]]
    body = [
        row.plain
        for row in rows[layout.start : _end_of_text(rows, layout)]
        if not layout.shows("finished_row", row.plain) and not is_status(row, layout)
    ]
    return turn_view(
        prompt,
        len(layout.prompts),
        body,
        answered=any(is_answer(text, layout) for text in body),
        finished=over,
        fresh=begins_here(rows, layout),
    )


def end_row(rows: tuple[Row, ...], layout: CodexLayout) -> int | None:
    """The row that says that the latest turn is over."""
    for number in range(layout.stop - 1, layout.start - 1, -1):
        if _is_end(rows[number], layout) and (not layout.coloured or _is_dim(rows[number])):
            return number
    return None


def tells_ends(rows: tuple[Row, ...], layout: CodexLayout) -> bool:
    """Whether some turn on the screen ended with a row that says so."""
    return any(_is_end(row, layout) and _is_dim(row) for row in rows)


def begins_here(rows: tuple[Row, ...], layout: CodexLayout) -> bool:
    """Whether a session has just begun: nothing was asked, so that nothing can have succeeded."""
    said = rows[layout.start : _end_of_text(rows, layout)]
    return any(layout.shows("banner_row", row.plain) for row in said)


def unfinished(
    rows: tuple[Row, ...], layout: CodexLayout, profile: CodexProfile
) -> tuple[Evidence, ...]:
    """A submitted prompt on the screen whose turn has not said that it is over.

    Where turns say so, cells without their prompt are a turn, too: it has just left the screen.
    """
    begins = layout.prompts[-1] if layout.prompts else None
    if begins is None and (not profile.closes_turns or begins_here(rows, layout)):
        return ()
    # A heading has no glyph.
    if begins is not None and rows[begins].text.startswith(PROMPT) and not is_past(rows[begins]):
        return ()
    command = _command(rows, layout)
    if command is None and begins is not None:
        return (Evidence("unfinished_turn", (begins,)),)
    for number in range(layout.start if command is None else command, layout.stop):
        row = rows[number]
        if row.text.startswith(BULLETS) and not layout.shows("setting_row", row.plain):
            return (Evidence("unfinished_turn", (number if begins is None else begins,)),)
    return ()


def ends_in_notice(rows: tuple[Row, ...], layout: CodexLayout) -> bool:
    """Whether the lowest cell is the tool's own word, behind which a turn may go on or be over."""
    for number in range(layout.stop - 1, layout.start - 1, -1):
        text = rows[number].plain
        if text.startswith(CELLS):
            return any(layout.shows(name, text) for name in ("setting_row", "refused_command"))
    return False


def below_cells(rows: tuple[Row, ...], start: int) -> int:
    """First row below the last cell of the conversation: what that says, no dialog asks."""
    cells = (n for n in range(len(rows) - 1, start - 1, -1) if rows[n].text.startswith(CELLS))
    return next(cells, start - 1) + 1


def _end_of_text(rows: tuple[Row, ...], layout: CodexLayout) -> int:
    command = _command(rows, layout)
    return layout.stop if command is None else command


def _command(rows: tuple[Row, ...], layout: CodexLayout) -> int | None:
    """The echo of a command to the tool itself; what stands below it the model did not say."""
    for number in range(layout.start, layout.stop):
        echoed = rows[number].style_at(0).foreground is not None or (
            # Without colours a row of an error may be wrapped before a slash.
            layout.coloured and number > 0 and not rows[number - 1].plain
        )
        if echoed and _COMMAND.match(rows[number].plain):
            return number
    return None


def _is_end(row: Row, layout: CodexLayout) -> bool:
    return layout.shows("finished_row", row.plain)


def _is_dim(row: Row) -> bool:
    return row.style_at(row.indent).dim
