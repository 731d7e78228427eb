"""The real server in a temporary runtime root: its processes, its API, and how it ended."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from houmao.config import Settings
from tests.integration.watching import Host
from tests.services import end, is_running, wait_until

#: What tells a child of the server from another in its command line.
WORDS = {
    "redis": "redis-server",
    "web": "gunicorn",
    "clock": "workers.clock",
    "watch": "workers.watch",
    "launch": "workers.launch",
    "turn": "workers.turn",
    "notify": "workers.notify",
}
COMMAND = (sys.executable, "-m", "houmao.serve.main")
#: `houmao-server`.
PAIR = (sys.executable, "-m", "houmao.cli.pair_server")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Server:
    """A started `houmao-passive-server`, or something that starts it."""

    settings: Settings
    process: "subprocess.Popen[bytes]"
    log: Path

    def ask(self, path: str, method: str = "GET") -> Answer:
        """The API's answer; status 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=5)
        with closing(connection):
            try:
                headers = {"Content-Type": "application/json"} if method == "POST" else {}
                connection.request(method, path, body="{}" if headers else None, headers=headers)
                answer = connection.getresponse()
                return Answer(answer.status, dict(answer.headers), json.loads(answer.read()))
            except (OSError, ValueError, http.client.HTTPException):
                return Answer(0, {}, {})

    def availability(self, agent_id: str) -> str:
        """What the API tells of the agent; its status code while it tells nothing."""
        answer = self.ask(f"/houmao/agents/{agent_id}/state")
        diagnostics = answer.body.get("diagnostics")
        found = diagnostics.get("availability") if isinstance(diagnostics, dict) else None
        return str(found or answer.status)

    def phase(self, agent_id: str) -> str:
        """What the API tells that the agent does; empty while it tells nothing."""
        turn = self.ask(f"/houmao/agents/{agent_id}/state").body.get("turn")
        return str(turn.get("phase")) if isinstance(turn, dict) else ""

    def await_phase(self, agent_id: str, wanted: str, seconds: float = 10.0) -> None:
        wait_until(lambda: self.phase(agent_id) == wanted, f"{agent_id} is {wanted}", seconds)

    def await_result(self, agent_id: str, wanted: str, seconds: float = 10.0) -> None:
        """Wait until the API tells that the agent's last turn ended so."""

        def told() -> bool:
            last = self.ask(f"/houmao/agents/{agent_id}/state").body.get("last_turn")
            return isinstance(last, dict) and last.get("result") == wanted

        wait_until(told, f"a turn of {agent_id} is a {wanted}", seconds)

    def await_availability(self, agent_id: str, wanted: str, seconds: float = 10.0) -> None:
        wait_until(
            lambda: self.availability(agent_id) == wanted, f"{agent_id} is {wanted}", seconds
        )

    def family(self) -> list[psutil.Process]:
        """The server and everything below it."""
        try:
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def child(self, name: str) -> psutil.Process | None:
        """The topmost process of a program, None while it does not run."""
        return next((it for it in self.family()[1:] if WORDS[name] in command_of(it)), None)

    def is_complete(self) -> bool:
        """Every program runs and the API answers."""
        return all(self.child(name) for name in WORDS) and self.ask("/health").status == 200


def command_of(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Settings) -> dict[str, str]:
    """A process environment in which every program finds these settings."""
    return {**os.environ, **settings.as_environ(), "PYTHONUNBUFFERED": "1"}


def own_port(host: Host) -> Settings:
    """The host's settings with a free port, and an embedded Redis."""
    return replace(host.settings, port=free_port(), redis_url=None)


@contextmanager
def started(
    settings: Settings, argv: Sequence[str] = (*COMMAND, "serve"), **environ: str
) -> Iterator[Server]:
    """Start a server; whatever is left of it on leaving is killed."""
    settings.runtime_root.mkdir(parents=True, exist_ok=True)
    log = settings.runtime_root.parent / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            argv,
            env=environment(settings) | environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    server = Server(settings, process, log)
    try:
        yield server
    finally:
        family = server.family()
        process.terminate()
        end(family[:1], grace_seconds=5)
        end(family, grace_seconds=0)
        process.wait()


@contextmanager
def serving(settings: Settings, **environ: str) -> Iterator[Server]:
    """A complete server that answers."""
    with started(settings, **environ) as server:
        wait_until(server.is_complete, "everything runs and answers", 90)
        yield server


def ended(family: Sequence[psutil.Process], seconds: float) -> None:
    """Fail unless every one of these processes ends in time."""
    wait_until(lambda: not any(is_running(it.pid) for it in family), "nothing is left", seconds)
