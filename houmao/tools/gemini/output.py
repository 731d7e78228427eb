"""What Gemini CLI says with `--output-format stream-json`.

Its exit code after an API error is the HTTP status modulo 256, and after an interrupt 0 with no
`result` line: only that line can say success. The answer comes in pieces.
"""

from houmao.tools.parts.events import EventKind
from houmao.tools.parts.json_line import Record, part_of, text_of
from houmao.tools.parts.output_line import (
    Line,
    Said,
    ToolUse,
    event,
    passthrough,
    readable,
    type_of,
)


def read(record: Record) -> Line:
    """One record of the stream."""
    kind = type_of(record)
    match kind:
        case "init":
            data = {"model": record.get("model")}
            told = event(record, EventKind.SESSION, kind, "conversation started", data)
            return Line((told,), begins=True)
        case "message":
            return _message(record)
        case "tool_use":
            return _tool_use(record)
        case "tool_result":
            return _tool_result(record)
        case "error":
            error = readable(text_of(record, "message") or "error")
            data = {"severity": record.get("severity")}
            return Line((event(record, EventKind.DIAGNOSTIC, kind, error, data),), error=error)
        case "result":
            return _result(record)
        case other:
            return Line((passthrough(record, other),))


def _message(record: Record) -> Line:
    role = text_of(record, "role") or "message"
    if role != "assistant":
        return Line((passthrough(record, f"message.{role}"),))
    # A piece may be nothing but a space.
    content = record.get("content")
    text = content if isinstance(content, str) else ""
    continues = record.get("delta") is True
    data = {"text": text, "delta": continues}
    told = event(record, EventKind.ASSISTANT, "message.assistant", text, data)
    return Line((told,), answer=text, continues=continues)


def _tool_use(record: Record) -> Line:
    tool = ToolUse("tool_use", record.get("tool_id"), text_of(record, "tool_name") or "tool")
    told = tool.asked(record, part_of(record, "parameters"))
    # What follows a tool is the answer; what led to it was talk on the way.
    return Line((told,), answer="")


def _tool_result(record: Record) -> Line:
    status = text_of(record, "status") or "unknown"
    text = text_of(record, "output") or status
    return Line((ToolUse("tool_result", record.get("tool_id")).answered(record, status, text),))


def _result(record: Record) -> Line:
    status = text_of(record, "status") or "error"
    failure = part_of(record, "error")
    error = readable(text_of(failure, "message") or "") or None
    said = _said(status, text_of(failure, "type"))
    data = {"status": status, "usage": record.get("stats"), "error": error}
    told = event(record, EventKind.COMPLETION, "result", error or f"turn: {status}", data)
    return Line((told,), said=said, error=error)


def _said(status: str, error_type: str | None) -> Said:
    if status == "success":
        return Said.SUCCESS
    return Said.INTERRUPTED if error_type == "FatalCancellationError" else Said.ERROR
