"""What the real APIs say of an account's limits, between a CLI and the scripted API.

It adds headers to what the scripted API answers, or refuses in its place. It knows no tool and no
script: what is said is handed to it.
"""

import select
import socket
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.http_server import served

#: Ends of the paths on which a model is asked.
_ASKED = ("/responses", "/messages", ":streamGenerateContent", ":generateContent")
#: Headers that speak of one connection alone.
_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive")
#: Bytes of a request, and of an answer's head, that are taken in at most.
_MOST_BYTES = 32 << 20
#: Seconds for which the scripted API may be silent.
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands: `headers` of each answer of a model; with a `refusal`, the body of a
    429 in its place, there is none.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    refusal: bytes | None = None


class Account(ThreadingHTTPServer):
    """Stands before the API at `api`, a URL of the loopback. `standing` may change at any time."""

    daemon_threads = True

    def __init__(self, api: str) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.api = api
        self.standing = Standing()
        #: How often a model was asked and refused.
        self.refused = 0

    @property
    def url(self) -> str:
        """Where a CLI finds it."""
        return f"http://127.0.0.1:{self.server_address[1]}"


def account(api: str) -> AbstractContextManager[Account]:
    """An account that serves until the end."""
    return served(Account(api))


class _Exchange(BaseHTTPRequestHandler):
    server: Account
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """The API's log has it."""

    def do_GET(self) -> None:
        self._exchange(b"")

    def do_HEAD(self) -> None:
        self._exchange(b"")

    def do_POST(self) -> None:
        self._exchange(self._body())

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MOST_BYTES))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(min(size, _MOST_BYTES - len(body)))
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _exchange(self, body: bytes) -> None:
        # The end of a connection is the end of an answer, whichever way it is told.
        self.close_connection = True
        standing = self.server.standing
        if not urlsplit(self.path).path.endswith(_ASKED):
            standing = Standing()
        if standing.refusal is not None:
            self.server.refused += 1
            self._refuse(standing.headers, standing.refusal)
        else:
            self._relay(body, standing.headers)

    def _refuse(self, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(429)
        told = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        for name, value in (*told.items(), ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _relay(self, body: bytes, headers: Mapping[str, str]) -> None:
        where = urlsplit(self.server.api)
        with socket.create_connection((where.hostname, where.port or 80), _PATIENCE) as api:
            api.sendall(self._asked(body) + body)
            head, _, begun = _until_blank_line(api).partition(b"\r\n")
            added = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            self.wfile.write(head + b"\r\n" + f"{added}Connection: close\r\n".encode() + begun)
            _pass_on(api, self.connection)

    def _asked(self, body: bytes) -> bytes:
        """The head of the request, for a connection of its own."""
        kept = [
            f"{name}: {value}" for name, value in self.headers.items() if name.lower() not in _HOP
        ]
        lines = (f"{self.command} {self.path} HTTP/1.1", *kept, f"Content-Length: {len(body)}")
        return "\r\n".join((*lines, "Connection: close", "", "")).encode("latin-1")


def _until_blank_line(api: socket.socket) -> bytes:
    told = b""
    while b"\r\n\r\n" not in told and len(told) < _MOST_BYTES:
        more = api.recv(65536)
        if not more:
            break
        told += more
    return told


def _pass_on(api: socket.socket, client: socket.socket) -> None:
    """Hand on what the API says, until it has ended or the client is gone."""
    while True:
        readable, _, _ = select.select((api, client), (), (), _PATIENCE)
        if client in readable or not readable:
            return
        more = api.recv(65536)
        if not more:
            return
        client.sendall(more)
