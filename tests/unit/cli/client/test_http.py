"""The one HTTP call: what it sends, and what its failures say."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from houmao.cli.client.http import (
    NotHoumao,
    Refused,
    Server,
    Unreachable,
    detail_text,
    refusal_text,
)
from tests.unit.cli.recorded import Recorded


@pytest.fixture
def server(api: Recorded) -> Iterator[Server]:
    """A client of the running server."""
    with closing(Server(api.port, timeout_seconds=5)) as server:
        yield server


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port nobody listens on, held so that nobody else takes it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_path_parts_and_query_are_encoded(api: Recorded, server: Server) -> None:
    """A reference with a slash cannot reach another route."""
    api.answers["/houmao/agents/a%2Fb%3F/history?limit=2"] = {"entries": []}
    assert server.get("houmao", "agents", "a/b?", "history", limit=2) == {"entries": []}


def test_the_server_is_recognised_once_before_anything_else(api: Recorded, server: Server) -> None:
    """Health comes first; later calls do not repeat it."""
    api.answers["/x"] = {}
    server.get("x")
    server.post("x")
    assert api.asked == [("GET", "/health"), ("GET", "/x"), ("POST", "/x")]


def test_every_call_asks_for_everything(api: Recorded, server: Server) -> None:
    """Additions to the contract are for who asks for them, as we do."""
    api.answers["/x"] = api.answers["/x?limit=1"] = {}
    server.get("x", limit=1)
    server.post("x")
    assert api.extended == [False, True, True]


@pytest.mark.parametrize(
    "health", [{"status": "ok"}, {"houmao_service": "other"}, b"<html>", (200, [1])]
)
def test_a_stranger_is_never_asked_further(api: Recorded, server: Server, health: object) -> None:
    """Another program on the port gets one GET of /health and no more."""
    api.answers["/health"] = health if isinstance(health, tuple) else (200, health)
    with pytest.raises(NotHoumao, match="not a Houmao server"):
        server.post("houmao", "server", "shutdown")
    assert api.asked == [("GET", "/health")]


def test_nobody_there_says_how_to_start_one(closed_port: int) -> None:
    """The sentence names the address and the command."""
    with pytest.raises(Unreachable, match="houmao-passive-server serve") as caught:
        Server(closed_port).get("houmao", "agents")
    assert caught.value.refused
    assert f"127.0.0.1:{closed_port}" in caught.value.message


def test_silence_ends_after_the_timeout() -> None:
    """A listener that never answers does not hold the command."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(Unreachable, match=r"did not answer within 0\.2 s"):
            Server(silent.getsockname()[1], timeout_seconds=0.2).recognised()
        assert time.monotonic() - start < 5


def test_a_refusal_carries_status_and_detail(api: Recorded, server: Server) -> None:
    """The server's own sentence reaches the person."""
    api.answers["/x"] = (404, {"detail": "no live agent matches 'ghost'"})
    with pytest.raises(Refused, match="no live agent matches 'ghost'") as caught:
        server.get("x")
    assert caught.value.status == 404


def test_a_server_that_is_away_for_a_moment_says_when_to_try_again(
    api: Recorded, server: Server
) -> None:
    """Retry-After is told."""
    api.answers["/x"] = (503, {"detail": "Redis is away"})
    with pytest.raises(Refused, match=r"Redis is away \(try again in 2 s\)"):
        server.get("x")


def test_health_that_reports_trouble_is_still_a_houmao_server(
    api: Recorded, server: Server
) -> None:
    """Recognition does not depend on being healthy."""
    api.answers["/health"] = (503, {"houmao_service": "houmao-server", "status": "degraded"})
    assert server.recognised()["status"] == "degraded"


def test_an_ambiguous_name_lists_the_ids_to_choose_from() -> None:
    """The way out is in the sentence."""
    text = refusal_text({"detail": "two agents", "agent_ids": ["a1", "b2"]})
    assert text == "two agents: --agent-id a1 or b2"
    twins = refusal_text({"detail": "use twin@north or twin@south", "agent_ids": ["t", "t"]})
    assert twins == "use twin@north or twin@south"


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        ("a sentence", "a sentence"),
        (
            [{"loc": ["query", "limit"], "msg": "must be 0 or more"}],
            "query.limit: must be 0 or more",
        ),
        (["odd"], "odd"),
        ({"code": 7}, '{"code": 7}'),
        (None, "the server gave no reason"),
        ("", "the server gave no reason"),
    ],
)
def test_every_form_of_detail_becomes_a_sentence(detail: object, text: str) -> None:
    """Text, field errors, objects and nothing."""
    assert detail_text(detail) == text


def test_lines_of_a_stream_arrive_one_by_one(api: Recorded, server: Server) -> None:
    """Line ends are kept; the given headers are sent."""
    api.answers["/e?agent=a1"] = "id: 1\ndata: x\n\n"
    lines = list(server.lines("e", headers={"Last-Event-ID": "0-1"}, agent="a1"))
    assert lines == ["id: 1\n", "data: x\n", "\n"]
    assert api.headers[-1]["last-event-id"] == "0-1"


def test_a_refused_stream_says_why(api: Recorded, server: Server) -> None:
    """A stream is refused as any other call."""
    api.answers["/e"] = (503, {"detail": "too many streams"})
    with pytest.raises(Refused, match="too many streams"):
        list(server.lines("e", headers={}))


def test_a_peer_that_hung_up_meanwhile_is_called_again(api: Recorded, server: Server) -> None:
    """Servers close idle connections; a stream that is resumed minutes later notices nothing."""
    api.answers["/e"] = "data: x\n\n"
    server.recognised()
    api.hang_up()
    assert list(server.lines("e", headers={})) == ["data: x\n", "\n"]


def test_a_connection_that_breaks_says_so(api: Recorded, server: Server) -> None:
    """Neither a traceback nor the claim that nobody is there."""
    server.recognised()
    api.hang_up()
    with pytest.raises(Unreachable, match="broke") as caught:
        server.get("x")
    assert not caught.value.refused
