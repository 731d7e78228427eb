"""What a server runs on its host: its own API, and the Redis and workers that a host has once.

Whoever comes first holds the host's lock and runs them; whoever comes later waits for the lock
and takes them over. It knows which server it is only by its settings.
"""

import os
import socket
from contextlib import ExitStack, suppress
from functools import partial
from threading import Thread

import click

from houmao import clock, logs, token
from houmao.caller import CallerRole
from houmao.config import Settings
from houmao.restarts import note_restart
from houmao.serve import outside_redis
from houmao.serve.instance import (
    await_lock,
    hold_redis_folder,
    is_held_at_once,
    marker,
    open_listener,
    prepare_runtime_root,
    workers_lock,
)
from houmao.serve.log_file import kept_log, log_path
from houmao.serve.programs import NAMES, Program, check_workers, find_redis, program
from houmao.serve.supervisor import Supervisor
from houmao.sign_in import make_code
from houmao.state import connect
from houmao.state.host_key import own_key
from houmao.tmux.address import require_tmux

WEB = "web"
#: What a host needs at once; the rest begins when the API answers, or does not in that time: all
#: at once they would take the processors from each other, and callers wait for the API.
FIRST, FIRST_SECONDS = ("redis", "watch"), 5.0


def join_host(settings: Settings) -> None:
    """Serve until a signal, and see that the host's workers run.

    Raises ConfigError before anything is started.
    """
    _prepare("serve", settings)
    require_tmux()
    if not settings.redis_url:
        find_redis()
    with ExitStack() as held:
        front = program(WEB, settings, _open_front(settings, held))
        held.enter_context(kept_log(log_path(settings.logs_root, settings.service)))
        lock = held.enter_context(workers_lock(settings))
        shared = [program(name, settings, lock) for name in NAMES if name != WEB]
        if is_held_at_once(lock):
            _run_all(settings, front, shared)
            return
        click.echo("Another server runs this host's workers; it is joined.", err=True)
        supervisor = _supervisor(settings, [front])
        Thread(target=_take_over, args=(lock, supervisor, shared), daemon=True).start()
        supervisor.run()


def _run_all(settings: Settings, front: Program, shared: list[Program]) -> None:
    first = [it for it in shared if it.name in FIRST]
    supervisor = _supervisor(settings, [first[0], front, *first[1:]])
    rest = [it for it in shared if it not in first]
    Thread(target=_follow_on, args=(settings, supervisor, rest), daemon=True).start()
    supervisor.run()


def _supervisor(settings: Settings, programs: list[Program]) -> Supervisor:
    return Supervisor(programs, clock.monotonic, partial(note_restart, settings.restarts_folder))


def _follow_on(settings: Settings, supervisor: Supervisor, rest: list[Program]) -> None:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    with suppress(OSError), socket.create_connection((host, settings.port), FIRST_SECONDS) as api:
        api.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        api.recv(1)
    supervisor.add(rest)


def run_alone(name: str, settings: Settings) -> None:
    """Run one program until a signal; raises ConfigError before it is started."""
    _prepare(name, settings)
    if name == "watch":
        require_tmux()
    with ExitStack() as held:
        handle = None
        if name == "redis" and not settings.redis_url:
            find_redis()
            handle = held.enter_context(hold_redis_folder(settings, clock.monotonic))
        if name == WEB:
            handle = _open_front(settings, held)
        held.enter_context(kept_log(log_path(settings.logs_root, name)))
        _supervisor(settings, [program(name, settings, handle)]).run()


def _take_over(lock: int, supervisor: Supervisor, shared: list[Program]) -> None:
    await_lock(lock)
    logs.get("supervisor").info("workers_taken_over")
    supervisor.add(shared)


def _prepare(name: str, settings: Settings) -> None:
    logs.configure(name)
    check_workers()
    prepare_runtime_root(settings)
    if settings.redis_url:
        _check_outside_redis(settings)


def _check_outside_redis(settings: Settings) -> None:
    """Refuse what would never work; a Redis that is away for now is waited for."""
    for sentence in outside_redis.objections(settings):
        click.echo(f"{sentence}; it is served all the same.", err=True)
    with suppress(connect.RedisAway):
        own_key(settings).claim(connect.connect(settings.effective_redis_url))


def _open_front(settings: Settings, held: ExitStack) -> int:
    """The API's open socket, with all that clients look for before they call it."""
    token.ensure(settings.token_file)
    if settings.needs_token:
        code = make_code(token.read(settings.token_file), CallerRole.ACT)
        click.echo(f"Clients must show the token in {settings.token_file}.", err=True)
        click.echo(f"A browser, once: {settings.page_url(code)}", err=True)
    listener = held.enter_context(open_listener(settings, clock.monotonic))
    held.enter_context(marker(settings, os.getpid(), clock.now()))
    click.echo(f"Houmao serves {settings.api_base_url}; Ctrl-C ends it.", err=True)
    return listener.fileno()
