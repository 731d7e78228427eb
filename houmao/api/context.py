"""What views may reach: the settings and the collaborators the app was made with."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from houmao.api.http.access import Credentials
from houmao.api.services.crews import Crews
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
    credentials: Credentials
    used_codes: UsedCodes


def context() -> Context:
    """The collaborators of the app that serves this request."""
    found: Context = current_app.extensions[EXTENSION]
    return found
