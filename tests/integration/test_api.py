"""The API as it is served: real gunicorn, real Redis, real sockets, real outages."""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path

import psutil
import pytest
from redis import RedisError

from houmao import config
from houmao.api import gunicorn_conf
from houmao.cli.client.event_stream import EventReader
from houmao.serve.instance import marker
from tests.integration.serving import free_port
from tests.integration.web import Web, web_process
from tests.services import RedisServer, private_redis, wait_until
from tests.unit.api.world import ALPHA, Fleet, agent, state

STATE = f"/houmao/agents/{ALPHA}/state"


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that this test may kill."""
    with private_redis() as server:
        yield server


@pytest.fixture
def fleet(own_redis: RedisServer) -> Iterator[Fleet]:
    """One observed agent on a host that stays watched."""
    with own_redis.client() as client:
        found = Fleet(client)
        found.heartbeat(time.time() + 3600)
        found.show(agent(), state())
        yield found


@pytest.fixture
def web(tmp_path: Path, own_redis: RedisServer) -> Iterator[Web]:
    """gunicorn as the server starts it: on a socket that was opened for it."""
    environ = {"HOUMAO_REDIS_URL": own_redis.url, "HOME": str(tmp_path)}
    settings = config.load(environ, runtime_root=tmp_path / "runtime", port=free_port())
    with web_process(settings) as found:
        yield found


def test_reads_on_one_connection(web: Web, fleet: Fleet) -> None:
    """A polling client keeps its connection and gets the same state every time."""
    with closing(web.connect()) as connection:
        for _ in range(20):
            connection.request("GET", STATE)
            answer = connection.getresponse()
            assert json.loads(answer.read())["agent_id"] == ALPHA
            assert answer.getheader("Connection") == "keep-alive"


def test_an_event_arrives_at_once(web: Web, fleet: Fleet) -> None:
    """A change reaches a waiting client well within half a second."""
    with ExitStack() as stack:
        stream = open_stream(web, stack)
        assert stream.readline() == b"retry: 1000\n"
        began = time.monotonic()
        event_id = fleet.tell(agent(), state(), "first_change")
        assert next_events(stream, 1) == [(event_id, "first_change")]
        assert time.monotonic() - began < 0.5


def test_resuming_loses_nothing(web: Web, fleet: Fleet) -> None:
    """What happened between two connections is told after the last event seen."""
    with ExitStack() as stack:
        open_stream(web, stack)
    seen = fleet.tell(agent(), state(), "seen")
    missed = [(fleet.tell(agent(), state(), f"missed_{n}"), f"missed_{n}") for n in range(300)]
    with ExitStack() as stack:
        assert next_events(open_stream(web, stack, seen), 300) == missed


def open_stream(web: Web, stack: ExitStack, after_id: str = "") -> http.client.HTTPResponse:
    """The head of a stream's answer; its body goes on until the stack closes."""
    connection = stack.enter_context(closing(web.connect()))
    headers = {"Last-Event-ID": after_id} if after_id else {}
    connection.request("GET", "/houmao/events", headers=headers)
    return stack.enter_context(connection.getresponse())


def next_events(stream: http.client.HTTPResponse, count: int) -> list[tuple[str, str]]:
    """Ids and summaries of the next so many events of an open stream."""
    reader = EventReader()
    found = reader.read(line.decode() for line in stream)
    events = ((json.loads(event.data)["summary"], event.name) for event in found)
    return [(reader.position, s) for s, name in islice(events, count) if name == "transition"]


def test_many_streams_hold_no_thread(web: Web, fleet: Fleet) -> None:
    """More streams than threads: every one is told all, and reads go on."""
    with ExitStack() as stack:
        answers = [open_stream(web, stack) for _ in range(120)]
        assert {answer.status for answer in answers} == {200}
        began = time.monotonic()
        assert {web.status(STATE) for _ in range(20)} == {200}
        assert time.monotonic() - began < 2.0
        threads = [psutil.Process(it.pid).num_threads() for it in web_workers(web)]
        assert max(threads) < gunicorn_conf.threads
        event_id = fleet.tell(agent(), state(), "for_all")
        for answer in answers:
            assert next_events(answer, 1) == [(event_id, "for_all")]


def web_workers(web: Web) -> list[psutil.Process]:
    return psutil.Process(web.process.pid).children()


def test_killed_redis(web: Web, own_redis: RedisServer, fleet: Fleet) -> None:
    """503 with Retry-After within two seconds, and answers again as soon as Redis is back."""
    assert web.status(STATE) == 200
    redis = psutil.Process(own_redis.pid)
    argv = [redis.exe(), "--port", "0", "--unixsocket", str(own_redis.socket), "--save", ""]
    redis.kill()
    redis.wait()
    began = time.monotonic()
    for path in (STATE, "/houmao/agents", f"/houmao/agents/{ALPHA}/history", "/houmao/events"):
        status, headers, body = web.ask(path)
        assert (status, headers["Retry-After"]) == (503, "1")
        assert "Redis" in body["detail"]
    assert web.status("/health") == 200
    assert time.monotonic() - began < 2.0

    again = subprocess.Popen(argv)
    try:
        wait_until(lambda: own_redis.socket.exists() and pings(fleet), "Redis is back")
        fleet.heartbeat(time.time() + 3600)
        fleet.show(agent(), state())
        assert web.status(STATE) == 200
    finally:
        again.terminate()
        again.wait(10)


def pings(fleet: Fleet) -> bool:
    """True once Redis answers."""
    try:
        return bool(fleet.redis.ping())
    except RedisError:
        return False


def test_hanging_redis(web: Web, own_redis: RedisServer, fleet: Fleet) -> None:
    """A Redis that accepts and never answers makes a request wait for a bounded time only."""
    assert web.status(STATE) == 200
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        status, headers, _ = web.ask(STATE)
        assert (status, headers["Retry-After"]) == (503, "1")
        assert time.monotonic() - began < 3.0
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    wait_until(lambda: web.status(STATE) == 200, "the same Redis answers again")


def test_a_stream_outlives_redis(web: Web, own_redis: RedisServer, fleet: Fleet) -> None:
    """A client that follows events need not connect again because Redis paused."""
    with ExitStack() as stack:
        stream = open_stream(web, stack)
        os.kill(own_redis.pid, signal.SIGSTOP)
        try:
            assert web.status(STATE) == 503
        finally:
            os.kill(own_redis.pid, signal.SIGCONT)
        event_id = fleet.tell(agent(), state(), "after_the_pause")
        assert next_events(stream, 1) == [(event_id, "after_the_pause")]


def test_it_ends_in_time(web: Web, fleet: Fleet) -> None:
    """Neither an open stream nor an idle connection delays the end beyond the grace."""
    with ExitStack() as stack:
        stream = open_stream(web, stack)
        idle = stack.enter_context(closing(web.connect()))
        idle.request("GET", "/health")
        idle.getresponse().read()
        began = time.monotonic()
        web.process.terminate()
        assert web.process.wait(10) == 0
        assert time.monotonic() - began < 2.5
        assert stream.read().startswith(b"retry: 1000\n")


def test_shutdown_answers_and_then_ends(web: Web, fleet: Fleet) -> None:
    """The answer arrives, and a moment later the process of the marker is told to end."""
    with marker(web.settings, web.process.pid, time.time()):
        instance = web.ask("/houmao/server/current-instance")[2]
        assert instance["pid"] == web.process.pid
        assert web.ask("/houmao/server/shutdown", "POST")[::2] == (200, {"status": "ok"})
        assert web.process.wait(10) == 0


def test_refresh_without_a_watch_process(web: Web, fleet: Fleet) -> None:
    """503 after a bounded wait when nobody takes the job."""
    began = time.monotonic()
    status, _, body = web.ask(f"/houmao/agents/{ALPHA}/refresh", "POST")
    assert status == 503
    assert "watch process" in body["detail"]
    assert time.monotonic() - began < 5.0
