"""Forks gateways on demand. It holds no gateway's things and decides nothing about agents.

Blocks until somebody calls; ends itself some time after its last gateway.
"""

import fcntl
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import Flask

from houmao import config, logs, socket_paths
from houmao.config import Settings
from houmao.errors import ConfigError, HoumaoError
from houmao.gateway.parent import GatewayOrder
from workers.gateway.keeper import Keeper, keep
from workers.gateway.listening import listen
from workers.gateway.process import GatewayTask, run_gateway, warm_up

#: Seconds between two looks whether any gateway is left; the parent ends when there is none.
LINGER_SECONDS = 60.0

_LARGEST_ORDER = 64 * 1024


def serve(settings: Settings) -> None:
    """Fork gateways in the background until none is left for a while, unless a parent runs."""
    path = socket_paths.gateways(settings.runtime_root)
    with _sole_owner(path) as owns:
        if owns:
            path.unlink(missing_ok=True)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
                listener.listen(128)
                _go_into_background()
                path.with_suffix(".lock").write_text(f"{os.getpid()}\n", "ascii")
                _fork_on_demand(listener, warm_up(settings))
            path.unlink(missing_ok=True)


def _go_into_background() -> None:
    """Let whoever started this process go on; the lock goes over to its child."""
    sys.stderr.flush()
    if os.fork():
        os._exit(0)


@contextmanager
def _sole_owner(path: Path) -> Iterator[bool]:
    """Whether no other parent listens there, for as long as the block runs."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise ConfigError(f"{path.parent} belongs to another user")
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(lock)


def _fork_on_demand(listener: socket.socket, standing: Flask) -> None:
    children: set[int] = set()

    def reap(*_: object) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)[0]) > 0:
                children.discard(ended)

    signal.signal(signal.SIGCHLD, reap)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Changed by a signal while `accept` waits, it would never wait again, only try.
    listener.settimeout(LINGER_SECONDS)
    # What stands now is shared by all children; looking through it would copy it.
    gc.collect()
    gc.freeze()
    while True:
        try:
            caller, _ = listener.accept()
        except TimeoutError:
            if children:
                continue
            return
        with caller:
            # A child that ends at once must be known before it is reaped.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            child = os.fork()
            if child == 0:
                listener.close()
                _be_gateway(caller, standing)
            children.add(child)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _be_gateway(caller: socket.socket, standing: Flask) -> None:
    """Be the gateway that the caller orders; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.setsid()
    with _failure_told(caller):
        caller.settimeout(5.0)
        with caller.makefile("rb") as lines:
            message = json.loads(lines.readline(_LARGEST_ORDER))
        order = GatewayOrder(**message["order"])
        listener = listen(order)

        def serve(keeper: Keeper) -> None:
            with _failure_told(caller):
                task = GatewayTask(config.load(message["environ"]), order, listener, keeper)
                # Whoever woke it up later finds it listening: then nobody hears this.
                run_gateway(task, lambda: _answer(caller, {"pid": keeper.pid}), standing)

        keep(listener, serve)
    os._exit(0)


@contextmanager
def _failure_told(caller: socket.socket) -> Iterator[None]:
    """End the process when the block fails, and say why."""
    try:
        yield
        return
    except HoumaoError as error:
        logs.get("gateway").error("gateway_failed", reason=error.message)
        _answer(caller, {"error": error.message})
    except Exception:
        logs.get("gateway").exception("gateway_failed")
        _answer(caller, {"error": "the gateway failed; its parent's log says how"})
    sys.stderr.flush()
    os._exit(1)


def _answer(caller: socket.socket, answer: dict[str, object]) -> None:
    with suppress(OSError):
        caller.sendall(json.dumps(answer).encode() + b"\n")
        caller.close()
