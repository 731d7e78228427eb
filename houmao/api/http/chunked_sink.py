"""A client whose answer goes on: told without a thread, and let go when it does not listen."""

import socket
from collections.abc import Callable

#: Bytes that may wait for a client; one that takes so little is let go, and may come again.
MOST_WAITING = 1024 * 1024


class ChunkedSink:
    """Sends pieces of an answer whose head was sent, as chunks where the client knows them."""

    def __init__(
        self, client: socket.socket, version: tuple[int, int], ended: Callable[[], None]
    ) -> None:
        """`ended` is called once, when nothing will be sent any more."""
        self._client = client
        self._chunked = version > (1, 0)
        self._ended = ended
        self._waiting = bytearray()
        client.setblocking(False)

    def send(self, text: str) -> bool:
        """Send what the client takes now; False once it is gone or too far behind."""
        if text:
            data = text.encode("utf-8", "replace")
            self._waiting += b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data
        return self._flush() and self._is_there()

    def close(self) -> None:
        """Say that this was all."""
        if self._chunked and not self._waiting:
            self._waiting += b"0\r\n\r\n"
            self._flush()
        self._ended()

    def _flush(self) -> bool:
        try:
            while self._waiting:
                del self._waiting[: self._client.send(self._waiting)]
        except BlockingIOError:
            return len(self._waiting) <= MOST_WAITING
        except OSError:
            return False
        return True

    def _is_there(self) -> bool:
        """Whether the client has not closed its side; it has nothing to say."""
        try:
            return bool(self._client.recv(4096))
        except BlockingIOError:
            return True
        except OSError:
            return False
