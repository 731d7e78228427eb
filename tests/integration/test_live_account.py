"""The account that stands between a CLI and the scripted API in live runs."""

import threading
import urllib.error
import urllib.request
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.http_server import served
from tests.live.account import Standing, account
from tests.services import wait_until

ASKED = "/v1/responses"


class StreamingApi(ThreadingHTTPServer):
    """Streams what it was asked; then it is silent until the client is gone, or `ends` is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Streamed)
        self.ends, self.left = threading.Event(), threading.Event()


class _Streamed(BaseHTTPRequestHandler):
    server: StreamingApi
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        if self.server.ends.wait(0.2):
            self.wfile.write(b"0\r\n\r\n")
        elif not self.connection.recv(1):
            self.server.left.set()


def streaming() -> AbstractContextManager[StreamingApi]:
    return served(StreamingApi())


def test_what_the_account_says_stands_in_the_head_of_an_answer() -> None:
    with streaming() as api, account(f"http://127.0.0.1:{api.server_port}") as served:
        api.ends.set()
        served.standing = Standing({"x-used-percent": "92"})
        with urllib.request.urlopen(served.url + ASKED, b"hello") as answer:
            assert (answer.headers["x-used-percent"], answer.read()) == ("92", b"hello")
        with urllib.request.urlopen(f"{served.url}/v1/other", b"hello") as answer:
            assert (answer.headers["x-used-percent"], answer.read()) == (None, b"hello")
        assert served.refused == 0


def test_a_refusal_stands_in_the_answers_place() -> None:
    with account("http://127.0.0.1:9") as served:
        served.standing = Standing({"retry-after": "60"}, b'{"error": {}}')
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(served.url + ASKED, b"hello")
        assert (refused.value.code, refused.value.read()) == (429, b'{"error": {}}')
        assert refused.value.headers["retry-after"] == "60"
        assert served.refused == 1


def test_an_api_learns_that_its_client_is_gone() -> None:
    with streaming() as api, account(f"http://127.0.0.1:{api.server_port}") as served:
        client = HTTPConnection("127.0.0.1", served.server_port)
        client.request("POST", ASKED, b"hello")
        assert client.getresponse().read(5) == b"hello"
        client.close()
        wait_until(api.left.is_set, "the API has seen that its client is gone")
