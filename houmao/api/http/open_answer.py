"""The body of an answer that goes on after its request: a head, and then whatever comes.

Any WSGI server can send it, with a thread that waits for each. One that can keep a connection
without a thread says so, and is handed the client instead.
"""

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Protocol


class Sink(Protocol):
    """Takes what the client is told."""

    def send(self, text: str) -> bool:
        """Have it told without waiting, and whether the client is still there."""
        ...

    def close(self) -> None:
        """Let the client go."""
        ...


class Detached(OSError):
    """The answer's beginning was sent, and the rest needs no thread.

    An OSError, because gunicorn's worker hands these on as they are.
    """

    def __init__(self, attach: Callable[[Sink], None]) -> None:
        super().__init__("the answer goes on without a thread")
        #: Have a sink told the rest.
        self.attach = attach


class QueueSink:
    """The sink of a server that has a thread for each answer."""

    def __init__(self) -> None:
        self._texts: SimpleQueue[str | None] = SimpleQueue()
        self.gone = False

    def send(self, text: str) -> bool:
        if text:
            self._texts.put(text)
        return not self.gone

    def close(self) -> None:
        self._texts.put(None)

    def __iter__(self) -> Iterator[str]:
        while (text := self._texts.get()) is not None:
            yield text


def body(head: str, attach: Callable[[Sink], None], *, detaches: bool) -> Iterator[str]:
    """The pieces of the answer. `attach` has a sink told the rest, from a thread of its own."""
    yield head
    if detaches:
        raise Detached(attach)
    sink = QueueSink()
    try:
        attach(sink)
        yield from sink
    finally:
        sink.gone = True
