"""What Copilot CLI tells of its turns, in the events that it prints headless or keeps on disk.

A request of the model ends with `assistant.turn_end`, a prompt does not: that it is over only the
last `result` says, or that the latest message asked for no tool. A prompt that was stopped has an
`abort` behind its end, one that failed a `session.error`.
"""

from houmao.tools.parts.json_line import Record, part_of, parts_of, text_of


def message_text(record: Record) -> str | None:
    """What the model said in an `assistant.message`; None where it only asks for tools."""
    return text_of(part_of(record, "data"), "content")


def asks_tools(record: Record) -> bool:
    """Whether an `assistant.message` goes on with tools."""
    return bool(parts_of(part_of(record, "data"), "toolRequests"))
