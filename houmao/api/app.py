"""The Flask application, made of its collaborators; it wires and decides nothing."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from flask import Flask
from redis import Redis

from houmao import clock
from houmao.api import errors, guard, shutdown
from houmao.api.agents import agents
from houmao.api.context import EXTENSION, Context, Refresher
from houmao.api.docs import docs
from houmao.api.events import events
from houmao.api.explain import explain
from houmao.api.managed import managed
from houmao.api.server import server
from houmao.api.streams import Streams
from houmao.config import Settings
from houmao.state.read import StateReader

#: Event streams one process serves at a time; fewer than its threads, so that reads never wait.
STREAM_PLACES = 32


def create_app(
    settings: Settings,
    redis: Redis,
    jobs: Refresher,
    *,
    terminate: Callable[[int], None] = shutdown.terminate_soon,
    now: Callable[[], float] = clock.now,
    stream_places: int = STREAM_PLACES,
) -> Flask:
    """The API. `redis` answers in text and within a bounded time (`houmao.state.connect`)."""
    app = Flask("houmao", static_folder=None)
    app.config.from_mapping(
        API_TITLE="Houmao",
        API_VERSION=_version(),
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/houmao",
        OPENAPI_JSON_PATH="openapi.json",
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    # A doubled slash is an unknown path, not a redirect.
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = Context(
        settings, StateReader(redis), jobs, terminate, now, Streams(stream_places)
    )
    guard.install(app, {*guard.LOOPBACK_NAMES, settings.host, *settings.trusted_hosts})
    api = errors.register(app)
    for resource in (server, agents, explain, managed, events):
        api.register_blueprint(resource)
    app.register_blueprint(docs)
    return app


def _version() -> str:
    try:
        return version("Houmao")
    except PackageNotFoundError:
        return "0"
