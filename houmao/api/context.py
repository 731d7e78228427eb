"""What views may reach: the settings and the collaborators the app was made with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Response, current_app

from houmao.api.http.access import Credentials
from houmao.api.http.open_answer import body
from houmao.api.services.crews import Crews
from houmao.api.services.fanout import Fanout
from houmao.api.services.feeds import Feed
from houmao.api.services.handover import Handover
from houmao.api.services.headless import HeadlessAgents
from houmao.api.services.hosts import Hosts
from houmao.api.services.launches import Launches
from houmao.api.services.streams import Streams
from houmao.api.services.waiting import Waiting
from houmao.config import Settings
from houmao.state.hosts import HostStore
from houmao.state.read import StateReader
from houmao.state.requests import RequestStore
from houmao.state.sign_ins import UsedCodes
from houmao.state.terminals import TerminalStore
from houmao.terminals.files import RegistrationFiles

EXTENSION = "houmao"


@dataclass(frozen=True, slots=True)
class Context:
    """The collaborators of one app."""

    settings: Settings
    reader: StateReader
    store: RequestStore
    #: Registered terminals: what is known of them, and their files.
    terminals: TerminalStore
    registrations: RegistrationFiles
    hosts: Hosts
    #: What Redis holds of each host.
    host_store: HostStore
    handover: Handover
    crews: Crews
    launching: Launches
    headless: HeadlessAgents
    waiting: Waiting
    #: Ends the process with this id, a moment later.
    terminate: Callable[[int], None]
    #: Seconds since the epoch.
    now: Callable[[], float]
    streams: Streams
    fanout: Fanout
    credentials: Credentials
    used_codes: UsedCodes


def context() -> Context:
    """The collaborators of the app that serves this request."""
    found: Context = current_app.extensions[EXTENSION]
    return found


def streamed(services: Context, opening: str, feed: Feed) -> Response:
    """An answer that begins so and goes on with the feed. Raises Unavailable."""
    services.fanout.check_room()
    pieces = body(opening, partial(services.fanout.join, feed), detaches=services.streams.detaches)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(pieces, headers=headers, content_type="text/event-stream")
