"""Fixtures every test may ask for, and the two rules every test is held to.

A test leaves nothing behind: no thread, no process, no tmux session that it did not open
through its `tmux_server`. And in CI a skipped test is a failed test, so that a green run
means that the real tmux and the real Redis were there.
"""

import os
import signal
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from uuid import uuid4

import hypothesis
import psutil
import pytest
from redis import Redis

from tests.services import RedisServer, TmuxServer, end, private_redis, private_tmux

#: Seconds a thread or process may need to notice that it was told to end.
GRACE_SECONDS = 3.0

# A shell that runs the tests in the background ignores Ctrl-C, and what they start would
# inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long one example takes says how busy the machine is.
hypothesis.settings.register_profile("houmao", deadline=None)
hypothesis.settings.load_profile("houmao")

#: Inherited by everything a test starts, also by what detaches itself from the test.
MARK = "LEAK_DETECTOR_MARK"


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One private redis-server for the whole run; use `redis` for an empty one."""
    with private_redis() as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    """A client of an empty Redis, with text answers."""
    with redis_server.client() as client:
        client.flushall()
        yield client


@pytest.fixture
def tmux_server() -> Iterator[TmuxServer]:
    """A tmux server of this test's own; it and its panes are gone afterwards.

    Fails the test when sessions are left that others than `new_session` opened.
    """
    with private_tmux() as server:
        yield server
        # What was killed may take its session along a moment later.
        deadline = time.monotonic() + GRACE_SECONDS
        while left := sorted(set(server.sessions()) - server.opened):
            if time.monotonic() > deadline:
                pytest.fail(f"left tmux sessions behind: {', '.join(left)}", pytrace=False)
            time.sleep(0.02)


@pytest.fixture(autouse=True)
def leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test after which threads or processes of its making still run."""
    mark = uuid4().hex
    monkeypatch.setenv(MARK, mark)
    threads, pids = set(threading.enumerate()), set(psutil.pids())
    yield
    deadline = time.monotonic() + GRACE_SECONDS
    while left := [*_new_threads(threads), *_new_processes(pids, mark)]:
        if time.monotonic() > deadline:
            names = ", ".join(map(str, left))
            end([it for it in left if isinstance(it, psutil.Process)], grace_seconds=0)
            pytest.fail(f"left behind: {names}", pytrace=False)
        time.sleep(0.01)


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread not in before]


def _new_processes(before: set[int], mark: str) -> list[psutil.Process]:
    """Running processes that came since and are our children or inherited our environment."""
    return [process for pid in set(psutil.pids()) - before for process in _ours(pid, mark)]


def _ours(pid: int, mark: str) -> Iterator[psutil.Process]:
    # A process of somebody else may end under our eyes or be none of our business.
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE and (
            process.ppid() == os.getpid() or process.environ().get(MARK) == mark
        ):
            yield process


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that was skipped has failed."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _fail_when_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI a module that skipped itself has failed."""
    report = yield
    _fail_when_skipped(report)
    return report


def _fail_when_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and os.environ.get("CI"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped in CI: {reason}"
