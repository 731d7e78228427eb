"""Redis in trouble: away, empty, back with its data, or never there; and who may write to it."""

import itertools
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from redis.exceptions import RedisError

from houmao.config import Settings
from houmao.ids import AgentKey
from houmao.serve.programs import redis_argv
from houmao.state import keys
from houmao.state.connect import connect
from houmao.state.read import StateReader
from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host, settings_for
from tests.services import TmuxServer, wait_until
from workers.loop import Loop
from workers.watch.fleet import Fleet
from workers.watch.watched_agent import WatchedAgent


@dataclass(slots=True)
class OwnRedis:
    """The embedded Redis of a runtime root, to be killed and started again."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        argv = redis_argv(self.settings)
        assert argv is not None
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        wait_until(self.answers, "redis answers")

    def answers(self) -> bool:
        with connect(self.settings.effective_redis_url) as redis:
            try:
                return bool(redis.ping())
            except RedisError:
                return False

    def hold(self) -> None:
        """It takes connections and answers nothing until it may `go_on`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def lose_everything(self) -> None:
        folder = self.settings.runtime_root / "redis"
        shutil.rmtree(folder)
        folder.mkdir()


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    """A watched host without agents."""
    with request_client(host, tmp_path) as found:
        yield found


@pytest.fixture
def own(tmp_path: Path, tmux_server: TmuxServer) -> Iterator[tuple[Host, OwnRedis]]:
    """A host with an embedded Redis that runs already."""
    settings = settings_for(tmp_path, tmux_server, None)
    server = OwnRedis(settings)
    server.start()
    with connect(settings.effective_redis_url) as redis:
        yield Host(settings, tmux_server, redis), server
    server.kill()


def test_last_turn_survives_a_restart(host: Host) -> None:
    """A new watch process tells the last turn of the old one and invents no verdict."""
    host.stub("agent", "--turn-seconds", "0.5")
    with host.watched():
        host.take_turn("agent")
        before = host.history("agent").entries
    with host.watched():
        wait_until(lambda: host.epoch("agent") == 2, "the second process publishes")
        host.await_availability("agent", "available")
        assert host.result("agent") == "success"
        summaries = [entry.summary for entry in host.history("agent").entries[: -len(before)]]
        assert not {"success_candidate", "success_settled"} & set(summaries)


def test_flushed_redis_is_filled_again(host: Host) -> None:
    """After FLUSHALL everything observable is back within two looks, even of idle agents."""
    host.silent("idle")
    with host.watched():
        host.await_availability("idle", "available")
        host.redis.flushall()
        host.await_availability("idle", "available", 4.0)
        assert [entry.summary for entry in host.history("idle").entries] == ["republished"]


@pytest.mark.parametrize("empty", [False, True], ids=["with its data", "empty"])
def test_killed_redis_that_comes_back(own: tuple[Host, OwnRedis], empty: bool) -> None:
    """What happened during the outage is told right after it; the last turn is kept."""
    host, server = own
    host.stub("agent", "--turn-seconds", "0.5")
    host.stub("busy", "--turn-seconds", "60")
    host.silent("goes")
    with host.watched():
        host.take_turn("agent")
        host.await_phase("busy", "ready")
        server.kill()
        host.tmux.run("send-keys", "-t", "=busy:", "go", "Enter")
        host.tmux.run("kill-session", "-t", "=goes")
        host.silent("comes")
        if empty:
            server.lose_everything()
        server.start()
        host.await_availability("comes", "available", 5.0)
        assert host.listed() == ["agent", "busy", "comes"]
        told_of = {"agent": ("success", "ready"), "busy": ("none", "active")}
        # The present is told in several steps, each agent's as a whole.
        wait_until(
            lambda: {it: (host.result(it), host.phase(it)) for it in told_of} == told_of,
            "everybody's present is told",
        )
        told = host.history("busy").entries
        # As it was seen, not as it was when Redis came back.
        assert (told[0].summary, told[0].fields["turn_phase"]) == ("active_signal", "active")


def test_turns_in_an_outage_are_told_each_with_its_verdict(own: tuple[Host, OwnRedis]) -> None:
    """Watching does not wait for Redis: what went on is in history, once and in order."""
    host, server = own
    host.stub("agent", "--turn-seconds", "0.3")
    with host.watched() as loop:
        host.take_turn("agent")
        server.kill()
        for _ in range(2):
            host.tmux.run("send-keys", "-t", "=agent:", "go", "Enter")
            wait_until(lambda: watched(loop).phase == "active", "the loop sees the turn")
            wait_until(lambda: watched(loop).last_turn.result == "success", "and its verdict")
        server.start()
        wait_until(lambda: verdicts(host) == 3, "every verdict is told")
        assert "gap" not in [it.summary for it in host.history("agent").entries]


def watched(loop: Loop[Fleet]) -> WatchedAgent:
    return loop.call(lambda fleet: fleet.agents.need("agent"), 5.0)


def verdicts(host: Host) -> int:
    """How often the history goes from no verdict to a success."""
    told = [it.fields["last_turn_result"] for it in reversed(host.history("agent").entries)]
    return sum(pair == ("none", "success") for pair in itertools.pairwise(told))


def test_a_renewal_without_an_answer_is_ones_own(host: Host) -> None:
    """Redis may carry out what a cut connection asked last: nobody else owns the host then."""
    host.stub("agent", "--turn-seconds", "0.5")
    with host.watched():
        host.await_phase("agent", "ready")
        lease = keys.lease(host.settings.host_id)
        owner, epoch = str(host.redis.get(lease)).split()
        host.redis.set(lease, f"{owner} {int(epoch) + 1}")
        host.take_turn("agent")
        phases = [entry.fields["turn_phase"] for entry in host.history("agent").entries]
        assert phases.count("active") >= 1


def test_redis_that_comes_later(own: tuple[Host, OwnRedis]) -> None:
    """A watcher that starts first waits; the last turn from before is not forgotten."""
    host, server = own
    host.stub("agent", "--turn-seconds", "0.5")
    with host.watched():
        host.take_turn("agent")
    server.kill()
    with host.watched() as loop:
        loop.call(lambda fleet: fleet.scan(), 5.0)
        server.start()
        wait_until(lambda: host.epoch("agent") == 2, "the second process publishes")
        host.await_availability("agent", "available")
        assert host.result("agent") == "success"


def test_two_watchers_publish_one_truth(host: Host) -> None:
    """While one owns the host, the other writes nothing; no change is told twice."""
    host.silent("agent")
    with host.watch_process() as first:
        host.await_availability("agent", "available")
        with host.watch_process() as second:
            wait_until(lambda: clients(host) == {first.pid, second.pid}, "both look on")
            host.silent("next")
            host.await_availability("next", "available")
            host.await_heartbeat()
            assert host.epoch("agent") == 1
            events = StateReader(host.redis).events("0-0", 1, 1_000)
            listed = [it.agent_id for it in events if it.fields["summary"] == "agent_listed"]
            assert sorted(listed) == ["agent", "next"]


def test_a_killed_watcher_is_succeeded_at_once(host: Host) -> None:
    """Who stands by takes over at once after SIGKILL, with the last turn and inventing none."""
    host.stub("agent", "--turn-seconds", "0.5")
    with host.watch_process() as first, host.watch_process() as second:
        wait_until(lambda: clients(host) == {first.pid, second.pid}, "both look on")
        host.take_turn("agent")
        entries, epoch = host.history("agent").entries, host.epoch("agent")
        {first.pid: first, second.pid: second}[host.owner()].kill()
        began = time.monotonic()
        wait_until(lambda: host.epoch("agent") == epoch + 1, "the other one publishes")
        assert time.monotonic() - began < 2.0
        host.await_availability("agent", "available", 2.0)
        assert host.result("agent") == "success"
        new = [it for it in host.history("agent").entries if it not in entries]
        assert {it.fields["last_turn_result"] for it in new} <= {"success"}


def test_a_successor_that_has_slept_ends_no_agent(host: Host) -> None:
    """It knows nothing of an agent that came meanwhile, and looks before it tells anything."""
    host.silent("first")
    with host.watch_process() as owner:
        wait_until(lambda: host.epoch("first") == 1, "the owner publishes")
        with host.watch_process() as sleeper:
            wait_until(lambda: clients(host) == {owner.pid, sleeper.pid}, "both look on")
            sleeper.send_signal(signal.SIGSTOP)
            host.stub("agent", "--turn-seconds", "0.5")
            host.take_turn("agent")
            owner.kill()
            owner.wait()
            sleeper.send_signal(signal.SIGCONT)
            wait_until(lambda: host.epoch("agent") == 2, "the other one publishes")
            host.await_availability("agent", "available", 2.0)
            assert host.result("agent") == "success"
            events = StateReader(host.redis).events("0-0", 1, 1_000)
            assert "agent_gone" not in {it.fields["summary"] for it in events}


def test_stopped_watcher_no_longer_tells_the_present(host: Host) -> None:
    """A watch process that stands still is found out by its heartbeat within seconds."""
    host.stub("agent", "--turn-seconds", "0.5")
    with host.watch_process() as process:
        host.take_turn("agent")
        process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        host.await_availability("agent", "unavailable", 5.0)
        assert time.monotonic() - began < 3.6
        state = host.state("agent")
        assert state is not None
        assert state.diagnostics.probe_error is not None
        assert state.diagnostics.probe_error.kind == "watch_stalled"
        assert (state.tracked.last_turn.result, state.tracked.phase) == ("success", "unknown")
        process.send_signal(signal.SIGCONT)
        host.await_availability("agent", "available", 3.0)


def test_a_stopped_owner_is_fenced_off(host: Host) -> None:
    """An owner that slept through its lease writes nothing of what it believes when it wakes."""
    host.silent("agent")
    with host.watch_process() as first:
        host.await_availability("agent", "available")
        first.send_signal(signal.SIGSTOP)
        # Nobody can tell a sleeping owner from a busy one, so its lease must run out first.
        host.redis.pexpire(keys.lease("here"), 1)
        with host.watch_process() as second:
            wait_until(lambda: host.owner() == second.pid, "the second one owns the host")
            first.send_signal(signal.SIGCONT)
            host.await_heartbeat()
            host.await_heartbeat()
            assert (host.owner(), host.epoch("agent")) == (second.pid, 2)


def clients(host: Host) -> set[int]:
    """Watch processes that are connected to tmux."""
    listed = host.tmux.run("list-clients", "-F", "#{client_pid}").split()
    found = [psutil.Process(int(pid)) for pid in listed]
    # To newer servers tmux's own client goes, as a child.
    return {it.ppid() if it.name().startswith("tmux") else it.pid for it in found}


def test_a_key_of_another_type_hides_nothing(host: Host) -> None:
    """Other agents are told of as before, and the next scan makes whole what can be seen anew."""
    host.stub("agent")
    host.silent("other")
    agent = AgentKey("here", "agent")
    with host.watched():
        host.await_phase("agent", "ready")
        host.await_availability("other", "available")
        names = (
            *(keys.state(agent), keys.screen(agent), keys.transitions(agent), keys.agent(agent)),
            *(keys.lease("here"), keys.host("here"), keys.host_agents("here"), keys.HOSTS),
        )
        before = {name: host.redis.type(name) for name in names}
        for name in names:
            host.redis.delete(name)
            host.redis.lpush(name, "something else")
        # A history that was lost begins with the next change.
        before[keys.transitions(agent)] = "none"
        wait_until(lambda: {it: host.redis.type(it) for it in names} == before, "all is whole", 15)
        host.await_phase("agent", "ready")
        host.redis.delete(keys.state(agent))
        host.redis.set(keys.state(agent), "x")
        found = {it.identity.agent_id for it in StateReader(host.redis).observe_all(time.time())}
        assert found == {"agent", "other"}
        host.redis.delete(keys.state(agent))
        wait_until(lambda: host.phase("agent") == "ready", "the lost state is told again")


def test_nothing_that_is_kept_of_a_host_stops_it(host: Host) -> None:
    """All of it is of another type while it is watched, and says nothing sensible to the next."""
    host.stub("agent", "--turn-seconds", "0.3")
    of_host = keys.of_host("here")

    def spoilt() -> list[str]:
        return [name for name in of_host if host.redis.type(name) == "list"]

    with host.watched():
        host.await_availability("agent", "available")
        host.take_turn("agent")
        for name in of_host:
            host.redis.delete(name)
            host.redis.lpush(name, "something else")
        wait_until(lambda: not spoilt(), "all is removed", 15)
        host.await_availability("agent", "available")
    for name, kind in of_host.items():
        if kind == "string":
            host.redis.set(name, "something else")
    with host.watched():
        host.await_availability("agent", "available")
        host.take_turn("agent")


def test_a_full_redis_is_named(asked: RequestClient) -> None:
    """503 with what is full; once there is room again, the same call is carried out once."""
    asked.stub()
    redis = asked.host.redis
    redis.config_set("maxmemory", 1)
    try:
        path, body = "/houmao/agents/alpha/requests", {"prompt": "go"}
        refused = asked.api.post(path, json=body, headers={"Idempotency-Key": "one"})
        assert (refused.status_code, "full" in refused.get_json()["detail"]) == (503, True)
        assert "full" in asked.api.get("/houmao/hosts").get_json()["problem"]
    finally:
        redis.config_set("maxmemory", 0)
    asked.host.await_phase("alpha", "ready")
    assert asked.ask("go", key="one")["outcome"] == "submitted"
    assert asked.got() == ["go"]
    assert asked.api.get("/houmao/hosts").get_json()["problem"] is None


def test_a_redis_that_cannot_save_is_named(asked: RequestClient, tmp_path: Path) -> None:
    """It refuses whatever stands in a pipeline or a script, too: 503, and not our mistake."""
    asked.stub()
    redis, gone = asked.host.redis, tmp_path / "gone"
    gone.mkdir()
    before = str(redis.config_get("dir")["dir"])
    redis.config_set("dir", str(gone))
    gone.rmdir()
    redis.config_set("save", "3600 1")
    try:
        redis.bgsave()
        wait_until(lambda: redis.info()["rdb_last_bgsave_status"] == "err", "the snapshot fails")
        refused = asked.api.post("/houmao/agents/alpha/requests", json={"prompt": "lost"})
        assert (refused.status_code, "its own disk" in refused.get_json()["detail"]) == (503, True)
        assert "its own disk" in asked.api.get("/houmao/hosts").get_json()["problem"]
    finally:
        redis.config_set("save", "")
        redis.config_set("dir", before)
    asked.host.await_phase("alpha", "ready")
    assert asked.ask("go")["outcome"] == "submitted"
    assert asked.got() == ["go"]
    assert asked.api.get("/houmao/hosts").get_json()["problem"] is None


def test_a_disk_that_takes_nothing_is_named(asked: RequestClient) -> None:
    """A prompt that cannot be kept is refused with the reason, and never typed."""
    asked.stub()
    folder = asked.host.settings.runtime_root / "requests" / "here"
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    refused = asked.api.post("/houmao/agents/alpha/requests", json={"prompt": "lost"})
    assert (refused.status_code, "runtime root" in refused.get_json()["detail"]) == (503, True)
    folder.unlink()
    assert asked.ask("go")["outcome"] == "submitted"
    assert asked.got() == ["go"]
