"""Some hosts in namespaces on one Redis: each with its own server, tmux and fleet of stub agents.

The first host is `north`; Redis runs in the hub. Distances and wrong clocks are the caller's.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from benchmarks.puppets import Fleet, Puppet
from houmao import config
from houmao.config import Settings
from houmao.serve.programs import find_redis
from tests.hosts.clocks import skewed
from tests.hosts.network import Site, sites
from tests.services import end, wait_until

NAMES = ("north", "south", "west", "east")
_REDIS_PORT = 6379


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the hosts live under: agents a host, round trip to Redis by host, clocks by host."""

    hosts: int = 3
    agents: int = 15
    round_trip_ms: Mapping[str, float] = field(default_factory=dict)
    skew_seconds: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class HubRedis:
    """The one Redis, to be killed and started again, with its data or without."""

    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        options = {
            "port": str(_REDIS_PORT),
            "bind": "0.0.0.0",
            "protected-mode": "no",
            "dir": str(self.folder),
            "appendonly": "yes",
            "save": "",
            "logfile": str(self.folder / "redis.log"),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen([find_redis(), *words])

    def kill(self, *, with_data: bool = True) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if not with_data:
            shutil.rmtree(self.folder)


@dataclass(slots=True)
class BenchHost:
    """One host: its namespace, its server and its agents."""

    name: str
    site: Site
    settings: Settings
    environ: Mapping[str, str]
    fleet: Fleet
    puppets: list[Puppet] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        command = [sys.executable, "-m", "houmao.serve.main", "serve"]
        with (self.settings.runtime_root.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.site.argv(command),
                env={**os.environ, **self.settings.as_environ(), **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def connection(self, timeout: float = 30.0) -> http.client.HTTPConnection:
        """To the host's own API, opened within its namespace."""
        found = http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=timeout)
        with self.site.inside():
            found.connect()
        return found

    def ask(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Status and object that the host's API answers; status 0 for no answer."""
        method = "GET" if body is None else "POST"
        sent = None if body is None else json.dumps(body)
        try:
            with closing(self.connection()) as connection:
                all_headers = {"Content-Type": "application/json", **headers} if sent else headers
                connection.request(method, f"/houmao/{path}", sent, all_headers)
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException):
            return 0, {}

    def houmao_mgr(
        self, *words: str, seconds: float | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """What a person on that host gets from the command line, or until Ctrl-C after so long."""
        limit = ["timeout", "--signal=INT", f"{seconds:g}"] if seconds else []
        return subprocess.run(
            self.site.argv([*limit, sys.executable, "-m", "houmao.cli", *words]),
            env={**os.environ, **self.settings.as_environ(), **self.environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def watch_pid(self) -> int:
        """Process id of its watch process."""
        assert self.process is not None
        family = psutil.Process(self.process.pid).children(recursive=True)
        return next(it.pid for it in family if "workers.watch" in it.cmdline())

    def stop(self) -> None:
        if self.process is not None:
            family = psutil.Process(self.process.pid).children(recursive=True)
            self.process.terminate()
            end(family, grace_seconds=8)
            self.process.wait()
            self.process = None


@dataclass(slots=True)
class Lab:
    """Everything that was set up."""

    redis: HubRedis
    hosts: dict[str, BenchHost]

    @property
    def puppets(self) -> list[Puppet]:
        return [puppet for host in self.hosts.values() for puppet in host.puppets]

    def await_all_seen(self, seconds: float = 90.0) -> None:
        """Until every host's API tells a state of every agent."""
        for host in self.hosts.values():
            wait_until(partial(self._seen_at, host), f"{host.name} sees all", seconds)

    def _seen_at(self, host: BenchHost) -> bool:
        status, answer = host.ask("states")
        agents = answer.get("agents", []) if status == 200 else []
        return sum(bool(it.get("state")) for it in agents) == len(self.puppets)


@contextmanager
def lab(folder: Path, under: Circumstances) -> Iterator[Lab]:
    """Redis, the hosts, and their agents, published and idle; all gone on leaving."""
    with ExitStack() as held:
        redis = HubRedis(folder / "redis")
        redis.start()
        held.callback(redis.kill)
        names = NAMES[: under.hosts]
        wires = held.enter_context(sites(len(names)))
        hosts = {
            name: held.enter_context(_host(folder / name, site, under))
            for name, site in zip(names, wires, strict=True)
        }
        yield Lab(redis, hosts)


@contextmanager
def _host(folder: Path, site: Site, under: Circumstances) -> Iterator[BenchHost]:
    name, port = folder.name, 7000 + site.number
    folder.mkdir()
    way = [str(port), str(_REDIS_PORT), str(under.round_trip_ms.get(name, 0.0))]
    wire = subprocess.Popen([sys.executable, "-m", "tests.hosts.distance", *way])
    environ = {
        "HOUMAO_REDIS_URL": f"redis://{site.hub}:{port}/0",
        "HOUMAO_HOST_ID": name,
        "HOUMAO_TMUX_SOCKET": str(folder / "tmux.sock"),
        "HOUMAO_GLOBAL_REGISTRY_DIR": str(folder / "registry"),
        "HOME": str(folder),
    }
    settings = config.load(environ, runtime_root=folder / "runtime")
    skew = under.skew_seconds.get(name, 0)
    host = BenchHost(name, site, settings, skewed(folder, skew), Fleet(settings, folder))
    try:
        host.puppets = host.fleet.open(under.agents, f"{name}-")
        host.fleet.publish(host.puppets)
        host.start()
        yield host
    finally:
        host.stop()
        with suppress(OSError):
            psutil.Process(host.fleet.tmux_pid).kill()
        wire.kill()
        wire.wait()


def pause(seconds: float) -> None:
    """Let what is measured go on for so long."""
    time.sleep(seconds)
