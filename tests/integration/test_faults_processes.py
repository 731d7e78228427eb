"""Each process of a running server dies: the others go on, it comes back, nothing is forgotten."""

import time
from collections.abc import Iterator

import psutil
import pytest

from houmao.state import keys
from houmao.state.connect import connect
from tests.integration.serving import Server, own_port, serving
from tests.integration.watching import Host
from tests.services import is_running, wait_until


@pytest.fixture
def server(host: Host) -> Iterator[Server]:
    """A complete server with an agent that has finished a turn."""
    host.stub("agent", "--turn-seconds", "0.3")
    with serving(own_port(host)) as server:
        wait_until(lambda: turn(server, "phase") == "ready", "the agent is ready")
        host.tmux.run("send-keys", "-t", "=agent:", "go", "Enter")
        wait_until(lambda: turn(server, "result") == "success", "the turn succeeds")
        yield server


def turn(server: Server, name: str) -> object:
    """`phase` of the turn, or `result` of the last turn, as the API tells them."""
    body = server.ask("/houmao/agents/agent/state").body
    part = body.get("turn" if name == "phase" else "last_turn")
    return part.get(name) if isinstance(part, dict) else None


def kill(server: Server, name: str) -> psutil.Process:
    """SIGKILL a program's process; the one that comes after it."""
    victim = server.child(name)
    assert victim is not None
    victim.kill()
    wait_until(lambda: not is_running(victim.pid), f"{name} is dead")
    wait_until(lambda: server.child(name) not in (None, victim), f"{name} runs again", 5.0)
    successor = server.child(name)
    assert successor is not None
    return successor


def test_killed_watch(host: Host, server: Server) -> None:
    """What is told meanwhile is what was true last; the last turn stays through it all."""
    successor = kill(server, "watch")
    seen = set()
    with connect(server.settings.effective_redis_url) as redis:
        while f":{successor.pid}:" not in str(redis.get(keys.lease(server.settings.host_id))):
            seen.add(turn(server, "result"))
    wait_until(lambda: ready(server), "it is seen again")
    assert seen | {turn(server, "result")} == {"success"}
    host.tmux.run("send-keys", "-t", "=agent:", "go", "Enter")
    wait_until(lambda: turn(server, "phase") == "active", "the new process watches")


def ready(server: Server) -> bool:
    return turn(server, "phase") == "ready" and server.availability("agent") == "available"


def test_killed_web(server: Server) -> None:
    """The socket outlives the process: requests wait, none is refused."""
    victim = server.child("web")
    assert victim is not None
    victim.kill()
    for _ in range(20):
        assert server.ask("/health").status == 200
    assert turn(server, "result") == "success"


def test_killed_clock(server: Server) -> None:
    """Its jobs come again from the next one."""
    kill(server, "clock")
    assert server.availability("agent") == "available"
    wait_until(lambda: turn(server, "result") == "success", "nothing is forgotten")


def test_killed_redis(server: Server) -> None:
    """Requests are answered with 503 and a reason, at once; then everything is back."""
    supervisor = psutil.Process(server.process.pid)
    victim = server.child("redis")
    assert victim is not None
    # Hold the restart up, to see what an outage looks like.
    supervisor.suspend()
    try:
        victim.kill()
        began = time.monotonic()
        answer = server.ask("/houmao/agents/agent/state")
        assert time.monotonic() - began < 1.0
        assert (answer.status, answer.headers.get("Retry-After")) == (503, "1")
        assert "Redis" in str(answer.body["detail"])
        assert server.ask("/health").status == 200
    finally:
        supervisor.resume()
    server.await_availability("agent", "available", 5.0)
    assert turn(server, "result") == "success"


def test_killed_again_and_again(server: Server) -> None:
    """A program that dies at once every time is started again with growing pauses."""
    pauses = []
    for _ in range(4):
        began = time.monotonic()
        kill(server, "clock")
        pauses.append(time.monotonic() - began)
    assert pauses[-1] > 2 * 0.2
    assert server.availability("agent") == "available"
