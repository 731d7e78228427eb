"""Waits until a request has come as far as its caller wants to know.

The fleet's events are the bell; what they ring for is read from the request itself. A waiting
caller holds a thread, so that the places for waiting are counted with those for streams.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from houmao.api.launching import Launching
from houmao.api.streams import BATCH, BLOCK_MS, Streams
from houmao.clock import monotonic
from houmao.requests.request import Outcome, Request
from houmao.requests.ticket import LaunchTicket
from houmao.state.connect import RedisAway
from houmao.state.read import StateReader
from houmao.state.requests import RequestStore

T = TypeVar("T")

#: Longest time in seconds a caller may wait for an answer.
LONGEST_WAIT = 600.0


class Point(StrEnum):
    """The points of a request's life that one can wait for; its end is all of them."""

    #: Its first keystroke.
    TYPING = "typing"
    #: The end of its delivery.
    DELIVERY = "delivery"
    #: The verdict on the turn that it began.
    TURN = "turn"


def reached(request: Request, point: Point) -> bool:
    """Whether there is nothing to wait for any more."""
    match point:
        case Point.TYPING:
            return request.ended or request.typed_at is not None
        case Point.DELIVERY:
            return request.ended
        case Point.TURN:
            begun = request.outcome is Outcome.SUBMITTED
            return request.ended and (not begun or request.turn_result is not None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where waiting callers wait."""

    store: RequestStore
    launching: Launching
    reader: StateReader
    streams: Streams

    def until(self, request: Request, point: Point, seconds: float) -> Request:
        """The request at that point, or as it is after so many seconds or an outage."""
        return self._until(
            request,
            lambda it: reached(it, point),
            lambda it: self.store.get(it.request_id),
            monotonic() + seconds,
        )

    def launched(self, ticket: LaunchTicket, seconds: float) -> LaunchTicket:
        """The launch at its end, or as it is after so many seconds or an outage."""
        return self._until(
            ticket,
            lambda it: it.ended,
            lambda it: self.launching.find(it.launch_id),
            monotonic() + seconds,
        )

    def _until(
        self, found: T, done: Callable[[T], bool], now: Callable[[T], T | None], end: float
    ) -> T:
        try:
            bell = self.reader.last_event_id() if monotonic() < end else ""
            while not done(found) and monotonic() < end and not self.streams.ending():
                found = now(found) or found
                if not done(found):
                    bell = self._ring(bell, end)
        except RedisAway:
            # The host has been asked; that it cannot be asked again now is no failure of it.
            return found
        return found

    def _ring(self, bell: str, end: float) -> str:
        left_ms = max(1, int(1000 * (end - monotonic())))
        events = self.reader.events(bell, min(BLOCK_MS, left_ms), BATCH)
        return events[-1].event_id if events else bell
