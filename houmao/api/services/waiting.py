"""Waits until a request has come as far as its caller wants to know.

The fleet's events are the bell; what they ring for is read from the request itself. A waiting
caller holds a thread, so that the places for waiting are counted with those for streams.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from houmao.api.services import headless
from houmao.api.services.headless import HeadlessAgents
from houmao.api.services.launches import Launches
from houmao.api.services.streams import BATCH, BLOCK_MS, Streams
from houmao.clock import monotonic
from houmao.errors import NotFound
from houmao.headless.records import TurnRecord
from houmao.requests.launch_ticket import LaunchTicket
from houmao.requests.request import TAKEN, Request
from houmao.state.connect import RedisAway
from houmao.state.read import StateReader
from houmao.state.requests import RequestStore
from houmao.state.values import AgentIdentity

T = TypeVar("T")
#: What became of each agent of a fan-out, with its turn as it is now.
FanOut = list[tuple[Mapping[str, Any], TurnRecord | None]]

#: Longest time in seconds a caller may wait for an answer.
LONGEST_WAIT = 600.0


class RequestMilestone(StrEnum):
    """The points of a request's life that one can wait for; its end is all of them."""

    #: Its first keystroke.
    TYPING = "typing"
    #: The end of its delivery.
    DELIVERY = "delivery"
    #: The verdict on the turn that it began.
    TURN = "turn"


def reached(request: Request, point: RequestMilestone) -> bool:
    """Whether there is nothing to wait for any more."""
    match point:
        case RequestMilestone.TYPING:
            return request.ended or request.typed_at is not None
        case RequestMilestone.DELIVERY:
            return request.ended
        case RequestMilestone.TURN:
            begun = request.outcome in TAKEN
            return request.ended and (not begun or request.turn_result is not None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where waiting callers wait."""

    store: RequestStore
    launching: Launches
    reader: StateReader
    streams: Streams
    headless: HeadlessAgents

    def until(self, request: Request, point: RequestMilestone, seconds: float) -> Request:
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

    def appeared(
        self,
        reference: str,
        seconds: float,
        wanted: Callable[[AgentIdentity], bool] = lambda it: True,
    ) -> AgentIdentity | None:
        """The agent once its host has seen it as is `wanted`, else what is known in time."""

        def look(_: AgentIdentity | None) -> AgentIdentity | None:
            with suppress(NotFound):
                return self.reader.resolve(reference)
            return None

        def is_wanted(found: AgentIdentity | None) -> bool:
            return found is not None and wanted(found)

        return self._until(look(None), is_wanted, look, monotonic() + seconds)

    def turned(self, record: TurnRecord, seconds: float) -> TurnRecord:
        """The turn at its end, or as it is after so many seconds or an outage."""
        end = monotonic() + seconds
        return self._until(record, lambda it: not it.active, self.headless.again, end)

    def told_more(self, record: TurnRecord, after: int, seconds: float) -> TurnRecord:
        """The turn once it has an event after that number, or has ended, or time is up."""
        end = monotonic() + seconds
        with suppress(RedisAway):
            while record.active and monotonic() < end and not self.streams.ending():
                left_ms = max(1, int(1000 * (end - monotonic())))
                if self.headless.await_event(record, after, min(BLOCK_MS, left_ms)):
                    break
                record = self.headless.again(record) or record
        return record

    def turned_of(self, fan_out_id: str, more_than: int | None, seconds: float) -> FanOut:
        """A fan-out's turns once more than so many have ended, or all, or time is up.

        Raises NotFound.
        """

        def enough(found: FanOut) -> bool:
            ended = sum(headless.is_over(*each) for each in found)
            return ended == len(found) or (more_than is not None and ended > more_than)

        return self._until(
            self.headless.fan_out_turns(fan_out_id),
            enough,
            lambda _: self.headless.fan_out_turns(fan_out_id),
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
