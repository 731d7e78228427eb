"""The Flask application, made of its collaborators; it wires and decides nothing."""

import os
from collections.abc import Callable
from uuid import uuid4

from flask import Flask
from redis import Redis

from houmao import config
from houmao.api.agents.routes import agents
from houmao.api.context import EXTENSION, Context
from houmao.api.dialogs.routes import dialogs
from houmao.api.events.routes import events
from houmao.api.explain.routes import explain
from houmao.api.frames.routes import frames
from houmao.api.gateways.routes import gateways
from houmao.api.hosts.routes import hosts as host_routes
from houmao.api.http import audit, errors, guard
from houmao.api.http.access import Access, Credentials, cookie_name, credentials_only, own_user_or
from houmao.api.http.description import description, docs
from houmao.api.journal.routes import journal
from houmao.api.launches.routes import launches
from houmao.api.managed.routes import managed
from houmao.api.page.routes import page
from houmao.api.page.session import session
from houmao.api.requests.routes import requests
from houmao.api.server import process as shutdown
from houmao.api.server.routes import server
from houmao.api.services.handover import Handover
from houmao.api.services.headless import HeadlessAgents
from houmao.api.services.hosts import Hosts
from houmao.api.services.launches import Launches
from houmao.api.services.streams import Streams
from houmao.api.services.waiting import Waiting
from houmao.api.terminals.routes import terminals
from houmao.api.turns.routes import turns
from houmao.config import Settings
from houmao.jobs import Jobs
from houmao.named_tokens import NamedTokens
from houmao.state.connect import PROMPT, PROMPT_JOBS, connect
from houmao.state.hosts import HostStore
from houmao.state.launches import LaunchStore
from houmao.state.read import StateReader
from houmao.state.redis_clock import synchronised
from houmao.state.requests import RequestStore
from houmao.state.sign_ins import UsedCodes
from houmao.state.terminals import TerminalStore
from houmao.state.turns import TurnStore
from houmao.terminals.files import RegistrationFiles

#: Event streams one process serves at a time; fewer than its threads, so that reads never wait.
STREAM_PLACES = 32
_RESOURCES = (
    server,
    host_routes,
    launches,
    turns,
    agents,
    explain,
    journal,
    frames,
    requests,
    dialogs,
    terminals,
    managed,
    gateways,
    events,
    session,
)


def create_app(
    settings: Settings,
    redis: Redis,
    hosts: Hosts,
    *,
    terminate: Callable[[int], None] = shutdown.terminate_soon,
    now: Callable[[], float] | None = None,
    stream_places: int = STREAM_PLACES,
) -> Flask:
    """The API. `redis` answers in text and within a bounded time (`houmao.state.connect`).

    `now` is in seconds since the epoch, Redis's time when it is None.
    """
    time = synchronised(redis)
    now = now or time.now
    reader, store = StateReader(redis, now, time.note), RequestStore(redis)
    streams = Streams(stream_places)
    launching = Launches(LaunchStore(redis), hosts, now)
    headless = HeadlessAgents(TurnStore(redis), reader, hosts, settings.host_id)
    credentials = _credentials(settings, now)
    app = Flask("houmao", static_folder=None)
    app.config.from_mapping(description())
    # A doubled slash is an unknown path, not a redirect.
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = Context(
        settings=settings,
        reader=reader,
        store=store,
        terminals=TerminalStore(redis),
        registrations=RegistrationFiles(settings.terminals_root),
        hosts=hosts,
        host_store=HostStore(redis),
        handover=Handover(store, hosts, now, _request_id),
        launching=launching,
        headless=headless,
        waiting=Waiting(store, launching, reader, streams, headless),
        terminate=terminate,
        now=now,
        streams=streams,
        credentials=credentials,
        used_codes=UsedCodes(redis),
    )
    names = {*guard.LOOPBACK_NAMES, settings.host, *settings.trusted_hosts}
    guard.install(app, names, _access(settings, credentials))
    audit.install(app, settings.audit_log, now)
    api = errors.register(app)
    for resource in _RESOURCES:
        api.register_blueprint(resource)
    app.register_blueprint(docs)
    app.register_blueprint(page)
    return app


def _credentials(settings: Settings, now: Callable[[], float]) -> Credentials:
    named = NamedTokens(settings.named_tokens_file)
    return Credentials(settings.token_file, named, cookie_name(settings.port), now)


def _access(settings: Settings, credentials: Credentials) -> Access:
    if settings.needs_token:
        return credentials_only(credentials)
    return own_user_or(credentials, os.getuid())


def _request_id() -> str:
    return f"mreq-{uuid4().hex[:12]}"


def build() -> Flask:
    """One process's application. Raises ConfigError naming an unusable setting."""
    settings = config.load()
    url = settings.effective_redis_url
    redis = connect(url, PROMPT)
    time = synchronised(redis)
    watched = StateReader(redis, time.now, time.note).check_watched
    return create_app(settings, redis, Jobs(connect(url, PROMPT_JOBS), watched))
