"""The reading client understands answers, however they are cut into packets."""

import socket
import threading

import pytest

from benchmarks.reads import content_length, read_for

BODY = b'{"turn": {"phase": "ready"}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


@pytest.mark.parametrize(
    ("head", "length"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 12", 12),
        (b"HTTP/1.1 200 OK\r\ncontent-length:7\r\nX: y", 7),
        (b"HTTP/1.1 204 No Content", 0),
    ],
)
def test_content_length(head: bytes, length: int) -> None:
    assert content_length(head) == length


def serve(listener: socket.socket, pieces: list[bytes]) -> None:
    """Answer every request of one connection, in pieces, until the client closes it."""
    connection, _ = listener.accept()
    with connection:
        while connection.recv(4096):
            for piece in pieces:
                connection.sendall(piece)


def test_one_connection_serves_many_reads() -> None:
    """The client keeps its connection and waits for the whole body."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pieces = [ANSWER[:20], ANSWER[20:50], ANSWER[50:]]
        server = threading.Thread(target=serve, args=(listener, pieces))
        server.start()
        found = read_for(listener.getsockname()[1], "/x", 0.05)
        server.join(5)
    assert found["failures"] == 0
    latencies = found["latencies"]
    assert isinstance(latencies, list)
    assert len(latencies) > 1
