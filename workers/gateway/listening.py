"""A gateway's HTTP server: a thread for each connection, and sleep when none comes."""

import os
import socket
from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from houmao.clock import monotonic
from houmao.errors import Conflict
from houmao.gateway.parent import GatewayOrder
from workers.gateway.keeper import ASLEEP

#: Seconds after which a silent client loses its connection.
CLIENT_SECONDS = 30.0


class QuietHandler(WSGIRequestHandler):
    """Serves one connection; its log lines would repeat what the client knows."""

    timeout = CLIENT_SECONDS

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing."""


class GatewayServer(ThreadedWSGIServer):
    """Serves a socket that listens already, and counts who is connected."""

    def __init__(self, listener: socket.socket, app: Flask) -> None:
        host, port = listener.getsockname()
        super().__init__(host, port, app, QuietHandler, fd=listener.fileno())
        self._connections: set[object] = set()
        self._quiet_since = monotonic()
        self._may_sleep: Callable[[], bool] = lambda: False
        self._sleeps_after = 0.0

    def serve_until_idle(self, seconds: float, may_sleep: Callable[[], bool]) -> None:
        """Serve; fall asleep when nobody called for so long and `may_sleep` agrees."""
        self._sleeps_after, self._may_sleep = seconds, may_sleep
        self.serve_forever(poll_interval=seconds)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand a new connection to its thread."""
        self._connections.add(request)
        self._quiet_since = monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        super().shutdown_request(request)
        self._connections.discard(request)

    def service_actions(self) -> None:
        """Called between two connections: whoever calls from here on is the keeper's to hear."""
        now = monotonic()
        if now - self._quiet_since < self._sleeps_after:
            return
        if not self._connections and self._may_sleep():
            os._exit(ASLEEP)
        self._quiet_since = now


def listen(order: GatewayOrder) -> socket.socket:
    """The socket of a gateway. Raises Conflict for a port that is taken."""
    try:
        return socket.create_server((order.host, order.port), backlog=128)
    except OSError as error:
        raise Conflict(f"port {order.port} on {order.host} cannot be listened on") from error
