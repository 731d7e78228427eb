"""Clients that follow every event as open pages do, and what each of them was told.

As a browser does, a client whose stream ends asks for another from the last event that it had.
What was there to tell is read from Redis, so that nothing depends on what the others were told.
"""

import re
import select
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from houmao.api.services.feeds import order
from houmao.clock import monotonic
from houmao.config import Settings
from houmao.state import keys
from houmao.state.connect import connect
from houmao.state.read import StateReader
from tests.services import wait_until

#: What a stream says as a whole: a place in it, an event with its place, or that some are gone.
_SAID = re.compile(
    rb"(?:id: (?P<id>\d+-\d+)\n(?:event: (?P<event>\w+)\ndata: .*\n)?"
    rb"|event: (?P<gap>gap)\ndata: .*\n)\n"
)
#: Seconds after which a client asks again, as the stream's beginning wants it.
_RETRY_SECONDS = 1.0
_PATIENCE_SECONDS = 30.0


@dataclass(slots=True, eq=False)
class Follower:
    """One client; `first` and `last` are the places where it began and where it is."""

    port: int
    first: str = ""
    last: str = ""
    heard: list[str] = field(default_factory=list)
    gaps: int = 0
    resumed: int = 0
    connection: socket.socket | None = None
    _ask_at: float = 0.0
    _rest: bytes = b""

    def ask(self) -> None:
        """Ask for a stream from where it is, unless that was tried a moment ago."""
        if monotonic() < self._ask_at:
            return
        self._ask_at, self._rest = monotonic() + _RETRY_SECONDS, b""
        resume = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        head = f"GET /houmao/events HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{resume}\r\n"
        with suppress(OSError):
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
            self.connection.sendall(head.encode())
            self.resumed += bool(self.last)

    def take(self) -> None:
        """Take in what has come; without a connection once that has ended."""
        assert self.connection is not None
        data = b""
        with suppress(OSError):
            data = self.connection.recv(1 << 18)
        self._hear(data)
        if not data:
            self.connection.close()
            self.connection = None

    def _hear(self, data: bytes) -> None:
        self._rest += data
        end = 0
        for said in _SAID.finditer(self._rest):
            end = said.end()
            self.gaps += said["gap"] is not None
            self.last = (said["id"] or b"").decode() or self.last
            self.first = self.first or self.last
            if said["event"]:
                self.heard.append(self.last)
        self._rest = self._rest[end:]


@contextmanager
def following(port: int, count: int) -> Iterator[list[Follower]]:
    """That many clients, all of which have begun to follow, until the block ends."""
    crowd = [Follower(port) for _ in range(count)]
    ending = threading.Event()
    thread = threading.Thread(target=_follow, args=(crowd, ending))
    thread.start()
    try:
        wait_until(lambda: all(it.first for it in crowd), "all follow", _PATIENCE_SECONDS)
        yield crowd
    finally:
        ending.set()
        thread.join()


def _follow(crowd: Sequence[Follower], ending: threading.Event) -> None:
    while not ending.is_set():
        for each in crowd:
            if each.connection is None:
                each.ask()
        listening = {it.connection: it for it in crowd if it.connection}
        for ready in select.select(listening, (), (), 0.1)[0]:
            listening[ready].take()
    for each in crowd:
        if each.connection:
            each.connection.close()


@dataclass(frozen=True, slots=True)
class Tally:
    """What all clients together were told of what was there to tell."""

    told: int
    lost: int
    twice: int
    #: How often one was told to read anew, and how often one had to ask again.
    gaps: int
    resumed: int

    def __str__(self) -> str:
        return (
            f"events told {self.told}, lost {self.lost}, twice {self.twice}; "
            f"gaps told {self.gaps}, streams resumed {self.resumed}"
        )


def counted(settings: Settings, crowd: Sequence[Follower]) -> Tally:
    """Hold what each was told against the stream in Redis, as far as that reaches by now."""
    with closing(connect(settings.effective_redis_url)) as redis:
        until = order(StateReader(redis).last_event_id())
        wait_until(lambda: all(order(it.last) >= until for it in crowd), "all is told", 30)
        # redis-py does not know that ours answers with text.
        every: Any = redis.xrange(keys.EVENTS)
    published = [order(number) for number, _ in every]
    return tally(crowd, [it for it in published if it <= until])


def tally(crowd: Sequence[Follower], published: Sequence[tuple[int, int]]) -> Tally:
    """What the clients were told of these events, the oldest first."""
    lost = twice = 0
    for each in crowd:
        heard = [order(it) for it in each.heard]
        due = {it for it in published if it > order(each.first)}
        lost += len(due - set(heard))
        twice += len(heard) - len(set(heard))
    told = sum(len(it.heard) for it in crowd)
    return Tally(told, lost, twice, sum(it.gaps for it in crowd), sum(it.resumed for it in crowd))
