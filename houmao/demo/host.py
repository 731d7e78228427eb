"""The Houmao server the demo shows itself to: the one that runs, else a private one."""

import http.client
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from houmao import socket_paths
from houmao.clock import monotonic
from houmao.config import Settings, environment
from houmao.errors import TmuxError, Unavailable
from houmao.ids import ENV_PREFIXES
from houmao.serve.programs import PYTHON
from houmao.state.connect import RedisAway, connect
from houmao.state.read import StateReader
from houmao.state.values import HostStatus
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run

#: Seconds a private server may take until it answers, and to end.
START_SECONDS = 20.0
STOP_SECONDS = 10.0
_ASK_SECONDS = 1.0


@dataclass(slots=True)
class DemoHost:
    """A server and where it looks for agents; `folder` is None for one that ran before."""

    settings: Settings
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def end(self) -> None:
        """End a private server with its tmux and its folder; leave any other alone."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.folder is not None:
            with suppress(TmuxError):
                run(TmuxAddress(self.settings.tmux_socket), "kill-server")
            shutil.rmtree(self.folder, ignore_errors=True)


def running_host(settings: Settings, wait: Callable[[float], object]) -> DemoHost | None:
    """The server that answers on the settings' port, None when none does.

    It may have been started a moment ago. Raises Unavailable when its watch process is not
    seen in Redis for long.
    """
    health = _ask(settings, "/health")
    if health.get("houmao_service") not in ("houmao-passive-server", "houmao-server"):
        return None
    root = _ask(settings, "/houmao/server/current-instance?extended=true").get("runtime_root")
    runtime = Path(str(root)) if root else settings.runtime_root
    found = replace(settings, runtime_root=runtime, redis_socket=socket_paths.redis(runtime))
    return DemoHost(_as_watched(found, wait))


def private_host(settings: Settings, wait: Callable[[float], object]) -> DemoHost:
    """Start a server with its own port, Redis, registry and tmux socket in a new folder."""
    folder = Path(tempfile.mkdtemp(prefix="houmao-demo-"))
    runtime = folder / "runtime"
    own = replace(
        settings,
        runtime_root=runtime,
        token_file=runtime / "token",
        registry_root=folder / "registry",
        host="127.0.0.1",
        port=_free_port(),
        redis_url=None,
        redis_socket=socket_paths.redis(runtime),
        tmux_socket=str(folder / "tmux.sock"),
    )
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*PYTHON, "houmao.serve.main", "serve"],
            env=_environment(own),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    host = DemoHost(own, folder, process)
    try:
        _await_answer(host, wait)
        _watching(own, wait)
    except BaseException:
        host.end()
        raise
    return host


def _environment(settings: Settings) -> dict[str, str]:
    # A Redis that was named for another server must not be taken over by this one.
    named = {f"{prefix}REDIS_URL" for prefix in ENV_PREFIXES}
    inherited = {name: text for name, text in environment().items() if name not in named}
    return {**inherited, **settings.as_environ()}


def _await_answer(host: DemoHost, wait: Callable[[float], object]) -> None:
    deadline = monotonic() + START_SECONDS
    while not _ask(host.settings, "/health"):
        ended = host.process is not None and host.process.poll() is not None
        if ended or monotonic() > deadline:
            log = (host.folder or Path()) / "server.log"
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise Unavailable(
                f"the demo's own server did not start: {' '.join(last) or 'no answer'}"
            )
        wait(0.1)


def _as_watched(settings: Settings, wait: Callable[[float], object]) -> Settings:
    """The settings with the registry and the tmux socket that the running server watches."""
    status = _watching(settings, wait)
    return replace(
        settings,
        registry_root=Path(status.registry_root or settings.registry_root),
        tmux_socket=status.tmux_socket or None,
    )


def _watching(settings: Settings, wait: Callable[[float], object]) -> HostStatus:
    """What this host's watch process says of itself, as soon as it says anything."""
    deadline = monotonic() + START_SECONDS
    with closing(connect(settings.effective_redis_url)) as redis:
        while True:
            status = _status(StateReader(redis), settings.host_id)
            if status is not None:
                return status
            if monotonic() > deadline:
                raise Unavailable(
                    f"a server answers at {settings.api_base_url}, but nothing watches this "
                    "host's tmux; look at the server's output"
                )
            wait(0.1)


def _status(reader: StateReader, host_id: str) -> HostStatus | None:
    try:
        return next((status for status in reader.hosts() if status.host == host_id), None)
    except RedisAway:
        return None


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask(settings: Settings, path: str) -> Mapping[str, object]:
    """The server's answer as an object; empty when nobody gives one."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=_ASK_SECONDS)
    with closing(connection):
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            found = json.loads(answer.read()) if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return {}
    return found if isinstance(found, dict) else {}
