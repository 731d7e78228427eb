"""Reads what a headless tool prints, line by line, into what it told and into events.

Pure, and never raises whatever the line. Who runs the tool, and what its exit code means, is
unknown here.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from houmao.tools.catalog import tool_named
from houmao.tools.parts.events import EventKind, TurnEvent
from houmao.tools.parts.json_line import Record, encodable, parsed, part_of
from houmao.tools.parts.output_line import Line, Said, passthrough, type_of

__all__ = ["OutputStream", "Said", "ToolReport", "read_line"]

#: Where tools put the id of a conversation, best first.
_SESSION_FIELDS = ("session_id", "sessionId", "thread_id", "threadId", "sessionID")
#: An id goes onto a command line again: no option, no blank, no end in sight.
_SESSION_ID = re.compile(r"[A-Za-z0-9][\w.:-]{0,199}", re.ASCII)

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
#: Lines of standard error that tools write in every run.
_NOISE = re.compile(
    r"\s|[{}\[]|warning|reading (prompt|additional input) from stdin|ripgrep is not available"
    r"|yolo mode|loaded cached credentials|\(node:",
    re.IGNORECASE,
)
#: The last lines of standard error that may explain an end, and the characters kept of each.
_COMPLAINT_LINES, _COMPLAINT_WIDTH = 3, 300


class OutputStream(StrEnum):
    """Which of its outputs a tool wrote a line to."""

    STDOUT = "stdout"
    STDERR = "stderr"


@dataclass(frozen=True, slots=True)
class ToolReport:
    """What a tool has told of its turn so far."""

    #: The conversation's id, to resume it by.
    session_id: str | None = None
    #: What the tool's last completion line says; None until there is one.
    said: Said | None = None
    #: What the tool last called an error, in words.
    error: str | None = None
    #: The answer to the prompt, as far as it goes.
    answer: str = ""
    #: The last lines of standard error that are no routine, oldest first.
    complaint: tuple[str, ...] = ()


def read_line(
    tool: str, told: ToolReport, line: str, stream: OutputStream
) -> tuple[ToolReport, tuple[TurnEvent, ...]]:
    """What the tool has told after one more line, and the events of that line."""
    line = encodable(line.rstrip("\r\n"))
    if not line.strip():
        return told, ()
    if stream is OutputStream.STDERR:
        return _complained(tool, told, line)
    record = parsed(line)
    if record is None:
        return told, (_plain(tool, line, routine=False),)
    headless = tool_named(tool).headless
    read = headless.read(record) if headless else _unknown(record)
    after = _joined(told, read, _session_id(record))
    return after, tuple(_signed(event, tool, after.session_id) for event in read.events)


def _unknown(record: Record) -> Line:
    return Line((passthrough(record, type_of(record)),))


def _joined(told: ToolReport, read: Line, session_id: str | None) -> ToolReport:
    if read.begins:
        # A conversation's id may have come on a line before, and may be new on this one.
        told = ToolReport(session_id=session_id or told.session_id, complaint=told.complaint)
    said = read.said or told.said
    # A tool may call an interrupt an error once it has said that it was one.
    if read.said is Said.ERROR and told.said is Said.INTERRUPTED:
        said = Said.INTERRUPTED
    fine = read.said is not None and said is not Said.ERROR
    error = None if fine else read.error or told.error
    return replace(
        told,
        session_id=told.session_id or session_id,
        said=said,
        error=error,
        answer=_answer(told.answer, read),
    )


def _answer(before: str, read: Line) -> str:
    if read.answer is None:
        return before
    return before + read.answer if read.continues else read.answer


def _session_id(record: Record) -> str | None:
    """The first id of a conversation that the record holds."""
    for holder in (record, part_of(record, "data")):
        nested = (part_of(holder, name).get("id") for name in ("session", "thread"))
        for found in (*map(holder.get, _SESSION_FIELDS), *nested):
            if isinstance(found, str) and _SESSION_ID.fullmatch(found):
                return found
    return None


def _complained(tool: str, told: ToolReport, line: str) -> tuple[ToolReport, tuple[TurnEvent, ...]]:
    text = _ESCAPES.sub("", line)
    if _NOISE.match(text):
        return told, (_plain(tool, line, routine=True),)
    complaint = (*told.complaint, text[:_COMPLAINT_WIDTH])[-_COMPLAINT_LINES:]
    return replace(told, complaint=complaint), (_plain(tool, line, routine=False),)


def _plain(tool: str, line: str, *, routine: bool) -> TurnEvent:
    """A line that is no JSON object; `routine` when it explains nothing."""
    payload = {"provider": tool, "routine": routine, "raw": line}
    return TurnEvent(EventKind.DIAGNOSTIC, line.strip(), payload)


def _signed(event: TurnEvent, tool: str, session_id: str | None) -> TurnEvent:
    payload = {"provider": tool, "session_id": session_id, **(event.payload or {})}
    return replace(event, payload=payload)
