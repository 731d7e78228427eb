"""Server-Sent Events from the fleet's stream of changes.

An event's id is its place in the stream, so a client that names the last one it saw misses
nothing. Every stream ends by itself after some minutes: clients resume, and processes can be
replaced. This file knows Redis' answers, not Flask's requests.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from redis.exceptions import RedisError

from houmao.api.http.answers import Wire, dump
from houmao.api.launches.projection import launch_event
from houmao.api.requests.projection import request_event
from houmao.api.services.streams import BATCH, BLOCK_MS, HEARTBEAT_SECONDS, RETRY_SECONDS
from houmao.api.turns.projection import turn_event
from houmao.clock import monotonic
from houmao.ids import AgentKey
from houmao.state.codec import PUBLIC_FIELDS
from houmao.state.read import StateReader
from houmao.state.values import (
    FleetEvent,
)

#: Seconds after which a stream ends.
LIFETIME_SECONDS = 300.0

_EVENT_ID = re.compile(r"[0-9]{1,20}(-[0-9]{1,20})?")


def is_event_id(text: str) -> bool:
    """True for a place in the stream, such as `1763721000000-0`."""
    return _EVENT_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class EventStream:
    """One client's view of the fleet's events; `agent` None means all of them."""

    reader: StateReader
    ending: Callable[[], bool]
    agent: AgentKey | None = None

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
        return self.agent is None or found.is_about(self.agent)


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
    return "transition", transition(found)


def transition(found: FleetEvent) -> Wire:
    """One change of one agent: every public field after it, null where none applies."""
    fields = found.fields
    return {
        "agent_id": found.agent_id,
        "agent_name": found.agent_name,
        "recorded_at": fields.get("recorded_at"),
        "summary": fields.get("summary", ""),
        "changed_fields": fields.get("changed_fields", "").split(),
        **{name: fields.get(name) for name in PUBLIC_FIELDS},
    }
