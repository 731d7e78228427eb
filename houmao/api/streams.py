"""Server-Sent Events from the fleet's stream of changes.

An event's id is its place in the stream, so a client that names the last one it saw misses
nothing. Every stream ends by itself after some minutes: clients resume, and processes can be
replaced. This file knows Redis' answers, not Flask's requests.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis.exceptions import RedisError

from houmao.api.headless_projection import turn_event
from houmao.api.projection import event
from houmao.api.request_projection import launch_event, request_event
from houmao.api.wire import Wire, dump
from houmao.clock import monotonic
from houmao.errors import Unavailable
from houmao.state.read import StateReader
from houmao.state.values import FleetEvent

#: Milliseconds one read waits for events: the longest a stopping process waits for a stream.
BLOCK_MS = 500
#: Events one read takes.
BATCH = 200
#: Seconds of silence after which a comment proves that the stream is alive.
HEARTBEAT_SECONDS = 5.0
#: Seconds after which a stream ends.
LIFETIME_SECONDS = 300.0
#: Seconds between two tries while Redis is away.
RETRY_SECONDS = 0.5
#: Seconds after which a client that found no place may ask again.
FULL_RETRY_AFTER = 5

_EVENT_ID = re.compile(r"[0-9]{1,20}(-[0-9]{1,20})?")


def is_event_id(text: str) -> bool:
    """True for a place in the stream, such as `1763721000000-0`."""
    return _EVENT_ID.fullmatch(text) is not None


def _never() -> bool:
    return False


class Streams:
    """The places for streams and waiting callers in one process; each holds one of its threads."""

    def __init__(self, places: int) -> None:
        self._free = threading.BoundedSemaphore(places)
        self._ending: Callable[[], bool] = _never

    def enter(self) -> Callable[[], None]:
        """Take a place; the result gives it back. Raises Unavailable when all are taken."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("all places for waiting are taken; try again later", FULL_RETRY_AFTER)
        return self._free.release

    @contextmanager
    def place(self, *, wanted: bool) -> Iterator[None]:
        """A place for as long as the block runs, if one is wanted. Raises Unavailable."""
        leave = self.enter() if wanted else None
        try:
            yield
        finally:
            if leave is not None:
                leave()

    def end_when(self, ending: Callable[[], bool]) -> None:
        """Let every stream end within a second once `ending()` is true."""
        self._ending = ending

    def ending(self) -> bool:
        """True when the process wants to end."""
        return self._ending()


@dataclass(frozen=True, slots=True)
class Stream:
    """One client's view of the fleet's events; `agent_id` None means all agents."""

    reader: StateReader
    ending: Callable[[], bool]
    agent_id: str | None = None

    def lines(self, after_id: str, *, gap: bool = False) -> Iterator[str]:
        """Text of the stream from the first event after `after_id` on.

        `gap` says that some of these are kept no longer; the client is told before the rest.
        """
        end = monotonic() + LIFETIME_SECONDS
        yield f"retry: 1000\nid: {after_id}\n\n"
        if gap:
            yield f"event: gap\ndata: {dump({'after': after_id})}\n\n"
        said_at = monotonic()
        while not self.ending() and monotonic() < end:
            events = self._read(after_id)
            after_id = events[-1].event_id if events else after_id
            text = "".join(frame(each) for each in events if self._wanted(each))
            if not text and monotonic() - said_at >= HEARTBEAT_SECONDS:
                # An id without data moves a client on past the events of other agents.
                text = f": still here\nid: {after_id}\n\n"
            if text:
                said_at = monotonic()
                yield text

    def _read(self, after_id: str) -> list[FleetEvent]:
        try:
            return self.reader.events(after_id, BLOCK_MS, BATCH)
        except RedisError:
            time.sleep(RETRY_SECONDS)
            return []

    def _wanted(self, found: FleetEvent) -> bool:
        return self.agent_id in (None, found.agent_id)


def frame(found: FleetEvent) -> str:
    """One event in the stream's format."""
    kind, data = _told(found)
    return f"id: {found.event_id}\nevent: {kind}\ndata: {dump(data)}\n\n"


def _told(found: FleetEvent) -> tuple[str, Wire]:
    """What an event is about, and what is told of it."""
    if "request_id" in found.fields:
        return "request", request_event(found)
    if "launch_id" in found.fields:
        return "launch", launch_event(found)
    if "turn_id" in found.fields:
        return "turn", turn_event(found)
    return "transition", event(found)
