"""Lines of an event stream become events."""

import pytest

from houmao.cli.client.event_stream import EventReader, ServerSentEvent


@pytest.mark.parametrize(
    ("text", "events"),
    [
        pytest.param("data: a\n\n", [ServerSentEvent("message", "a")], id="default name"),
        pytest.param("event: x\ndata: a\n\n", [ServerSentEvent("x", "a")], id="named"),
        pytest.param(
            "data: a\ndata: b\n\n", [ServerSentEvent("message", "a\nb")], id="two data lines"
        ),
        pytest.param(
            "data:a\n\ndata:  b\n\n",
            [ServerSentEvent("message", "a"), ServerSentEvent("message", " b")],
            id="one leading space belongs to the syntax",
        ),
        pytest.param(": ping\n\n", [], id="comment"),
        pytest.param("event: x\n\n", [], id="no data, no event"),
        pytest.param(
            "event: x\n\ndata: a\n\n",
            [ServerSentEvent("message", "a")],
            id="a name does not outlive its block",
        ),
        pytest.param(
            "id: 1-0\ndata: a\n\ndata: b\n\n",
            [ServerSentEvent("message", "a"), ServerSentEvent("message", "b")],
            id="a position is no part of an event",
        ),
        pytest.param("id: 1\0\ndata: a\n\n", [ServerSentEvent("message", "a")], id="NUL in an id"),
        pytest.param(
            "retry: 100\nfoo: bar\ndata\n\n",
            [ServerSentEvent("message", "")],
            id="unknown fields and a field without colon",
        ),
        pytest.param("data: a\r\n\r\n", [ServerSentEvent("message", "a")], id="CRLF"),
        pytest.param(
            "data: a\n\ndata: half", [ServerSentEvent("message", "a")], id="unfinished event"
        ),
    ],
)
def test_lines_become_events(text: str, events: list[ServerSentEvent]) -> None:
    """Each rule of the stream format holds."""
    assert list(EventReader().read(text.splitlines(keepends=True))) == events


@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("id: 1-0\n\n", "1-0", id="an id alone moves on"),
        pytest.param("id: 1-0\ndata: a\n\ndata: b\n\n", "1-0", id="it outlives its block"),
        pytest.param("id: 1-0\ndata: a\n", "0-9", id="an unfinished event was not seen"),
        pytest.param("id: 1\0\ndata: a\n\n", "0-9", id="an id with NUL is ignored"),
    ],
)
def test_the_position_is_where_a_next_stream_goes_on(text: str, position: str) -> None:
    """What was handed out is never asked for again, what was not is."""
    reader = EventReader()
    list(reader.read(["id: 0-9\n", "\n"]))
    list(reader.read(text.splitlines(keepends=True)))
    assert reader.position == position
