"""One gateway: its folder, its queue, its HTTP face; from its first file to its last.

Threads block until something happens; nothing in here looks at a clock again and again.
"""

import logging
import os
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from houmao import config
from houmao.config import Settings
from houmao.detect.signals import Frame
from houmao.errors import HoumaoError, Unavailable
from houmao.gateway.notifier_store import NotifierStore
from houmao.gateway.parent import GatewayOrder
from houmao.gateway.queue import GatewayQueue
from houmao.gateway_files.folder import GatewayFolder
from houmao.gateway_files.status import DETACHED, WINDOW, GatewayInstance, next_epoch
from houmao.sessions.gateway_offer import attach_contract, folder_of, subject_of
from houmao.sessions.manifest.file import load
from houmao.sessions.manifest.stored import StoredManifest
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run
from houmao.tmux.listing import panes
from houmao.tmux.process import ProcessTable
from houmao.tools.catalog import HEADLESS_BACKENDS, NAMES, select_detector
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from workers.gateway.agent import GatewayAgent
from workers.gateway.app import app_for, create_gateway_app, serve_with
from workers.gateway.dispatcher import RequestDispatcher
from workers.gateway.keeper import Keeper
from workers.gateway.listening import GatewayServer
from workers.gateway.mail import GatewayMail
from workers.gateway.mail_routes import MailServices
from workers.gateway.notifier import MailNotifier
from workers.gateway.services import connect_services

#: For a server that never sleeps: a signal ends the process.
_FOR_EVER = 86_400.0


@dataclass(frozen=True, slots=True)
class GatewayTask:
    """One gateway to run: whose it is, its socket, and whoever keeps that.

    Without a keeper it never sleeps.
    """

    settings: Settings
    order: GatewayOrder
    listener: socket.socket
    keeper: Keeper | None = None


def run_gateway(
    task: GatewayTask, listening: Callable[[], None], standing: Flask | None = None
) -> None:
    """Serve one session until told to stop; `listening` is called once everything is up.

    `standing` is an application that was made before this process was forked.

    Raises what reading the manifest raises, and Unavailable.
    """
    stored = load(Path(task.order.manifest_path))
    folder = folder_of(stored)
    folder.prepare(attach_contract(stored, folder.blueprint()))
    _log_to(folder)
    with folder.claim():
        queue, notices = GatewayQueue(folder.queue_path), NotifierStore(folder.queue_path)
        dispatcher = _dispatcher(task, stored, folder, queue)
        on_loopback = task.order.host != "0.0.0.0"
        mailbox = GatewayMail(task.order.manifest_path, on_loopback=on_loopback)
        notifier = MailNotifier(notices, dispatcher, mailbox)
        app = app_for(task.settings, task.order.host, standing)
        serve_with(app, dispatcher, MailServices(mailbox, notifier))
        server = GatewayServer(task.listener, app)
        dispatcher.open()
        notifier.start()
        _end_when_told(dispatcher, task.keeper)
        listening()
        if task.keeper is None:
            server.serve_forever(poll_interval=_FOR_EVER)
        server.serve_until_idle(task.order.sleeps_after, lambda: _may_sleep(queue, notices))


def _dispatcher(
    task: GatewayTask, stored: StoredManifest, folder: GatewayFolder, queue: GatewayQueue
) -> RequestDispatcher:
    agent = GatewayAgent(
        task.order.manifest_path,
        stored.agent_id,
        stored.backend in HEADLESS_BACKENDS,
        task.settings,
        connect_services(task.settings),
    )
    instance = _instance(task, folder, agent)
    return RequestDispatcher(folder, queue, agent, subject_of(stored), instance)


def _may_sleep(queue: GatewayQueue, notices: NotifierStore) -> bool:
    """Whether nothing waits and nobody wants mail looked for; what cannot be read may wait."""
    with suppress(sqlite3.Error):
        return queue.load().depth == 0 and not notices.settings().enabled
    return False


def warm_up(settings: Settings) -> Flask:
    """Have everything that gateways share stand before they are forked; their application."""
    for tool in NAMES:
        scheduler = LoopScheduler(0.0)
        session = TrackerSession(select_detector(tool, None), scheduler)
        session.on_frame(Frame("> \n", 0.0, width=80, height=24, cursor_x=2, cursor_y=0))
        session.close()
    with suppress(HoumaoError):
        panes(TmuxAddress("none"))
    ProcessTable.read()
    app = create_gateway_app(settings)
    # Refused, but only after everything on its way has run once.
    app.test_client().get("/health", headers={"Host": "warm.invalid"})
    app.test_client().get("/health")
    app.test_client().post("/v1/requests", json={})
    return app


def _instance(task: GatewayTask, folder: GatewayFolder, agent: GatewayAgent) -> GatewayInstance:
    """This gateway, in the epoch that follows from whom a former one was attached to."""
    former, seen = folder.instance(), agent.presence().instance
    epoch = next_epoch(former.epoch, former.agent_instance, seen) if former else 1
    name = seen or (former.agent_instance if former else None)
    mode, window = _window(task.settings)
    pid = task.keeper.pid if task.keeper else os.getpid()
    port = task.listener.getsockname()[1]
    return GatewayInstance(pid, task.order.host, port, epoch, name, mode, *window)


def _window(settings: Settings) -> tuple[str, tuple[str | None, str | None, str | None]]:
    """The tmux window this process runs in, if it is one of its own."""
    pane = config.environment().get("TMUX_PANE")
    if pane is None or not sys.stdin.isatty():
        return DETACHED, (None, None, None)
    wanted = "#{window_id}\t#{window_index}"
    answer = run(TmuxAddress(settings.tmux_socket), "display-message", "-p", "-t", pane, wanted)
    window_id, _, index = answer.strip().partition("\t")
    return WINDOW, (window_id, index, pane)


def _log_to(folder: GatewayFolder) -> None:
    """Append what this process has to say to its own log, unless a person looks on."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if sys.stdin is not None and sys.stdin.isatty():
        return
    try:
        log = os.open(folder.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise Unavailable(f"{folder.log_path} cannot be written: {error.strerror}") from error
    for handle in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(log, handle)
    os.close(log)


def _end_when_told(dispatcher: RequestDispatcher, keeper: Keeper | None) -> None:
    """End with a SIGTERM, when the keeper says so, and when it dies."""

    def end(*_: object) -> None:
        dispatcher.close()
        # Threads that wait for a turn must not keep the process: what runs is failed next time.
        os._exit(0)

    def listen_to(keeper: Keeper) -> None:
        if os.read(keeper.life, 1):
            end()
        # Somebody may work for the same gateway by now.
        os._exit(1)

    signal.signal(signal.SIGTERM, end)
    if keeper is not None:
        threading.Thread(target=listen_to, args=(keeper,), daemon=True).start()
