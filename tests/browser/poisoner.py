"""A server between a browser and ours that spoils every text in every answer.

What agents, tools, hosts or other programs can bring into an answer is less than that.
"""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote

_KEPT = ("Content-Type", "Content-Security-Policy", "Set-Cookie")


@contextmanager
def poisoner(port: int, markup: str, **sends: str) -> Iterator[str]:
    """The address of a server that asks the one at `port`, with these headers, and spoils."""
    asked: set[socket.socket] = set()
    kind = {"port": port, "markup": markup, "sends": sends, "asked": asked}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Spoiling", (_Spoiling,), kind))
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        # Streams have no end of their own.
        for each in list(asked):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        server.server_close()


class _Spoiling(BaseHTTPRequestHandler):
    port: int
    markup: str
    sends: dict[str, str]
    asked: set[socket.socket]

    def do_GET(self) -> None:
        self._ask(None)

    def do_POST(self) -> None:
        self._ask(self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def _ask(self, body: bytes | None) -> None:
        # Ids are spoilt as well; ours asks for them as the other server has them.
        path = self.path.replace(quote(self.markup, safe="!'()*"), "")
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as ours:
            kind = {"Content-Type": "application/json"} if body else {}
            ours.request(self.command, path, body, self.sends | kind)
            assert ours.sock is not None
            with self._noted(ours.sock):
                self._answer(ours)

    @contextmanager
    def _noted(self, connection: socket.socket) -> Iterator[None]:
        """Note whom we are asking; whoever asked us may leave meanwhile."""
        self.asked.add(connection)
        try:
            with suppress(ConnectionError):
                yield
        finally:
            self.asked.discard(connection)

    def _answer(self, ours: http.client.HTTPConnection) -> None:
        answer = ours.getresponse()
        self.send_response(answer.status)
        for name in _KEPT:
            for value in answer.headers.get_all(name, []):
                self.send_header(name, value)
        self.end_headers()
        self._pass_on(answer)

    def _pass_on(self, answer: http.client.HTTPResponse) -> None:
        kind = answer.headers.get_content_type()
        if kind == "text/event-stream":
            for line in answer:
                self.wfile.write(self._event_line(line))
                self.wfile.flush()
        else:
            body = answer.read()
            self.wfile.write(self._json(body) if kind == "application/json" else body)

    def _event_line(self, line: bytes) -> bytes:
        name, _, data = line.partition(b": ")
        return b"data: " + self._json(data) + b"\n" if name == b"data" else line

    def _json(self, body: bytes) -> bytes:
        return json.dumps(self._spoilt(json.loads(body))).encode()

    def _spoilt(self, value: Any) -> Any:
        if isinstance(value, str):
            return value + self.markup
        if isinstance(value, list):
            return [self._spoilt(it) for it in value]
        if isinstance(value, dict):
            return {name: self._spoilt(it) for name, it in value.items()}
        return value

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is the test's."""
