"""How Claude Code's latest turn ended, as its screen says: stopped by a person, or failed.

Errors are told by their role, a warning colour from end to end, and by their words alone where
the screen has no colours. Rows below the spinner are the spinner's own (tips, tasks). What the
tool does next is none of this file's business.
"""

import re
from dataclasses import dataclass

from houmao.detect.colour import warns
from houmao.detect.dialogs import tells_of_limit
from houmao.detect.reading import Draft, End
from houmao.detect.screen import Row
from houmao.detect.signals import Evidence
from houmao.tools.claude.layout import ClaudeLayout, is_chrome, is_own_note, region

#: Signs of a turn that a person stopped, and what they are called as evidence.
_STOPPED = (("declined_status", "declined_row"), ("interrupted_status", "interrupted_row"))
_STATUS = re.compile(r"\s{0,4}⎿\s")


@dataclass(frozen=True, slots=True)
class Ending:
    """The last status row of the turn, and how the turn ended if the screen says so."""

    status: int | None
    end: End | None = None
    evidence: tuple[Evidence, ...] = ()


def find_ending(rows: tuple[Row, ...], layout: ClaudeLayout, spinner: int | None) -> Ending:
    """What the rows of the turn above the spinner say of its end."""
    talk = range(layout.start, layout.stop if spinner is None else spinner)
    status = _status_row(rows, layout, talk)
    if spinner is not None:
        return Ending(status)
    found = _told(rows, layout, talk, status) or _placeholder(layout)
    return Ending(status) if found is None else Ending(status, found[0], (found[1],))


def _told(
    rows: tuple[Row, ...], layout: ClaudeLayout, talk: range, status: int | None
) -> tuple[End, Evidence] | None:
    block = _last_block(rows, layout, talk)
    if block is not None and _is_declined(rows, layout, block):
        text = rows[block].plain
        origin = layout.signs.origin("declined_status", text[2:])
        return End.INTERRUPTED, Evidence("declined_row", (block,), text[:80], origin)
    if status is not None:
        text = _status_text(rows[status])
        for name, rule in _STOPPED:
            if layout.shows(name, text) and is_chrome(rows[status], layout):
                origin = layout.signs.origin(name, text)
                return End.INTERRUPTED, Evidence(rule, (status,), text[:80], origin)
        if _is_failure_status(rows, layout, status, block):
            origin = layout.signs.origin("api_error", text)
            return End.FAILED, Evidence("failure_status_row", (status,), text[:80], origin)
    if block is not None and _is_error_block(rows[block], layout):
        text = rows[block].plain
        origin = layout.signs.origin("api_error", text[2:].strip())
        return End.FAILED, Evidence("error_block", (block,), text[:80], origin)
    return None


def _status_row(rows: tuple[Row, ...], layout: ClaudeLayout, talk: range) -> int | None:
    """The last status row, unless an answer follows it."""
    for number in reversed(talk):
        if _begins_block(rows[number], layout):
            return None
        if _STATUS.match(rows[number].plain):
            return number
    return None


def is_interruption(row: Row, layout: ClaudeLayout) -> bool:
    """Whether the row is a status that says that a person stopped the turn."""
    is_status = _STATUS.match(row.plain) is not None
    return is_status and layout.shows("interrupted_status", _status_text(row))


def _status_text(row: Row) -> str:
    return row.stripped.removeprefix("⎿").strip()


def _last_block(rows: tuple[Row, ...], layout: ClaudeLayout, talk: range) -> int | None:
    blocks = (it for it in reversed(talk) if _begins_block(rows[it], layout))
    return next(blocks, None)


def _begins_block(row: Row, layout: ClaudeLayout) -> bool:
    return layout.shows("answer_row", row.plain) and not is_own_note(row, layout)


def _is_declined(rows: tuple[Row, ...], layout: ClaudeLayout, block: int) -> bool:
    """A block of the tool's own holds its bullet fast, or goes on directly below."""
    if not layout.shows("declined_status", rows[block].plain[2:]):
        return False
    below = rows[block + 1 : block + 2]
    return rows[block].text.startswith("●\xa0") or any(_STATUS.match(it.plain) for it in below)


def _is_error_block(row: Row, layout: ClaudeLayout) -> bool:
    text = row.plain[2:].strip()
    if layout.shows("refused_command", text):
        return False
    if not layout.coloured:
        return layout.shows("api_error", text)
    return warns(row, 2) and not row.style_at(2).bold


def _is_failure_status(
    rows: tuple[Row, ...], layout: ClaudeLayout, status: int, block: int | None
) -> bool:
    row, text = rows[status], _status_text(rows[status])
    if layout.shows("api_error", text) or tells_of_limit(text):
        return is_chrome(row, layout)
    if block is not None or layout.shows("tool_error", text):
        return False
    refused = layout.shows("refused_prompt", text)
    return warns(row, row.text.index("⎿") + 1) if layout.coloured else refused


def _placeholder(layout: ClaudeLayout) -> tuple[End, Evidence] | None:
    composer = layout.composer
    if composer is None or composer.kind is not Draft.PLACEHOLDER:
        return None
    if not layout.shows("way_out", composer.text) or not region(layout):
        return None
    text = composer.text
    origin = layout.signs.origin("way_out", text)
    return End.FAILED, Evidence("way_out_of_failure", (composer.first,), text[:80], origin)
