"""Which agents are watched, and in which pane: against real tmux."""

import time
from tests.integration.watching import Host
from tests.services import wait_until
from houmao.state.read import StateReader


def test_new_record_is_noticed_at_once(host: Host) -> None:
    """A record published while the loop runs is seen well under a second later."""
    host.silent("first")
    with host.watched():
        host.await_availability("first", "available")
        host.tmux.new_session("second", "bash -c 'exec -a codex sleep 1000'")
        began = time.monotonic()
        host.publish("second", "codex")
        host.await_availability("second", "available")
        assert time.monotonic() - began < 0.5
        host.registry.remove("second")
        wait_until(lambda: host.listed() == ["first"], "the removed record is gone", 1.0)


def test_last_turn_survives_a_restart(host: Host) -> None:
    """A new watch process tells the last turn of the old one and no verdict of its own."""
    host.stub("agent", "--script", "turn 1")
    with host.watched():
        wait_until(lambda: host.result("agent") == "success", "the turn succeeds")
        before = host.history("agent").entries
    with host.watched():
        host.await_availability("agent", "available")
        assert host.result("agent") == "success"
        notes = [e.summary for e in host.history("agent").entries if e not in before]
        assert "success_settled" not in notes


def test_flushed_redis_is_filled_again(host: Host) -> None:
    """After FLUSHALL everything observable is back within a look, even of idle agents."""
    host.silent("idle")
    with host.watched():
        host.await_availability("idle", "available")
        host.redis.flushall()
        host.await_availability("idle", "available", 4.0)
