"""Reads beside the frame's own speed: `python benchmarks/bare_view.py [--peers FOLDER]`.

One run, one client (`wrk`, 4 connections), the same gunicorn settings: a bare Flask view, one
with one Redis read, our `/health` and `…/state`, and the published 2.4.0's `…/state` when its
environment is there (`python -m tests.peers.environments FOLDER`). The agent is a stub. On a busy
machine the rates tell little, and the CPU that the web processes take for a request still does.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response
from redis import Redis

# As a script this file sees only its own folder; the rest is found from the project's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.processes import descendants, roles, usage
from houmao.config import load
from houmao.demo.crew import Crew, CrewMember
from houmao.demo.host import DemoHost, private_host

ONE = CrewMember("bench", "claude", "idle 1", "does nothing")
#: Where the bare application finds what its one read answers.
KEY = "houmao:benchmark:answer"
CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Rate:
    """What `wrk` says of one address; `cpu` is in seconds for each request."""

    per_second: float
    cpu: float
    p50: str
    p99: str


@dataclass(frozen=True, slots=True)
class Address:
    """What is asked, and the process that answers or has those that do."""

    url: str
    pid: int


def best(found: Rate) -> float:
    """What a rate is judged by."""
    return found.per_second


def bare() -> Flask:
    """The frame without anything of ours: what gunicorn and Flask take for themselves."""
    app = Flask("bare", static_folder=None)
    redis = Redis(unix_socket_path=os.environ["BENCH_SOCKET"], decode_responses=True)

    @app.get("/plain")
    def plain() -> Response:
        return Response('{"status":"ok"}', content_type="application/json")

    @app.get("/read")
    def read() -> Response:
        return Response(str(redis.get(KEY)), content_type="application/json")

    return app


def cpu_seconds(pids: list[int]) -> float:
    """What these processes have used so far."""
    return sum(usage(pid).cpu for pid in pids)


def rate(asked: Address, seconds: int) -> Rate:
    """Let `wrk` ask one address for some seconds; every answer must be a success."""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", asked.url]
    pids = descendants(asked.pid)
    before = cpu_seconds(pids)
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(pids) - before
    found = {
        name: re.search(pattern, told, re.MULTILINE)
        for name, pattern in {
            "count": r"(\d+) requests in",
            "per_second": r"Requests/sec:\s+(\S+)",
            "p50": r"^\s+50%\s+(\S+)",
            "p99": r"^\s+99%\s+(\S+)",
        }.items()
    }
    if "Non-2xx" in told or None in found.values():
        raise RuntimeError(f"{asked.url} does not answer as it should:\n{told}")
    count, per_second, p50, p99 = (each[1] for each in found.values() if each)
    return Rate(float(per_second), spent / int(count), p50, p99)


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(argv: list[str], **environ: str) -> Iterator[int]:
    """The process of a server that runs meanwhile."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(argv, env={**os.environ, **environ}, stdout=quiet, stderr=quiet)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def bare_argv(port: int) -> list[str]:
    """gunicorn with our own settings, but for the application and its hook."""
    python = [sys.executable, "-m", "gunicorn", "-c", "python:benchmarks.bare_conf"]
    return [*python, "--bind", f"127.0.0.1:{port}"]


def web_pid(host: DemoHost) -> int:
    """The process of our server that has those that answer."""
    assert host.process is not None
    return next(pid for pid, role in roles(host.process.pid).items() if role == "web")


def addresses(ours: Address, bare: Address, peer: Address | None, agent: str) -> dict[str, Address]:
    """What is asked, by what it is called in the table; the servers are given by their roots."""
    path = f"/houmao/agents/{agent}/state"
    found = {
        "bare view": Address(f"{bare.url}/plain", bare.pid),
        "bare view with one Redis read": Address(f"{bare.url}/read", bare.pid),
        "`/health`": Address(f"{ours.url}/health", ours.pid),
        "`…/state`": Address(f"{ours.url}{path}", ours.pid),
    }
    theirs = {"`…/state` of 2.4.0": Address(f"{peer.url}{path}", peer.pid)} if peer else {}
    return found | theirs


def at(port: int, pid: int) -> Address:
    """The root of a server on loopback."""
    return Address(f"http://127.0.0.1:{port}", pid)


def table(found: dict[str, Rate]) -> str:
    """The rates as a table, each beside the view with one Redis read."""
    whole = found["bare view with one Redis read"].per_second
    head = [
        "| asked | a second | of the view with a read | CPU of the web | p50 | p99 |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    return "\n".join(
        head
        + [
            f"| {name} | {it.per_second:.0f} | {it.per_second / whole:.2f} "
            f"| {it.cpu * 1e6:.0f} µs | {it.p50} | {it.p99} |"
            for name, it in found.items()
        ]
    )


def measured(host: DemoHost, peer: Path | None, seconds: int) -> dict[str, Rate]:
    """The best of four rounds over all addresses."""
    crew = Crew(host.settings, time.sleep)
    crew.start((ONE,))
    bare_port, peer_port = free_port(), free_port() if peer else None
    environ = host.settings.as_environ() | {
        "TMUX": f"{host.settings.tmux_socket},1,0",
        "HOUMAO_GLOBAL_RUNTIME_DIR": str(host.settings.runtime_root / "peer"),
    }
    serve = "bin/houmao-passive-server"
    theirs = [str(peer / serve), "serve", "--port", str(peer_port)] if peer else ["true"]
    try:
        Redis(unix_socket_path=str(host.settings.redis_socket)).set(KEY, "x" * 577)
        with (
            program(bare_argv(bare_port), BENCH_SOCKET=str(host.settings.redis_socket)) as bare_pid,
            program(theirs, **environ) as peer_pid,
        ):
            time.sleep(12.0)
            asked = addresses(
                at(host.settings.port, web_pid(host)),
                at(bare_port, bare_pid),
                at(peer_port, peer_pid) if peer_port else None,
                crew.records[0].agent_id,
            )
            # In turn, and the best of each: what else the machine does hits all of them.
            rounds = [{name: rate(it, seconds) for name, it in asked.items()} for _ in range(4)]
            return {name: max((it[name] for it in rounds), key=best) for name in asked}
    finally:
        crew.end()


def main() -> None:
    """Measure once and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="folder with the environment houmao-2.4.0")
    parser.add_argument("--seconds", type=int, default=4, help="for each address in each round")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; it is in Debian's packages")
    host = private_host(load(), time.sleep)
    try:
        peer = options.peers / "houmao-2.4.0" if options.peers else None
        print(table(measured(host, peer, options.seconds)))
    finally:
        host.end()


if __name__ == "__main__":
    main()
