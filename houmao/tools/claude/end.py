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
from houmao.tools.claude.layout import ClaudeLayout, is_chrome, region

_STATUS = re.compile(r"\s{0,4}⎿\s")
#: Narrow panes cut both halves.
_INTERRUPTED = re.compile(r"Interr\w* ?· What(?: \w+)*[?…]?$|Interrupted · ?…$")
_API_ERROR = re.compile(r"(?:[^·]{1,60} · )?API Error\b")
#: A question, a plan or a change that a person turned down; the turn stops with it.
_DECLINED = re.compile(
    r"(?:User )?(?:declined to answer|rejected (?:Claude's plan|\w+ to))\b", re.IGNORECASE
)
#: How the tool refuses a prompt; read where no colour warns.
_REFUSED = re.compile(
    r"Credit balance|Invalid API key|OAuth token|Not logged in|Context limit reached"
    r"|Prompt is too long|.*(?:disabled organization|Please run /login)\b"
)
#: What a tool that the model called says of itself; the turn goes on.
_TOOL_ERROR = re.compile(r"Error\b")
#: What the tool says of a command to itself; no turn failed.
_REFUSED_COMMAND = re.compile(r"Unknown (?:slash )?(?:command|skill)\b")
#: The empty composer of a turn that failed says what to do about it.
_WAY_OUT = re.compile(r"(?:\w+ \w+, )?resend your message\b|Run /rewind to go back", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ending:
    """The last status row of the turn, and how the turn ended if the screen says so."""

    status: int | None
    end: End | None = None
    evidence: tuple[Evidence, ...] = ()


def find_ending(rows: tuple[Row, ...], layout: ClaudeLayout, spinner: int | None) -> Ending:
    """What the rows of the turn above the spinner say of its end."""
    talk = range(layout.start, layout.stop if spinner is None else spinner)
    status = _status_row(rows, talk)
    if spinner is not None:
        return Ending(status)
    found = _told(rows, layout, talk, status) or _placeholder(layout)
    return Ending(status) if found is None else Ending(status, found[0], (found[1],))


def _told(
    rows: tuple[Row, ...], layout: ClaudeLayout, talk: range, status: int | None
) -> tuple[End, Evidence] | None:
    block = _last_block(rows, talk)
    if block is not None and _is_declined(rows, block):
        return End.INTERRUPTED, Evidence("declined_row", (block,), rows[block].plain[:80])
    if status is not None:
        text = _status_text(rows[status])
        if _DECLINED.match(text) and is_chrome(rows[status], layout):
            return End.INTERRUPTED, Evidence("declined_row", (status,), text[:80])
        if is_interruption(rows[status]) and is_chrome(rows[status], layout):
            return End.INTERRUPTED, Evidence("interrupted_row", (status,), text)
        if _is_failure_status(rows, layout, status, block):
            return End.FAILED, Evidence("failure_status_row", (status,), text[:80])
    if block is not None and _is_error_block(rows[block], layout):
        return End.FAILED, Evidence("error_block", (block,), rows[block].plain[:80])
    return None


def _status_row(rows: tuple[Row, ...], talk: range) -> int | None:
    """The last status row, unless an answer follows it."""
    for number in reversed(talk):
        if rows[number].plain.startswith("● "):
            return None
        if _STATUS.match(rows[number].plain):
            return number
    return None


def is_interruption(row: Row) -> bool:
    """Whether the row is a status that says that a person stopped the turn."""
    is_status = _STATUS.match(row.plain) is not None
    return is_status and _INTERRUPTED.match(_status_text(row)) is not None


def _status_text(row: Row) -> str:
    return row.stripped.removeprefix("⎿").strip()


def _last_block(rows: tuple[Row, ...], talk: range) -> int | None:
    return next((it for it in reversed(talk) if rows[it].plain.startswith("● ")), None)


def _is_declined(rows: tuple[Row, ...], block: int) -> bool:
    """A block of the tool's own holds its bullet fast, or goes on directly below."""
    if not _DECLINED.match(rows[block].plain[2:]):
        return False
    below = rows[block + 1 : block + 2]
    return rows[block].text.startswith("●\xa0") or any(_STATUS.match(it.plain) for it in below)


def _is_error_block(row: Row, layout: ClaudeLayout) -> bool:
    text = row.plain[2:].strip()
    if _REFUSED_COMMAND.match(text):
        return False
    if not layout.coloured:
        return _API_ERROR.match(text) is not None
    return warns(row, 2) and not row.style_at(2).bold


def _is_failure_status(
    rows: tuple[Row, ...], layout: ClaudeLayout, status: int, block: int | None
) -> bool:
    row, text = rows[status], _status_text(rows[status])
    if _API_ERROR.match(text) or tells_of_limit(text):
        return is_chrome(row, layout)
    if block is not None or _TOOL_ERROR.match(text):
        return False
    refused = _REFUSED.match(text) is not None
    return warns(row, row.text.index("⎿") + 1) if layout.coloured else refused


def _placeholder(layout: ClaudeLayout) -> tuple[End, Evidence] | None:
    composer = layout.composer
    if composer is None or composer.kind is not Draft.PLACEHOLDER:
        return None
    if not _WAY_OUT.match(composer.text) or not region(layout):
        return None
    return End.FAILED, Evidence("way_out_of_failure", (composer.first,), composer.text[:80])
