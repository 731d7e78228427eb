"""A small real HTTP server that answers with recorded API objects."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HEALTH = {"status": "ok", "houmao_service": "houmao-passive-server"}
RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())


@dataclass
class Recorded:
    """What the server answers, by request target; and what it was asked.

    A value is an object (200), a pair of status and object, bytes (sent as they are), or a
    list of texts: the pieces of an endless answer, each asked-for time the next list.
    """

    answers: dict[str, Any] = field(default_factory=lambda: {"/health": HEALTH})
    asked: list[tuple[str, str]] = field(default_factory=list)
    #: Whether each call asked for additions to the contract; its target is told without that.
    extended: list[bool] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: list[socket.socket] = field(default_factory=list)
    port: int = 0
    stop: Callable[[], None] = lambda: None
    #: As `stop`, from inside an answer.
    stop_soon: Callable[[], None] = lambda: None

    def hang_up(self) -> None:
        """Close every connection, as servers do with idle ones."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def answer(self, method: str, target: str) -> tuple[int, bytes, str]:
        """Status, body and media type."""
        value = self.answers.get(target, (404, {"detail": "Not Found"}))
        if callable(value):
            value = value()
        if isinstance(value, str):
            return 200, value.encode(), "text/event-stream"
        status, body = value if isinstance(value, tuple) else (200, value)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return status, data, "application/json"


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that went away is no news."""


def _handler(recorded: Recorded) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            """Remember the connection, which stays open between requests."""
            super().setup()
            recorded.connections.append(self.connection)

        def _serve(self) -> None:
            recorded.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            target = re.sub(r"[?&]extended=true$", "", self.path)
            recorded.extended.append(target != self.path)
            recorded.asked.append((self.command, target))
            recorded.headers.append({k.lower(): v for k, v in self.headers.items()})
            status, data, media = recorded.answer(self.command, target)
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(data)))
            if status == 503:
                self.send_header("Retry-After", "2")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Silence."""

    return Handler


@contextmanager
def serving() -> Iterator[Recorded]:
    """A running server; set its `answers`."""
    recorded = Recorded()
    server = _QuietServer(("127.0.0.1", 0), _handler(recorded))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def stop() -> None:
        server.shutdown()
        recorded.hang_up()
        server.server_close()
        thread.join()

    stopper = threading.Thread(target=stop)
    recorded.port, recorded.stop = server.server_port, stop
    recorded.stop_soon = stopper.start
    try:
        yield recorded
    finally:
        stop()
        if stopper.ident:
            stopper.join()
