"""Events of a headless turn: what every tool's output is turned into.

Says what an event is and how it looks on the wire; refuses to know any tool.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from houmao.tools.parts.json_line import parsed, text_of

#: Fields that may hold the text of a line nobody knows, best first.
_TEXT_FIELDS = ("text", "message", "content", "output", "result", "delta")


class EventKind(StrEnum):
    """What an event is about, whichever tool printed it."""

    SESSION = "session"
    ASSISTANT = "assistant"
    REASONING = "reasoning"
    ACTION_REQUEST = "action_request"
    ACTION_RESULT = "action_result"
    PROGRESS = "progress"
    COMPLETION = "completion"
    DIAGNOSTIC = "diagnostic"
    PASSTHROUGH = "passthrough"


@dataclass(frozen=True, slots=True)
class TurnEvent:
    """One thing that a turn told; `message` is never blank.

    `kind` is an `EventKind`, except in the raw reading, where it is the tool's own word.
    """

    kind: str
    message: str
    payload: Mapping[str, object] | None = None


def wire_entry(event: TurnEvent, turn_index: int, timestamp_utc: str) -> dict[str, object]:
    """The event as the API tells it and as it is kept; the time is ISO 8601."""
    return {
        "kind": str(event.kind),
        "message": event.message,
        "turn_index": turn_index,
        "timestamp_utc": timestamp_utc,
        "payload": dict(event.payload) if event.payload is not None else None,
    }


def raw_event(line: str) -> TurnEvent | None:
    """The event of a line of standard output that no reader was asked about; None for a blank."""
    if not line.strip():
        return None
    record = parsed(line)
    if record is None:
        return TurnEvent(EventKind.DIAGNOSTIC, line.strip(), {"raw": line.rstrip("\r\n")})
    kind = text_of(record, "type") or "event"
    found = (text_of(record, field) for field in _TEXT_FIELDS)
    return TurnEvent(kind, next((text for text in found if text), kind), record)


def summary(value: object, limit: int = 200) -> str:
    """A value on one line of at most `limit` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
