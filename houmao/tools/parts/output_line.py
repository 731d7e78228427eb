"""What one line of a tool's output says, before it joins what earlier lines said."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from houmao.tools.parts.events import EventKind, TurnEvent, summary
from houmao.tools.parts.json_line import Record, part_of, text_of


class Said(StrEnum):
    """A tool's own word of how its turn went."""

    SUCCESS = "success"
    ERROR = "error"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Line:
    """One line's meaning; None and empty mean that it says nothing of that."""

    events: tuple[TurnEvent, ...]
    #: A turn begins here: words about an earlier one no longer count.
    begins: bool = False
    said: Said | None = None
    error: str | None = None
    #: The answer, or the next piece of it.
    answer: str | None = None
    continues: bool = False


def event(
    record: Record, kind: EventKind, of: str, message: str, data: Mapping[str, object] | None = None
) -> TurnEvent:
    """An event whose payload keeps the tool's own `record`; `of` is what the tool calls it."""
    return TurnEvent(
        kind,
        message if message.strip() else "(blank)",
        {"provider_event_type": of, "data": dict(data or {}), "raw": record},
    )


def passthrough(record: Record, of: str) -> TurnEvent:
    """The event of a record that means nothing to us."""
    return event(record, EventKind.PASSTHROUGH, of, of)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool of the model's that is used; `of` is what the CLI calls the record about it."""

    of: str
    action_id: object
    name: str | None = None

    def _data(self) -> dict[str, object]:
        return {"action_id": self.action_id, "action_kind": "tool", "name": self.name}

    def asked(self, record: Record, arguments: Record, **more: object) -> TurnEvent:
        """The event of its use with these arguments."""
        short = summary(text_of(arguments, "command") or arguments)
        data = {**self._data(), "arguments": arguments, "arguments_summary": short, **more}
        return event(record, EventKind.ACTION_REQUEST, self.of, f"{self.name}: {short}", data)

    def answered(self, record: Record, status: str, text: str) -> TurnEvent:
        """The event of what came of it."""
        short = summary(text)
        data = {**self._data(), "status": status, "result_summary": short}
        return event(record, EventKind.ACTION_RESULT, self.of, short, data)


def type_of(record: Record) -> str:
    """What the tool calls the record."""
    return text_of(record, "type") or "record"


def readable(text: str) -> str:
    """An error's text with the JSON some tools wrap it in taken off."""
    found = re.search(r"\{.*\}", text, re.DOTALL)
    if found is None:
        return text.strip()
    try:
        inner = json.loads(found.group())
    except (ValueError, RecursionError):
        return text.strip()
    error = part_of(inner, "error") if isinstance(inner, Mapping) else {}
    message = text_of(error, "message")
    return f"{text[: found.start()].lstrip(' [')}{message}".strip() if message else text.strip()
