"""The server's listening socket, its marker file, and what must hold before it starts.

The marker is not a lock: a crash leaves it behind and the next start writes over it. The
socket is the lock; it is opened here once and outlives every restart of the web process, so
that requests wait in it instead of being refused.
"""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from houmao.clock import iso
from houmao.config import Settings
from houmao.errors import ConfigError

T = TypeVar("T")

#: Connections that may wait while the web process restarts.
BACKLOG = 512
#: Seconds to wait for what a server that was killed still holds, and between two looks: its
#: processes end by themselves, but not at once.
HOLD_PATIENCE = 3.0
HOLD_PAUSE = 0.05


def open_listener(settings: Settings, monotonic: Callable[[], float]) -> socket.socket:
    """The API's socket. Raises ConfigError when the address cannot be bound."""
    try:
        return _in_patience(lambda: _listener(settings), errno.EADDRINUSE, monotonic)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; stop what uses "
            "the port (`houmao-mgr server status` tells whether it is Houmao) or choose another "
            "with --port"
        ) from error


def _in_patience(attempt: Callable[[], T], held: int, monotonic: Callable[[], float]) -> T:
    """What the attempt gives once it is no longer refused with that error number, for a while."""
    deadline = monotonic() + HOLD_PATIENCE
    while True:
        try:
            return attempt()
        except OSError as error:
            if error.errno != held or monotonic() > deadline:
                raise
            time.sleep(HOLD_PAUSE)


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


def prepare_runtime_root(settings: Settings) -> None:
    """Make the folders this server needs. Raises ConfigError when one cannot be written."""
    for folder in (settings.marker_path.parent, settings.runtime_root / "redis"):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            writable = os.access(folder, os.W_OK | os.X_OK)
        except OSError:
            writable = False
        if not writable:
            raise ConfigError(
                f"the runtime root {settings.runtime_root} is not writable; choose another with "
                "--runtime-root or HOUMAO_GLOBAL_RUNTIME_DIR"
            )


@contextmanager
def hold_redis_folder(settings: Settings, monotonic: Callable[[], float]) -> Iterator[int]:
    """The embedded Redis's folder for this process alone; gives the descriptor that holds it.

    A second Redis would take the first one's socket and write into its file. Waits for one
    that is just ending; raises ConfigError when another server goes on.
    """
    with workers_lock(settings) as lock:
        try:
            _in_patience(lambda: _hold(lock), errno.EWOULDBLOCK, monotonic)
        except BlockingIOError as error:
            raise ConfigError(
                f"another Houmao server runs in {settings.runtime_root}; stop it, or choose "
                "another folder with --runtime-root"
            ) from error
        yield lock


@contextmanager
def workers_lock(settings: Settings) -> Iterator[int]:
    """The descriptor of the lock of this host's Redis and workers, not held yet."""
    with open(settings.workers_lock, "ab") as file:
        yield file.fileno()


def is_held_at_once(lock: int) -> bool:
    """Whether the lock is ours now; False while another server runs the host's workers."""
    try:
        _hold(lock)
    except BlockingIOError:
        return False
    return True


def await_lock(lock: int) -> None:
    """Return once the lock is ours: whoever ran the host's workers has ended."""
    fcntl.flock(lock, fcntl.LOCK_EX)


def _hold(lock: int) -> None:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def marker(settings: Settings, pid: int, now: float) -> Iterator[None]:
    """The marker and a pid file while the server runs; `pid` is the process that stops all."""
    path, pid_path = settings.marker_path, settings.pid_path
    content = {
        "schema_version": 1,
        "status": "ok",
        "pid": pid,
        "api_base_url": settings.api_base_url,
        "server_root": str(settings.server_root),
        "runtime_root": str(settings.runtime_root),
        "started_at_utc": iso(now),
    }
    _replace(pid_path, f"{pid}\n")
    _replace(path, json.dumps(content, indent=2) + "\n")
    try:
        yield
    finally:
        with suppress(OSError, ValueError, LookupError, TypeError):
            if json.loads(path.read_text())["pid"] == pid:
                path.unlink()
                pid_path.unlink()


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text)
    temporary.replace(path)
