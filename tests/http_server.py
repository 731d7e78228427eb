"""HTTP servers of the tests' own, which answer on a thread beside the test that talks to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from threading import Thread
from typing import TypeVar

ServerT = TypeVar("ServerT", bound=HTTPServer)


@contextmanager
def served(server: ServerT) -> Iterator[ServerT]:
    """The server answers until the end, and then is closed."""
    with server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
