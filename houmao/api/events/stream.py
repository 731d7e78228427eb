"""Server-Sent Events from the fleet's stream of changes.

An event's id is its place in the stream, so a client that names the last one it saw misses
nothing. Every stream ends by itself after some minutes: clients resume, and processes can be
replaced. This file knows Redis' answers, not Flask's requests.
"""

import re

from houmao.api.http.answers import Wire, dump
from houmao.api.launches.projection import launch_event
from houmao.api.requests.projection import request_event
from houmao.api.services.feeds import Entry, Feed, all_of
from houmao.api.turns.projection import turn_event
from houmao.ids import AgentKey
from houmao.state.codec import PUBLIC_FIELDS, event_from
from houmao.state.keys import EVENTS
from houmao.state.values import FleetEvent

#: Seconds after which a stream ends.
LIFETIME_SECONDS = 300.0

_EVENT_ID = re.compile(r"[0-9]{1,20}(-[0-9]{1,20})?")


def is_event_id(text: str) -> bool:
    """True for a place in the stream, such as `1763721000000-0`."""
    return _EVENT_ID.fullmatch(text) is not None


def opening(after_id: str, gap: str = "") -> str:
    """What a stream begins with, and word of a gap before it, if there is one."""
    return f"retry: 1000\nid: {after_id}\n\n{gap}"


def gap_after(event_id: str) -> str:
    """What tells a client that events after that one are kept no longer."""
    return f"event: gap\ndata: {dump({'after': event_id})}\n\n"


def feed(after_id: str, agent: AgentKey | None, now: float) -> Feed:
    """One client's view of the fleet's events; `agent` None means all of them."""
    wanted = all_of if agent is None else lambda it: event_from(*it).is_about(agent)
    ends_at = now + LIFETIME_SECONDS
    return Feed(
        EVENTS, after_id, _text_of, ends_at, wanted=wanted, gap_after=gap_after, said_at=now
    )


def _text_of(entry: Entry) -> str:
    return frame(event_from(*entry))


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
        "host": fields.get("host"),
        "recorded_at": fields.get("recorded_at"),
        "summary": fields.get("summary", ""),
        "changed_fields": fields.get("changed_fields", "").split(),
        **{name: fields.get(name) for name in PUBLIC_FIELDS},
        "unseen": "unseen" in fields,
    }
