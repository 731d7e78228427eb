"""What `codex exec --json` says.

An interrupt leaves no last line at all, and `error` lines of attempts that are made again
come long before `turn.failed`.
"""

from houmao.tools.parts.events import EventKind, TurnEvent, summary
from houmao.tools.parts.json_line import Record, part_of, text_of
from houmao.tools.parts.output_line import Line, Said, event, passthrough, readable, type_of

#: Items that are something Codex does, and the field that says what.
_ACTIONS = {
    "command_execution": "command",
    "mcp_tool_call": "tool",
    "collab_tool_call": "tool",
    "web_search": "query",
    "file_change": "changes",
}
_NOT_ARGUMENTS = frozenset(
    {"id", "type", "status", "aggregated_output", "exit_code", "result", "error"}
)


def read(record: Record) -> Line:
    """One record of the stream."""
    kind = type_of(record)
    match kind:
        case "thread.started":
            return Line((event(record, EventKind.SESSION, kind, "conversation started"),))
        case "turn.started":
            return Line((event(record, EventKind.PROGRESS, kind, "turn started"),), begins=True)
        case "turn.completed":
            data = {"status": "success", "usage": record.get("usage")}
            told = event(record, EventKind.COMPLETION, kind, "turn completed", data)
            return Line((told,), said=Said.SUCCESS)
        case "turn.failed":
            return _failed(record)
        case "error":
            error = readable(text_of(record, "message") or "error")
            return Line((event(record, EventKind.DIAGNOSTIC, kind, error),), error=error)
        case "item.started" | "item.updated" | "item.completed":
            return _item(record, kind)
        case other:
            return Line((passthrough(record, other),))


def _failed(record: Record) -> Line:
    error = readable(text_of(part_of(record, "error"), "message") or "the turn failed")
    data = {"status": "error", "usage": record.get("usage"), "error": error}
    told = event(record, EventKind.COMPLETION, "turn.failed", error, data)
    return Line((told,), said=Said.ERROR, error=error)


def _item(record: Record, stage: str) -> Line:
    item = part_of(record, "item")
    kind = type_of(item)
    of = f"{stage}.{kind}"
    done = stage == "item.completed"
    text = text_of(item, "text") or text_of(item, "message") or ""
    data = {"text": text, "item_id": item.get("id")}
    if kind == "agent_message" and stage != "item.started":
        told = event(record, EventKind.ASSISTANT, of, text, data)
        return Line((told,), answer=text if done else None)
    return Line((_other_item(record, kind, of, data),))


def _other_item(record: Record, kind: str, of: str, data: Record) -> TurnEvent:
    text = str(data["text"])
    match kind:
        case "reasoning":
            return event(record, EventKind.REASONING, of, text, data)
        case "todo_list":
            return event(record, EventKind.PROGRESS, of, "to-do list", data)
        case "error":
            return event(record, EventKind.DIAGNOSTIC, of, readable(text), data)
        case _ if kind in _ACTIONS and not of.startswith("item.updated"):
            return _action(record, kind, of)
        case _:
            return passthrough(record, of)


def _action(record: Record, kind: str, of: str) -> TurnEvent:
    item = part_of(record, "item")
    what = summary(item.get(_ACTIONS[kind]) or kind)
    action = {"action_id": item.get("id"), "action_kind": kind, "name": _name(item, kind)}
    if of.startswith("item.started"):
        arguments = {key: item[key] for key in item if key not in _NOT_ARGUMENTS}
        data = {**action, "arguments": arguments, "arguments_summary": what}
        return event(record, EventKind.ACTION_REQUEST, of, f"{action['name']}: {what}", data)
    status = text_of(item, "status") or "completed"
    result = item.get("aggregated_output") or item.get("result") or item.get("error") or status
    data = {**action, "status": status, "result_summary": summary(result)}
    return event(record, EventKind.ACTION_RESULT, of, f"{what}: {summary(result)}", data)


def _name(item: Record, kind: str) -> str:
    return text_of(item, "tool") or kind
