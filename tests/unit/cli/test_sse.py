"""Lines of an event stream become events."""

import pytest

from houmao.cli.sse import Event, parse


@pytest.mark.parametrize(
    ("text", "events"),
    [
        pytest.param("data: a\n\n", [Event("message", "a")], id="default name"),
        pytest.param("event: x\ndata: a\n\n", [Event("x", "a")], id="named"),
        pytest.param("data: a\ndata: b\n\n", [Event("message", "a\nb")], id="two data lines"),
        pytest.param(
            "data:a\n\ndata:  b\n\n",
            [Event("message", "a"), Event("message", " b")],
            id="one leading space belongs to the syntax",
        ),
        pytest.param(": ping\n\n", [], id="comment"),
        pytest.param("event: x\n\n", [], id="no data, no event"),
        pytest.param(
            "event: x\n\ndata: a\n\n",
            [Event("message", "a")],
            id="a name does not outlive its block",
        ),
        pytest.param(
            "id: 1-0\ndata: a\n\ndata: b\n\n",
            [Event("message", "a", "1-0"), Event("message", "b", "1-0")],
            id="the position outlives its block",
        ),
        pytest.param("id: 1\0\ndata: a\n\n", [Event("message", "a")], id="NUL in an id"),
        pytest.param(
            "retry: 100\nfoo: bar\ndata\n\n",
            [Event("message", "")],
            id="unknown fields and a field without colon",
        ),
        pytest.param("data: a\r\n\r\n", [Event("message", "a")], id="CRLF"),
        pytest.param("data: a\n\ndata: half", [Event("message", "a")], id="unfinished event"),
    ],
)
def test_lines_become_events(text: str, events: list[Event]) -> None:
    """Each rule of the stream format holds."""
    assert list(parse(text.splitlines(keepends=True))) == events
