"""Routes that have a host launch agents, and tell how that went."""

from typing import Any

from flask import Response

from houmao.api.context import context
from houmao.api.http.answers import answer
from houmao.api.http.resource import Resource
from houmao.api.launches.projection import launch_view
from houmao.api.launches.schemas import LaunchBody, LaunchQuery, LaunchSchema
from houmao.api.services.launches import new_tracked_id
from houmao.errors import NotFound

_BASE = "/houmao/agents/launches"

launches = Resource("launches", "Launching agents")


@launches.answers(
    "POST", _BASE, LaunchSchema, errors=(422, 503), query=LaunchQuery, body=LaunchBody
)
def launch(query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Have this host build a recipe and start it as an agent in a tmux session of its own."""
    services = context()
    body["tracked_agent_id"] = new_tracked_id() if body.pop("headless") else ""
    with services.streams.place(wanted=query["wait"] > 0):
        taken = services.launching.submit(services.settings.host_id, **body)
        found = services.waiting.launched(taken, query["wait"])
    return answer(launch_view(found))


@launches.answers("GET", f"{_BASE}/<launch_id>", LaunchSchema, errors=(404, 503), query=LaunchQuery)
def show(query: dict[str, Any], launch_id: str) -> Response:
    """Tell how a launch went; `wait` waits for its end."""
    services = context()
    found = services.launching.find(launch_id)
    if found is None:
        raise NotFound(f"there is no launch {launch_id!r}")
    with services.streams.place(wanted=query["wait"] > 0):
        return answer(launch_view(services.waiting.launched(found, query["wait"])))
