"""The route that shows an agent's screens as its tracker takes them in."""

from typing import Any

from flask import Response

from houmao.api.context import context
from houmao.api.frames.stream import FrameStream
from houmao.api.http.resource import EVENT_STREAM, LOOKUP_ERRORS, Resource
from houmao.api.http.validation import Seconds, StrictSchema

#: Longest recording in seconds.
LONGEST = 3600.0

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

frames = Resource("frames", "Screens as an agent's tracker takes them in")


class FramesQuery(StrictSchema):
    seconds = Seconds(
        most=LONGEST, load_default=30.0, metadata={"description": "For how long, up to an hour."}
    )


@frames.answers(
    "GET",
    "/houmao/agents/<agent_ref>/frames",
    EVENT_STREAM,
    errors=LOOKUP_ERRORS,
    query=FramesQuery,
)
def record(query: dict[str, Any], agent_ref: str) -> Response:
    """Stream the screen as it is, then every screen and input the agent's tracker takes in."""
    services = context()
    agent = services.reader.resolve(agent_ref)
    recording = FrameStream(services.reader, services.hosts, services.streams, agent)
    first = recording.begin()
    leave = services.streams.enter()
    lines = recording.lines(first, query["seconds"])
    response = Response(lines, headers=_HEADERS, content_type=EVENT_STREAM)
    # Not in the generator: one that was never begun would not run its `finally`.
    response.call_on_close(leave)
    return response
