"""Signs on Codex's screen that it is at work: the row that counts seconds, cells of tools, a queue.

How a turn ends, and what its text is, is `codex_turn`'s business.
"""

import re
from dataclasses import dataclass

from houmao.detect.screen import Row
from houmao.detect.signals import Evidence
from houmao.tools.codex.layout import BULLETS, CodexLayout, CodexProfile

_STATUS = re.compile(
    r"(?:[•◦] )?(?P<header>\S.*?) ?\((?P<time>\d+[hms…][^()]*)(?P<closed>\)?)(?: · .*)?$"
)
#: The seconds alone, where no key is bound to interrupt.
_SECONDS = re.compile(r"(?:\d+[hms] ?)+")
_TOOL_CELL = re.compile(r"[•◦] (?P<verb>Calling|Running|Waited for background terminal ·) \S")
_TERMINALS = re.compile(r"\d+ background t[a-z]*(?: running)?")
_DETAIL = re.compile(r"\s{2,}\S")
#: Rows above the composer that can speak of the present.
_LIVE_EDGE = 23


@dataclass(frozen=True, slots=True)
class CodexWork:
    """What speaks of work: of the turn, of prompts that wait for its end, and beside it."""

    signs: tuple[Evidence, ...]
    queue: tuple[Evidence, ...]
    background: tuple[Evidence, ...]


def find_work(
    rows: tuple[Row, ...], layout: CodexLayout, profile: CodexProfile, *, over: bool
) -> CodexWork:
    """Signs of work above the composer; `over` says that the turn has told of its end."""
    status = _status_row(rows, layout)
    signs: list[Evidence] = []
    if status is not None:
        text = rows[status].plain
        retry = layout.signs.origin("retry_row", text)
        rule = "stream_retry_status" if retry else "status_row"
        signs.append(Evidence(rule, (status,), text[:80], retry))
    if not over:
        signs.extend(_tool_cell(rows, layout))
    if profile.collaboration:
        signs.extend(_collaboration(rows, layout))
    return CodexWork(
        tuple(signs), _queue(rows, layout), _background(rows, layout.background, status)
    )


def is_status(row: Row, layout: CodexLayout) -> bool:
    """Whether the tool itself counts seconds here; it draws them dim, an answer never does."""
    found = _STATUS.match(row.plain)
    if found is None or layout.shows("booting_header", found["header"]):
        return False
    cut_off = not found["closed"] and row.plain.endswith("…")
    keyless = layout.coloured and _SECONDS.fullmatch(found["time"])
    if not layout.shows("interrupt_hint", found["time"]) and not cut_off and not keyless:
        return False
    return row.style_at(found.start("time")).dim or not layout.coloured


def is_answer(text: str, layout: CodexLayout) -> bool:
    """Whether a row begins a cell that is neither a queue, a tool that runs, nor a start-up."""
    if not text.startswith("• ") or _TOOL_CELL.match(text):
        return False
    return not (layout.shows("queue_row", text) or layout.shows("booting_header", text[2:]))


def _status_row(rows: tuple[Row, ...], layout: CodexLayout) -> int | None:
    """The row that counts seconds, drawn right above the composer or above its queue.

    On a cropped screen the real composer is missing: the row stands below the last prompt.
    """
    top = max(layout.start, layout.stop - _LIVE_EDGE)
    for number in range(len(rows) - 1, top - 1, -1):
        row = rows[number]
        if number >= layout.stop and not row.plain.startswith(BULLETS):
            continue
        if not row.plain or _DETAIL.match(row.plain) or layout.shows("queue_row", row.plain):
            continue
        if layout.shows("retry_row", row.plain) or is_status(row, layout):
            return number
        if number > top and not row.plain.startswith(BULLETS):
            # The reason for a retry may stand below its row without any mark.
            return number - 1 if layout.shows("retry_row", rows[number - 1].plain) else None
        return None
    return None


def _tool_cell(rows: tuple[Row, ...], layout: CodexLayout) -> tuple[Evidence, ...]:
    for number in range(layout.stop - 1, layout.start - 1, -1):
        found = _TOOL_CELL.match(rows[number].plain)
        if found and (not layout.coloured or rows[number].style_at(found.start("verb")).bold):
            return (Evidence("tool_cell", (number,), rows[number].plain[:80]),)
    return ()


def _collaboration(rows: tuple[Row, ...], layout: CodexLayout) -> tuple[Evidence, ...]:
    for number in range(layout.stop - 1, layout.start - 1, -1):
        if layout.shows("waited_cell", rows[number].plain):
            return ()
        if layout.shows("waiting_cell", rows[number].plain):
            return (Evidence("collaboration_cell", (number,)),)
    return ()


def _queue(rows: tuple[Row, ...], layout: CodexLayout) -> tuple[Evidence, ...]:
    """The heading of prompts that wait, unless an answer follows it."""
    for number in range(layout.stop - 1, layout.start - 1, -1):
        row = rows[number]
        if layout.shows("queue_row", row.plain):
            return (Evidence("queued_input", (number,)),)
        if row.plain.startswith("• ") and not is_status(row, layout):
            return ()
    return ()


def _background(rows: tuple[Row, ...], *numbers: int | None) -> tuple[Evidence, ...]:
    """Terminals that run on beside the turn, by the row of their own or the status row."""
    for number in numbers:
        found = _TERMINALS.search(rows[number].plain) if number is not None else None
        if number is not None and found is not None:
            return (Evidence("background_terminals", (number,), found[0]),)
    return ()
