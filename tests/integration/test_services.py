"""The private services behave as the other integration tests assume."""

from pathlib import Path

import pytest
from redis import Redis

from tests.services import TmuxServer, is_running, private_redis, private_tmux, wait_until


def test_redis_is_empty_one(redis: Redis) -> None:
    """What one test writes ..."""
    assert redis.dbsize() == 0
    redis.set("left", "over")


def test_redis_is_empty_two(redis: Redis) -> None:
    """... the next one does not see, whichever comes first."""
    assert redis.dbsize() == 0
    redis.set("left", "over")


def test_redis_ends() -> None:
    """The redis-server is gone once its block is left."""
    with private_redis() as server:
        assert is_running(server.pid)
    assert not is_running(server.pid)


def test_tmux_is_private(tmux_server: TmuxServer) -> None:
    """A session on the private server is on no other, and its pane runs what was asked."""
    tmux_server.new_session("alone", "echo ready; cat")
    wait_until(lambda: "ready" in tmux_server.screen("=alone:"), "the pane printed")
    with private_tmux() as other:
        assert (tmux_server.sessions(), other.sessions()) == (["alone"], [])


def test_tmux_ends_with_its_panes() -> None:
    """Neither the server nor a program in a pane outlives the block, even one that ignores HUP."""
    with private_tmux() as server:
        pane = server.new_session("stubborn", "trap '' HUP; exec sleep 60")
        pid = int(server.run("display-message", "-p", "-t", pane, "#{pane_pid}"))
    assert not is_running(pid)
    assert server.pid is None


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """An empty project that is held to the rules of this one."""
    root = Path(__file__).parents[2]
    pytester.makeini(f"[pytest]\npythonpath = {root}")
    rules = root / "tests" / "conftest.py"
    pytester.makeconftest(
        rules.read_text("utf-8").replace("GRACE_SECONDS = 3.0", "GRACE_SECONDS = 0.1")
    )
    return pytester


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (
            "threading.Thread(target=FOREVER, name='stray', daemon=True).start()",
            "*left behind: *stray*",
        ),
        ("subprocess.Popen(['sleep', '60'])", "*left behind: *sleep*"),
        ("subprocess.Popen(['sh', '-c', 'setsid sleep 60 & exit'])", "*left behind: *sleep*"),
        ("tmux_server.run('new-session', '-d', '-s', 'stray')", "*left tmux sessions*: stray"),
    ],
)
def test_leak_fails(project: pytest.Pytester, body: str, complaint: str) -> None:
    """A test that leaves a thread, a child, a detached process or a tmux session has failed."""
    project.makepyfile(
        f"""
        import subprocess, threading
        FOREVER = threading.Event().wait

        def test_it(tmux_server):
            {body}
        """
    )
    result = project.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([complaint])


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("true", "failed")])
def test_skip_fails_in_ci(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: str
) -> None:
    """A test that skips itself is only skipped where nobody relies on it."""
    monkeypatch.setenv("CI", ci)
    project.makepyfile("import pytest\ndef test_it(): pytest.skip('no tmux')")
    without = ("-p", "no:randomly", "-p", "no:rerunfailures")
    project.runpytest(*without).assert_outcomes(**{outcome: 1})
