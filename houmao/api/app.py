"""The Flask application, made of its collaborators; it wires and decides nothing."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from flask import Flask, Response
from redis import Redis

from houmao import config
from houmao.api.agents.routes import STATE, agents, plain_state
from houmao.api.cao.inbox import inbox
from houmao.api.cao.routes import cao
from houmao.api.context import EXTENSION, Context
from houmao.api.dialogs.routes import dialogs
from houmao.api.events.routes import events
from houmao.api.explain.routes import explain
from houmao.api.frames.routes import frames
from houmao.api.gateways.routes import gateways
from houmao.api.hosts.routes import hosts as host_routes
from houmao.api.http import audit, errors, guard
from houmao.api.http.access import (
    Access,
    Credentials,
    OwnUser,
    cookie_name,
    credentials_only,
    local_user,
    nobody,
    own_user_or,
)
from houmao.api.http.answers import PARTIAL
from houmao.api.http.closed_answers import ClosedAnswers
from houmao.api.http.description import description, docs
from houmao.api.http.direct_reads import DirectReads
from houmao.api.journal.routes import journal
from houmao.api.launches.routes import launches
from houmao.api.managed.routes import managed
from houmao.api.metrics.routes import metrics
from houmao.api.page.routes import page
from houmao.api.page.session import session
from houmao.api.pair.agents import pair_agents
from houmao.api.pair.face import PairFace
from houmao.api.pair.gateways import pair_gateways
from houmao.api.pair.server import pair_server
from houmao.api.requests.routes import requests
from houmao.api.server import process as shutdown
from houmao.api.server.routes import server
from houmao.api.services.crews import Crews
from houmao.api.services.fanout import Fanout
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
from houmao.server_kind import ServerKind
from houmao.state.away import away_mark
from houmao.state.cao import CaoStore
from houmao.state.connect import PROMPT, PROMPT_JOBS, connect
from houmao.state.host_memory import host_memory
from houmao.state.hosts import HostStore
from houmao.state.launches import LaunchStore
from houmao.state.local import LocalSource
from houmao.state.read import StateReader
from houmao.state.redis_clock import RedisClock, synchronised
from houmao.state.requests import RequestStore
from houmao.state.sign_ins import UsedCodes
from houmao.state.terminals import TerminalStore
from houmao.state.turns import TurnStore
from houmao.terminals.files import RegistrationFiles

#: Callers who wait in one process at a time; fewer than its threads, so that reads never wait.
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
    metrics,
)
#: What `houmao-server` has beside them.
_PAIR_RESOURCES = (pair_server, pair_agents, pair_gateways)
#: What CAO's tools find at the root and below `/cao`.
_CAO_RESOURCES = (cao, inbox)


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
    reader = _reader(settings, redis, now, time)
    store = RequestStore(redis)
    streams = Streams(stream_places)
    launching = Launches(LaunchStore(redis), hosts, now)
    headless = HeadlessAgents(TurnStore(redis), reader, hosts, settings.host_id)
    credentials = _credentials(settings, now)
    handover = Handover(store, hosts, now, _request_id)
    waiting = Waiting(store, launching, reader, streams, headless)
    cao_store = CaoStore(redis)
    crews = Crews(cao_store, reader, launching, handover, hosts, settings.host_id, now, waiting)
    app = Flask("houmao", static_folder=None)
    app.config.from_mapping(description())
    # A doubled slash is an unknown path, not a redirect.
    app.url_map.merge_slashes = False
    services = app.extensions[EXTENSION] = Context(
        settings=settings,
        reader=reader,
        store=store,
        terminals=TerminalStore(redis),
        registrations=RegistrationFiles(settings.terminals_root, settings.all_terminals),
        hosts=hosts,
        host_store=HostStore(redis, reader.lost_hosts),
        handover=handover,
        crews=crews,
        launching=launching,
        headless=headless,
        waiting=waiting,
        terminate=terminate,
        now=now,
        streams=streams,
        fanout=Fanout(reader, streams),
        credentials=credentials,
        used_codes=UsedCodes(redis),
    )
    return _served(app, services)


def _served(app: Flask, services: Context) -> Flask:
    """The application behind its guard, with its routes, and the reads that go before Flask."""
    settings, reader = services.settings, services.reader
    trusted = guard.trusted_by({*guard.LOOPBACK_NAMES, settings.host, *settings.trusted_hosts})
    is_own = nobody if settings.needs_token else local_user(os.getuid())
    guard.install(app, trusted, _access(settings, services.credentials, is_own))
    audit.install(app, settings.audit_log, services.now)
    app.after_request(partial(_tell_partial, reader))
    _with_routes(app, settings.service)
    app.wsgi_app = DirectReads(  # type: ignore[method-assign]
        app,
        {STATE: partial(plain_state, services)},
        lambda environ: trusted(environ.get("HTTP_HOST", "")) and is_own(environ),
        lambda: bool(reader.partial),
    )
    return _closed(app, settings.service)


def _reader(
    settings: Settings, redis: Redis, now: Callable[[], float], time: RedisClock
) -> StateReader:
    own = LocalSource.of(settings.present_socket, time.note)
    return StateReader(redis, now, time.note, own, host_memory(settings).read)


def _tell_partial(reader: StateReader, response: Response) -> Response:
    """Say so when nothing can be told of other hosts."""
    if reader.partial:
        response.headers[PARTIAL] = f"this host only. {reader.partial}"
    return response


def _with_routes(app: Flask, kind: ServerKind) -> None:
    api = errors.register(app)
    for resource in _RESOURCES:
        api.register_blueprint(resource)
    app.register_blueprint(docs)
    app.register_blueprint(page)
    if kind is ServerKind.PAIR:
        _pair(app, api)


def _pair(app: Flask, api: Any) -> None:
    """Give it what `houmao-server` has beside."""
    for resource in (*_PAIR_RESOURCES, *_CAO_RESOURCES):
        api.register_blueprint(resource)
    for resource in _CAO_RESOURCES:
        api.register_blueprint(resource, url_prefix="/cao", name=f"{resource.name}_prefixed")


def _closed(app: Flask, kind: ServerKind) -> Flask:
    """What is around all routes."""
    app.wsgi_app = ClosedAnswers(app.wsgi_app)  # type: ignore[method-assign]
    if kind is ServerKind.PAIR:
        app.wsgi_app = PairFace(app)  # type: ignore[method-assign, assignment]
    return app


def _credentials(settings: Settings, now: Callable[[], float]) -> Credentials:
    named = NamedTokens(settings.named_tokens_file)
    return Credentials(settings.token_file, named, cookie_name(settings.port), now)


def _access(settings: Settings, credentials: Credentials, is_own: OwnUser) -> Access:
    if settings.needs_token:
        return credentials_only(credentials)
    return own_user_or(credentials, is_own)


def _request_id() -> str:
    return f"mreq-{uuid4().hex[:12]}"


def build() -> Flask:
    """One process's application. Raises ConfigError naming an unusable setting."""
    return app_of(config.load())


def app_of(settings: Settings) -> Flask:
    """The application of a host, with clients for its Redis and its hosts."""
    url = settings.effective_redis_url
    # An embedded Redis is away only when the whole host is about to be started again.
    away = away_mark(settings) if settings.redis_url else None
    redis = connect(url, PROMPT, away)
    time = synchronised(redis)
    heard = StateReader(redis, time.now, time.note).check_heard
    return create_app(settings, redis, Jobs(connect(url, PROMPT_JOBS, away), heard))
