"""Clients that send slowly, without end or nonsense, against real gunicorn: others are unharmed."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from houmao import config, token
from houmao.api.http.guard import MAX_BODY_BYTES
from houmao.api.http.whole_requests import HEAD_SECONDS
from tests.integration.serving import free_port
from tests.integration.web import Web, web_process
from tests.services import wait_until

#: More than the server has threads.
MANY = 130
HOST = b"Host: 127.0.0.1\r\n"
JSON = HOST + b"Content-Type: application/json\r\n"
REFRESH = b"POST /houmao/agents/ghost/refresh HTTP/1.1\r\n" + JSON


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A server that asks for its token, without Redis."""
    folder = tmp_path_factory.mktemp("web")
    environ = {
        "HOUMAO_REDIS_URL": f"unix://{folder}/none.sock",
        "HOME": str(folder),
        "HOUMAO_REQUIRE_TOKEN": "1",
    }
    settings = config.load(environ, runtime_root=folder / "runtime", port=free_port())
    token.ensure(settings.token_file)
    with web_process(settings) as found:
        yield found


@pytest.fixture
def bearer(web: Web) -> bytes:
    """The header of who may call."""
    return f"Authorization: Bearer {token.read(web.settings.token_file)}\r\n".encode()


def dial(web: Web, *sent: bytes) -> socket.socket:
    """A connection over which that was sent, each piece by itself."""
    connection = socket.create_connection(("127.0.0.1", web.settings.port), timeout=15)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for piece in sent:
        connection.sendall(piece)
    return connection


def answer_to(connection: socket.socket) -> tuple[int, Any]:
    """Status and JSON of the answer."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, json.loads(answer.read())


def slowest_health(web: Web) -> float:
    """The longest of several waits for an answer, in seconds."""
    waits = []
    for _ in range(10):
        began = time.monotonic()
        assert web.status("/health") == 200
        waits.append(time.monotonic() - began)
    return max(waits)


@pytest.mark.parametrize(
    "beginning",
    [
        b"G",
        b"GET /health HTTP/1.1\r\nHo",
        REFRESH + b"Content-Length: 100\r\n\r\n{",
        REFRESH + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
    ids=["a byte", "half a head", "half a body", "half a chunk"],
)
def test_slow_clients_take_nobodys_thread(web: Web, bearer: bytes, beginning: bytes) -> None:
    """Others are answered at once while more clients than threads have begun and do not go on."""
    shown = beginning.replace(b"\r\n\r\n", b"\r\n" + bearer + b"\r\n")
    with ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(closing(dial(web, shown)))
        assert slowest_health(web) < 1.0


def test_a_head_has_its_time(web: Web) -> None:
    """One that trickles in is told so in our shape, within a bound, however steadily it comes."""
    with closing(dial(web, b"GET /health HTTP/1.1\r\n")) as connection:
        began = time.monotonic()
        connection.settimeout(0.2)

        def is_over() -> bool:
            connection.sendall(b"X")
            try:
                return bool(connection.recv(1, socket.MSG_PEEK))
            except TimeoutError:
                return False

        wait_until(is_over, "the client is told", HEAD_SECONDS + 5)
        assert time.monotonic() - began > HEAD_SECONDS - 1
        status, body = answer_to(connection)
    assert (status, body["detail"]) == (408, "the head of the request did not come in time")


def test_strangers_are_refused_before_their_body_is_read(web: Web) -> None:
    """401 at once, although not a byte of the announced body has come."""
    for framing in (b"Content-Length: 4000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        with closing(dial(web, REFRESH, framing)) as connection:
            began = time.monotonic()
            assert answer_to(connection)[0] == 401
            assert time.monotonic() - began < 1.0


def test_too_much_is_refused(web: Web, bearer: bytes) -> None:
    """413 for what is announced, and for what was not, once it is more than is allowed."""
    announced = f"Content-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode()
    with closing(dial(web, REFRESH + bearer, announced)) as connection:
        assert answer_to(connection)[0] == 413
    chunk = b"%x\r\n" % (MAX_BODY_BYTES + 2) + b" " * (MAX_BODY_BYTES + 2)
    head = REFRESH + bearer + b"Transfer-Encoding: chunked\r\n\r\n"
    with closing(dial(web, head, chunk)) as connection:
        assert answer_to(connection)[0] == 413


def test_too_long_a_head_is_refused(web: Web) -> None:
    """431 in our shape, before it ends."""
    with closing(dial(web, b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 70_000)) as connection:
        assert answer_to(connection)[0] == 431


@pytest.mark.parametrize("chunks", [b"zz\r\n{}\r\n", b"2\r\n{}x", b"-2\r\n{}\r\n0\r\n\r\n"])
def test_a_malformed_chunk_is_refused(web: Web, bearer: bytes, chunks: bytes) -> None:
    """400 in our shape."""
    head = REFRESH + bearer + b"Transfer-Encoding: chunked\r\n\r\n"
    with closing(dial(web, head, chunks)) as connection:
        status, body = answer_to(connection)
    assert (status, body) == (400, {"detail": "the request is no valid HTTP/1.1"})


@pytest.mark.parametrize(
    "header",
    [
        HOST,
        b"Bad Name: 1\r\n",
        b"X: a\0b\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
    ],
    ids=["two hosts", "a name with a blank", "a control character", "two lengths"],
)
def test_a_malformed_head_is_refused(web: Web, header: bytes) -> None:
    """400 in our shape: a head that two readers may understand differently is read by nobody."""
    framed = b"POST /health HTTP/1.1\r\n" + HOST + header + b"\r\n" + b"2\r\n{}\r\n0\r\n\r\n"
    with closing(dial(web, framed)) as connection:
        status, body = answer_to(connection)
    assert status == 400
    assert body["detail"].startswith("the request is no valid HTTP/1.1")


def test_a_body_may_come_in_pieces(web: Web, bearer: bytes) -> None:
    """Of known and of unknown length, and after leave was asked for; 503: there is no Redis."""
    parts = [b"{", b"}"]
    known = REFRESH + bearer + b"Content-Length: 2\r\n\r\n"
    unknown = REFRESH + bearer + b"Transfer-Encoding: chunked\r\n\r\n"
    for sent in ([known, *parts], [unknown, b"1\r\n{\r\n", b"1\r\n}\r\n", b"0\r\n\r\n"]):
        with closing(dial(web, *sent)) as connection:
            assert answer_to(connection)[0] == 503
    expecting = REFRESH + bearer + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with closing(dial(web, expecting)) as connection:
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert answer_to(connection)[0] == 503


def test_requests_in_one_breath_are_all_answered(web: Web) -> None:
    """The second of two that come together is not lost, nor is one cut in the middle."""
    one = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"
    with closing(dial(web, one + one + one[:20], one[20:])) as connection:
        connection.shutdown(socket.SHUT_WR)
        with closing(connection.makefile("rb")) as file:
            assert file.read().count(b"HTTP/1.1 200 OK\r\n") == 3
