"""Routes that have a host launch agents, and tell how that went."""

from typing import Any

from marshmallow import fields

from houmao.api.context import context
from houmao.api.http.answers import AnswerSchema, Wire, choice, many, text
from houmao.api.http.resource import Resource
from houmao.api.http.validation import (
    Flag,
    LimitQuery,
    ObjectOf,
    Seconds,
    StrictSchema,
    Text,
    not_blank,
    one_of,
)
from houmao.api.launches.mailbox import MailboxBody, mailbox_wishes
from houmao.api.launches.projection import launch_view
from houmao.api.services.launches import new_tracked_id
from houmao.errors import NotFound
from houmao.requests.launch_ticket import LaunchOutcome, LaunchState
from houmao.tools.catalog import DEFAULT_PROVIDER, PROVIDERS

#: Longest time in seconds a caller may wait for a launch.
LONGEST_WAIT = 120.0
_BASE = "/houmao/agents/launches"


class LaunchQuery(StrictSchema):
    wait = Seconds(
        most=LONGEST_WAIT,
        load_default=0.0,
        metadata={"description": "Answer when it has ended, after at most so many seconds."},
    )


class LaunchBody(StrictSchema):
    agents = Text(required=True, validate=not_blank, metadata={"description": "Which recipe."})
    provider = Text(
        load_default=DEFAULT_PROVIDER,
        validate=one_of(*PROVIDERS),
        metadata={"description": "Which tool."},
    )
    host = Text(load_default="", metadata={"description": "Which host; else the server's own."})
    agent_name = Text(load_default="", metadata={"description": "Else the recipe says it."})
    agent_id = Text(load_default="")
    session_name = Text(load_default="")
    working_directory = Text(
        load_default="", metadata={"description": "Absolute; else the server's own."}
    )
    agent_def_dir = Text(load_default="", metadata={"description": "Absolute; else the host's."})
    headless = Flag(
        load_default=False, metadata={"description": "Run it turn by turn, without a screen."}
    )
    mailbox = ObjectOf(
        MailboxBody,
        load_default=None,
        allow_none=True,
        metadata={"description": "How it gets mail; else the recipe says it."},
    )


class LaunchSchema(AnswerSchema):
    status = choice(["ok"], "The launch was taken; `outcome` tells how it went.")
    launch_id = text()
    host = text()
    state = choice(LaunchState)
    outcome = choice(LaunchOutcome, "How it ended, null before that.", allow_none=True)
    detail = text("A sentence about it.")
    agents = text()
    provider = text()
    agent_name = text(allow_none=True)
    agent_id = text(allow_none=True)
    tmux_session_name = text(allow_none=True)
    manifest_path = text(allow_none=True)
    tracked_agent_id = text("Of a headless agent.", allow_none=True)
    created_at = text()
    ended_at = fields.String(required=True, allow_none=True)


class LaunchListSchema(AnswerSchema):
    launches = many(LaunchSchema)


launches = Resource("launches", "Launching agents")


@launches.answers(
    "POST", _BASE, LaunchSchema, errors=(404, 422, 503), query=LaunchQuery, body=LaunchBody
)
def launch(query: dict[str, Any], body: dict[str, Any]) -> Wire:
    """Have a host build a recipe and start it as an agent in a tmux session of its own."""
    services, host = context(), _launching(body.pop("host"))
    body.update(mailbox_wishes(body.pop("mailbox")))
    body["tracked_agent_id"] = new_tracked_id() if body.pop("headless") else ""
    with services.streams.place(wanted=query["wait"] > 0):
        taken = services.launching.submit(host, **body)
        found = services.waiting.launched(taken, query["wait"])
    return launch_view(found)


def _launching(host: str) -> str:
    """The host that is to launch. Raises NotFound, and Unavailable for one that is cut off."""
    services = context()
    if host in ("", services.settings.host_id):
        return services.settings.host_id
    services.host_store.holdings(host)
    services.reader.check_watched(host)
    return host


@launches.answers("GET", _BASE, LaunchListSchema, errors=[503], query=LimitQuery)
def recent(query: dict[str, Any]) -> Wire:
    """Tell this host's latest launches, newest first."""
    services = context()
    found = services.launching.recent(services.settings.host_id, query["limit"])
    return {"launches": [launch_view(each) for each in found]}


@launches.answers("GET", f"{_BASE}/<launch_id>", LaunchSchema, errors=(404, 503), query=LaunchQuery)
def show(query: dict[str, Any], launch_id: str) -> Wire:
    """Tell how a launch went; `wait` waits for its end."""
    services = context()
    found = services.launching.find(launch_id)
    if found is None:
        raise NotFound(f"there is no launch {launch_id!r}")
    with services.streams.place(wanted=query["wait"] > 0):
        return launch_view(services.waiting.launched(found, query["wait"]))
