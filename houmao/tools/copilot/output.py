"""What Copilot CLI says with `-p` and `--output-format json`: the events of its journal, and more.

The last line is `result`, with the conversation's id and the exit code; after SIGTERM there is
none. Pieces of answers and of thoughts come before the whole of each, and are left out.
"""

from collections.abc import Callable, Mapping

from houmao.tools.copilot.events import asks_tools, message_text
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
    known = _READ.get(kind)
    return (
        known(record, kind, part_of(record, "data"))
        if known
        else Line((passthrough(record, kind),))
    )


def _taken(record: Record, kind: str, _: Record) -> Line:
    return Line((event(record, EventKind.PROGRESS, kind, "prompt taken"),), begins=True)


def _reasoning(record: Record, kind: str, data: Record) -> Line:
    text = text_of(data, "content") or ""
    return Line((event(record, EventKind.REASONING, kind, text, {"text": text}),))


def _tool_use(record: Record, kind: str, data: Record) -> Line:
    return Line((_tool(kind, data).asked(record, part_of(data, "arguments")),))


def _error(record: Record, kind: str, data: Record) -> Line:
    error = readable(text_of(data, "message") or "error")
    return Line((event(record, EventKind.DIAGNOSTIC, kind, error),), error=error)


def _aborted(record: Record, kind: str, _: Record) -> Line:
    return Line((event(record, EventKind.DIAGNOSTIC, kind, "stopped"),))


def _message(record: Record, kind: str, _: Record) -> Line:
    text = message_text(record) or ""
    told = (event(record, EventKind.ASSISTANT, kind, text, {"text": text}),) if text else ()
    # What stands before a tool was talk on the way.
    return Line(told or (passthrough(record, kind),), answer="" if asks_tools(record) else text)


def _tool(kind: str, data: Record) -> ToolUse:
    return ToolUse(kind, data.get("toolCallId"), text_of(data, "toolName") or "tool")


def _tool_result(record: Record, kind: str, data: Record) -> Line:
    status = "success" if data.get("success") is True else "error"
    text = text_of(part_of(data, "result"), "content") or status
    return Line((_tool(kind, data).answered(record, status, text),))


def _result(record: Record, kind: str, _: Record) -> Line:
    code = record.get("exitCode")
    said = Said.SUCCESS if code == 0 else Said.ERROR
    words = "turn completed" if code == 0 else f"the turn ended with exit code {code}"
    data = {"status": said.value, "usage": record.get("usage")}
    return Line((event(record, EventKind.COMPLETION, kind, words, data),), said=said)


_READ: Mapping[str, Callable[[Record, str, Record], Line]] = {
    "user.message": _taken,
    "assistant.message": _message,
    "assistant.reasoning": _reasoning,
    "tool.execution_start": _tool_use,
    "tool.execution_complete": _tool_result,
    "session.error": _error,
    "abort": _aborted,
    "result": _result,
}
