"""Events on the wire, and the raw reading of output that no reader was asked about."""

import pytest

from houmao.tools.parts.events import EventKind, TurnEvent, raw_event, wire_entry


def test_an_event_on_the_wire_says_its_turn_and_time() -> None:
    event = TurnEvent(EventKind.ASSISTANT, "Two fail.", {"provider": "codex"})
    assert wire_entry(event, 3, "2026-03-27T09:02:40+00:00") == {
        "kind": "assistant",
        "message": "Two fail.",
        "turn_index": 3,
        "timestamp_utc": "2026-03-27T09:02:40+00:00",
        "payload": {"provider": "codex"},
    }


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ('{"type": "assistant", "message": "hello"}', "assistant", "hello"),
        ('{"type": "x", "text": " ", "result": "r", "delta": "d"}', "x", "r"),
        ('{"type": "x", "delta": "d"}', "x", "d"),
        ('{"type": "ping"}', "ping", "ping"),
        ('{"message": {"a": 1}}', "event", "event"),
        ("no json", "diagnostic", "no json"),
        ("[1]", "diagnostic", "[1]"),
    ],
)
def test_the_raw_reading(line: str, kind: str, message: str) -> None:
    event = raw_event(line)
    assert event is not None
    assert (event.kind, event.message) == (kind, message)
