"""The events of a turn as they were kept; a line that is none any more is told as it is. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from houmao.clock import iso_ms, parse_iso
from houmao.headless.records import TurnRecord
from houmao.tools.parts.events import EventKind, TurnEvent, wire_entry

_FIELDS = ("kind", "message", "turn_index", "timestamp_utc", "payload")


def entry_of(line: str, record: TurnRecord) -> Mapping[str, Any]:
    """The event that a line of the turn's events holds; a diagnostic one when it holds none."""
    try:
        found: Mapping[str, Any] = json.loads(line)
        parse_iso(found["timestamp_utc"])
        return {name: found[name] for name in _FIELDS}
    except (ValueError, KeyError, TypeError):
        raw = TurnEvent(EventKind.DIAGNOSTIC, "this line is no event any more", {"raw": line})
        return wire_entry(raw, record.turn_index, iso_ms(record.told_at))
