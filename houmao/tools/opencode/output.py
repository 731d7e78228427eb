"""What OpenCode says with `run --format json`.

A step that ends with `stop` is the last of its prompt; a run that a signal ends leaves no line.
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
    kind, part = type_of(record), part_of(record, "part")
    match kind:
        case "text":
            text = text_of(part, "text") or ""
            return Line(
                (event(record, EventKind.ASSISTANT, kind, text, {"text": text}),), answer=text
            )
        case "reasoning":
            text = text_of(part, "text") or ""
            return Line((event(record, EventKind.REASONING, kind, text, {"text": text}),))
        case "tool_use":
            return _tool_use(record, kind, part)
        case "step_finish" if part.get("reason") == "stop":
            data = {"status": "success", "usage": part.get("tokens")}
            told = event(record, EventKind.COMPLETION, kind, "turn completed", data)
            return Line((told,), said=Said.SUCCESS)
        case "error":
            return _error(record, kind)
        case other:
            return Line((passthrough(record, other),))


def _tool_use(record: Record, kind: str, part: Record) -> Line:
    """A tool is told of once it is done."""
    tool = ToolUse(kind, part.get("callID"), text_of(part, "tool") or "tool")
    state = part_of(part, "state")
    status = "success" if state.get("status") == "completed" else "error"
    text = text_of(state, "output") or text_of(state, "error") or status
    asked = tool.asked(record, part_of(state, "input"))
    # What led to it was talk on the way.
    return Line((asked, tool.answered(record, status, text)), answer="")


def _error(record: Record, kind: str) -> Line:
    failure = part_of(record, "error")
    words = text_of(part_of(failure, "data"), "message") or text_of(failure, "name") or "error"
    error = readable(words)
    told = event(record, EventKind.COMPLETION, kind, error, {"status": "error", "error": error})
    return Line((told,), said=Said.ERROR, error=error)
