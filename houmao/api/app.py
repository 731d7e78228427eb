"""The Flask application, made of its collaborators; it wires and decides nothing."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from uuid import uuid4

from flask import Flask
from redis import Redis

from houmao import clock, token
from houmao.api import errors, guard, shutdown
from houmao.api.agents import agents
from houmao.api.context import EXTENSION, Context
from houmao.api.docs import docs
from houmao.api.events import events
from houmao.api.explain import explain
from houmao.api.frames import frames
from houmao.api.handover import Handover, Hosts
from houmao.api.headless import Headless
from houmao.api.launches import launches
from houmao.api.launching import Launching
from houmao.api.managed import managed
from houmao.api.requests import requests
from houmao.api.server import server
from houmao.api.streams import Streams
from houmao.api.terminals import terminals
from houmao.api.turns import turns
from houmao.api.waiting import Waiting
from houmao.config import Settings
from houmao.state.launches import LaunchStore
from houmao.state.read import StateReader
from houmao.state.requests import RequestStore
from houmao.state.terminals import TerminalStore
from houmao.state.turns import TurnStore
from houmao.terminals.files import RegistrationFiles

#: Event streams one process serves at a time; fewer than its threads, so that reads never wait.
STREAM_PLACES = 32


def create_app(
    settings: Settings,
    redis: Redis,
    hosts: Hosts,
    *,
    terminate: Callable[[int], None] = shutdown.terminate_soon,
    now: Callable[[], float] = clock.now,
    stream_places: int = STREAM_PLACES,
) -> Flask:
    """The API. `redis` answers in text and within a bounded time (`houmao.state.connect`)."""
    reader, store, streams = StateReader(redis), RequestStore(redis), Streams(stream_places)
    launching = Launching(LaunchStore(redis), hosts, now)
    headless = Headless(TurnStore(redis), reader, hosts, settings.host_id)
    app = Flask("houmao", static_folder=None)
    app.config.from_mapping(_description())
    # A doubled slash is an unknown path, not a redirect.
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = Context(
        settings=settings,
        reader=reader,
        store=store,
        terminals=TerminalStore(redis),
        registrations=RegistrationFiles(settings.terminals_root),
        hosts=hosts,
        handover=Handover(store, hosts, now, _request_id),
        launching=launching,
        headless=headless,
        waiting=Waiting(store, launching, reader, streams, headless),
        terminate=terminate,
        now=now,
        streams=streams,
    )
    guard.install(app, {*guard.LOOPBACK_NAMES, settings.host, *settings.trusted_hosts})
    if settings.needs_token:
        guard.ask_for(app, token.read(settings.token_file))
    api = errors.register(app)
    for resource in (
        server,
        launches,
        turns,
        agents,
        explain,
        frames,
        requests,
        terminals,
        managed,
        events,
    ):
        api.register_blueprint(resource)
    app.register_blueprint(docs)
    return app


def _description() -> dict[str, object]:
    return {
        "API_TITLE": "Houmao",
        "API_VERSION": _version(),
        "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/houmao",
        "OPENAPI_JSON_PATH": "openapi.json",
        "PROVIDE_AUTOMATIC_OPTIONS": False,
    }


def _request_id() -> str:
    return f"mreq-{uuid4().hex[:12]}"


def _version() -> str:
    try:
        return version("Houmao")
    except PackageNotFoundError:
        return "0"
