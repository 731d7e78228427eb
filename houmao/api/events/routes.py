"""The route that tells every change as it happens."""

from typing import Any

from flask import Response, request

from houmao.api.context import context, streamed
from houmao.api.events.stream import feed, gap_after, is_event_id, opening
from houmao.api.http.resource import EVENT_STREAM, LOOKUP_ERRORS, Resource
from houmao.api.http.validation import InvalidRequest, StrictSchema, Text, violation
from houmao.api.services.feeds import order
from houmao.clock import monotonic
from houmao.state.read import BEFORE_ALL

events = Resource("events", "Changes as they happen")


class EventsQuery(StrictSchema):
    agent = Text(load_default=None, metadata={"description": "Only this agent (id or name)."})


@events.answers("GET", "/houmao/events", EVENT_STREAM, errors=LOOKUP_ERRORS, query=EventsQuery)
def follow(query: dict[str, Any]) -> Response:
    """Stream every change of every agent, or of one; `Last-Event-ID` resumes after that event."""
    services, reader = context(), context().reader
    agent = reader.resolve(query["agent"]).key if query["agent"] else None
    resumed, newest = _resume_id(), reader.last_event_id()
    # Redis has lost its data, and all that it has now happened since, by another clock perhaps.
    if resumed is not None and order(resumed) > order(newest):
        after_id, gap = BEFORE_ALL, gap_after(resumed)
    else:
        after_id, gap = resumed or newest, ""
    return streamed(services, opening(after_id, gap), feed(after_id, agent, monotonic()))


def _resume_id() -> str | None:
    """The event the client saw last, None for a new client. Raises InvalidRequest."""
    after_id = request.headers.get("Last-Event-ID")
    if after_id and not is_event_id(after_id):
        place = ["header", "Last-Event-ID"]
        raise InvalidRequest([violation(list(place), "must be the id of an event", after_id)])
    return after_id or None
