"""What becomes of one call when a gateway is slow, or never ends."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from houmao.gateway.client import GatewayAway, GatewayClient

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


@contextmanager
def gateway(first: bytes, then: bytes) -> Iterator[int]:
    """Port of something that says `first`, then `then` every hundredth of a second."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.recv(1000)
                try:
                    caller.sendall(first)
                    while then:
                        time.sleep(0.01)
                        caller.sendall(then)
                    caller.recv(1)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(("first", "then"), [(b"", b""), (HEAD, b""), (HEAD, b"x")])
def test_a_slow_gateway_is_away_in_time(first: bytes, then: bytes) -> None:
    """It says nothing, half of its answer, or its answer byte by byte."""
    with gateway(first, then) as port:
        began = time.monotonic()
        with pytest.raises(GatewayAway, match="does not answer"):
            GatewayClient("127.0.0.1", port, timeout_seconds=0.2).call("GET", "/v1/status")
    assert time.monotonic() - began < 2


def test_an_answer_has_a_largest_size() -> None:
    with gateway(HEAD + b"x" * 999, b"") as port, pytest.raises(GatewayAway, match="too long"):
        GatewayClient("127.0.0.1", port, largest_answer=100).call("GET", "/v1/status")
