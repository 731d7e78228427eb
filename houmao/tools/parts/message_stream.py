"""Output in the shapes of Claude Code, which others print, too: messages of blocks, a `result`.

An API error ends with `subtype: success` and `is_error: true`, or with an `error` of its own; an
interrupt with `error_during_execution` and a reason that begins with `aborted`, or with nothing.
"""

from dataclasses import replace

from houmao.tools.parts.events import EventKind, TurnEvent
from houmao.tools.parts.json_line import Record, part_of, parts_of, text_of
from houmao.tools.parts.output_line import (
    Line,
    Said,
    ToolUse,
    event,
    passthrough,
    readable,
    type_of,
)

#: What is written in the user's name when a turn is cut short.
_INTERRUPTED = "[Request interrupted by user"
#: What a tool tells of itself that a person may want to know.
_NEWS = frozenset({"init", "api_retry", "compact_boundary"})
_RESULT_FIELDS = ("num_turns", "duration_ms", "total_cost_usd", "api_error_status", "stop_reason")


def read(record: Record) -> Line:
    """One record of the stream."""
    match type_of(record):
        case "system":
            return _system(record)
        case "assistant":
            return Line(_assistant(record))
        case "user":
            return _user(record)
        case "result":
            return _result(record)
        case other:
            return Line((passthrough(record, other),))


def _system(record: Record) -> Line:
    subtype = text_of(record, "subtype") or "system"
    message, error = "started" if subtype == "init" else subtype, None
    if subtype == "api_retry":
        status = record.get("error_status") or text_of(record, "error") or "error"
        attempt, limit = record.get("attempt"), record.get("max_retries")
        message = error = f"API error {status}, trying again (attempt {attempt} of {limit})"
    told = event(record, EventKind.PROGRESS, f"system.{subtype}", message)
    if subtype not in _NEWS:
        told = replace(told, payload={**(told.payload or {}), "routine": True})
    return Line((told,), begins=subtype == "init", error=error)


def _assistant(record: Record) -> tuple[TurnEvent, ...]:
    message = part_of(record, "message")
    common = {
        "parent_tool_use_id": record.get("parent_tool_use_id"),
        "model": message.get("model"),
    }
    told = tuple(_block(block, common) for block in parts_of(message, "content"))
    return told or (passthrough(record, "assistant"),)


def _block(block: Record, common: Record) -> TurnEvent:
    match type_of(block):
        case "text":
            text = text_of(block, "text") or ""
            data = {"text": text, **common}
            return event(block, EventKind.ASSISTANT, "assistant.text", text, data)
        case "thinking":
            text = text_of(block, "thinking") or ""
            data = {"text": text, **common}
            return event(block, EventKind.REASONING, "assistant.thinking", text, data)
        case "tool_use":
            return _tool_use(block, common)
        case other:
            return passthrough(block, f"assistant.{other}")


def _tool_use(block: Record, common: Record) -> TurnEvent:
    tool = ToolUse("assistant.tool_use", block.get("id"), text_of(block, "name") or "tool")
    return tool.asked(block, part_of(block, "input"), **common)


def _user(record: Record) -> Line:
    blocks = parts_of(part_of(record, "message"), "content")
    cut_short = any((text_of(b, "text") or "").startswith(_INTERRUPTED) for b in blocks)
    results = (_tool_result(b) for b in blocks if type_of(b) == "tool_result")
    said = Said.INTERRUPTED if cut_short else None
    return Line(tuple(results) or (passthrough(record, "user"),), said=said)


def _tool_result(block: Record) -> TurnEvent:
    status = "error" if block.get("is_error") else "success"
    return ToolUse("user.tool_result", block.get("tool_use_id")).answered(
        block, status, _content(block)
    )


def _content(block: Record) -> str:
    """A result's text; pictures and the like leave no words."""
    texts = (text_of(part, "text") or "" for part in parts_of(block, "content"))
    return text_of(block, "content") or " ".join(texts)


def _result(record: Record) -> Line:
    said = _said(record)
    answer = text_of(record, "result")
    status = _status(record, said)
    error = answer or _errors(record) or status if said is Said.ERROR else None
    data = {"status": status, "usage": record.get("usage")}
    data |= {field: record[field] for field in _RESULT_FIELDS if field in record}
    words = error or answer or ("interrupted" if said is Said.INTERRUPTED else status)
    told = event(record, EventKind.COMPLETION, "result", words, data)
    return Line((told,), said=said, error=error, answer=answer if said is Said.SUCCESS else None)


def _errors(record: Record) -> str:
    if told := text_of(part_of(record, "error"), "message"):
        return readable(told)
    found = record.get("errors")
    texts = (error for error in found if isinstance(error, str)) if isinstance(found, list) else ()
    return "; ".join(text for text in texts if not text.startswith("[ede_diagnostic]"))


def _said(record: Record) -> Said:
    if record.get("is_error") is False and record.get("subtype") == "success":
        return Said.SUCCESS
    aborted = (text_of(record, "terminal_reason") or "").startswith("aborted")
    return Said.INTERRUPTED if aborted else Said.ERROR


def _status(record: Record, said: Said) -> str:
    subtype = text_of(record, "subtype") or "error"
    return "error" if subtype == "success" and said is not Said.SUCCESS else subtype
