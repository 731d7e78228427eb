"""The route that shows an agent's screens as its tracker takes them in."""

from typing import Any

from flask import Response

from houmao.api.context import context, streamed
from houmao.api.frames.stream import begun
from houmao.api.http.resource import EVENT_STREAM, LOOKUP_ERRORS, Resource
from houmao.api.http.validation import Seconds, StrictSchema

#: Longest recording in seconds.
LONGEST = 3600.0

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
    opening, told = begun(services.reader, services.hosts, agent, query["seconds"])
    return streamed(services, opening, told)
