"""Which agents are watched and in which pane they are found: against real tmux."""

import shutil
import time
from pathlib import Path

import pytest

from houmao.clock import parse_iso
from houmao.registry.files import Registry
from houmao.state.read import StateReader
from houmao.tmux.process import ProcessTable
from tests.integration.watching import SILENT, Host
from tests.services import wait_until
from workers.loop import Loop
from workers.watch import jobs
from workers.watch.fleet import Fleet

SHELL = "exec bash --norc --noprofile -i"
CLAUDE = SILENT.format(tool="claude")


def pane_of(host: Host, agent_id: str) -> str:
    probe = StateReader(host.redis).detail(agent_id, time.time()).probe
    return probe.pane_id if probe else ""


def tool_pid(host: Host, pane: str) -> int:
    """The tool's process below a pane, 0 while none runs."""
    pid = int(host.tmux.run("display-message", "-p", "-t", pane, "#{pane_pid}"))
    found = ProcessTable.read().find_tool(pid, "claude")
    return found.pid if found else 0


def split(host: Host, session: str, line: str) -> str:
    """A second pane in the session, which stays the less active one."""
    return host.tmux.run(
        "split-window", "-d", "-t", f"={session}:", "-P", "-F", "#{pane_id}", "bash", "-c", line
    )


def test_new_record_is_noticed_at_once(host: Host) -> None:
    """A record published while the loop runs is seen well under a second later, and its end too."""
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


def test_ended_session_is_noticed_at_once(host: Host) -> None:
    """tmux announces the end of a session; nobody waits for the next scan."""
    for name in ("kept", "ended"):
        host.silent(name)
    with host.watched():
        host.await_availability("ended", "available")
        host.tmux.run("kill-session", "-t", "=ended")
        wait_until(lambda: host.listed() == ["kept"], "the ended session's agent is gone", 1.0)
        reason = StateReader(host.redis).skipped()["ended"]
        assert reason == "its tmux session 'ended' is not running"


def test_exit_of_the_tool_is_noticed_at_once(host: Host) -> None:
    """The tool ends, its pane lives on: `tui_down` within a moment, without any painting."""
    host.open("agent", "bash -c 'exec -a claude cat' >/dev/null; exec sleep 1000")
    with host.watched():
        host.await_availability("agent", "available")
        host.tmux.run("send-keys", "-t", "=agent:", "C-d")
        host.await_availability("agent", "tui_down", 1.0)


def test_tool_started_later_in_a_bare_shell_is_found(host: Host) -> None:
    """An agent whose pane is a shell is `tui_down` until somebody starts the tool there."""
    host.open("agent", SHELL)
    with host.watched():
        host.await_availability("agent", "tui_down")
        host.tmux.run("send-keys", "-t", "=agent:", f"({CLAUDE})", "Enter")
        host.await_availability("agent", "available", 1.5)
        host.tmux.run("send-keys", "-t", "=agent:", "C-c")
        host.await_availability("agent", "tui_down", 1.0)


def test_tool_that_becomes_another_program_is_down(host: Host) -> None:
    """`exec` keeps the process and its pid but is another program: no end is announced."""
    host.open("agent", "exec -a claude bash -c 'read; exec sleep 1000'")
    with host.watched():
        host.await_availability("agent", "available")
        host.tmux.run("send-keys", "-t", "=agent:", "Enter")
        host.await_availability("agent", "tui_down", 3.0)


def test_tool_replaced_by_a_new_process_is_followed(host: Host) -> None:
    """A tool that is started again in the same pane is the agent's new process."""
    twice = "for i in 1 2; do (echo begins; exec -a claude cat >/dev/null); done; exec sleep 1000"
    pane = host.open("agent", twice)
    with host.watched():
        host.await_availability("agent", "available")
        first = tool_pid(host, pane)
        host.tmux.run("send-keys", "-t", "=agent:", "C-d")
        wait_until(lambda: tool_pid(host, pane) not in (0, first), "the second tool runs")
        host.await_availability("agent", "available")
        host.tmux.run("send-keys", "-t", "=agent:", "C-d")
        host.await_availability("agent", "tui_down", 2.0)


def test_agent_in_another_pane_is_found_by_its_process(host: Host) -> None:
    """Window 0 pane 0 is a shell; the tool runs in the second pane."""
    host.open("agent", SHELL)
    second = split(host, "agent", CLAUDE)
    with host.watched():
        host.await_availability("agent", "available")
        assert pane_of(host, "agent") == second


def test_tool_started_later_in_another_pane_is_found(host: Host) -> None:
    """While the agent is down, every pane of its session is looked at, not only its first."""
    host.open("agent", SHELL)
    with host.watched():
        host.await_availability("agent", "tui_down")
        second = split(host, "agent", CLAUDE)
        host.await_availability("agent", "available", 3.0)
        assert pane_of(host, "agent") == second


def test_base_indexes_of_the_user_do_not_matter(host: Host) -> None:
    """Users count windows and panes from 1 as they like."""
    host.tmux.new_session("other")
    host.tmux.run("set-option", "-g", "base-index", "1")
    host.tmux.run("set-option", "-g", "pane-base-index", "1")
    pane = host.silent("agent")
    assert host.tmux.run("display-message", "-p", "-t", pane, "#{window_index}") == "1"
    with host.watched():
        host.await_availability("agent", "available")
        assert pane_of(host, "agent") == pane


def test_names_are_never_taken_for_their_beginnings(host: Host) -> None:
    """`agent-1` beside `agent-10`: tmux would match by prefix, we never do."""
    ten = host.silent("agent-10")
    host.publish("agent-1")
    with host.watched():
        host.await_availability("agent-10", "available")
        assert host.listed() == ["agent-10"]
        one = host.silent("agent-1")
        host.await_availability("agent-1", "available")
        assert (pane_of(host, "agent-1"), pane_of(host, "agent-10")) == (one, ten)
        host.tmux.run("kill-session", "-t", "=agent-1")
        wait_until(lambda: host.listed() == ["agent-10"], "agent-1 is gone")
        assert host.availability("agent-10") == "available"


def test_two_records_of_one_session_show_both_and_say_so(host: Host) -> None:
    """Both agents are told from the one screen; the older one is named as doubtful."""
    host.silent("session")
    host.publish("older", session_name="session", published_at=time.time() - 60)
    with host.watched():
        for agent in ("older", "session"):
            host.await_availability(agent, "available")
        assert "published again as 'name-session'" in StateReader(host.redis).skipped()["older"]
        host.registry.remove("session")
        wait_until(lambda: host.listed() == ["older"], "the newer record is gone")
        host.tmux.run("send-keys", "-t", "=session:", "C-c")
        wait_until(lambda: host.listed() == [], "its end is noticed", 1.5)


def test_end_of_a_shared_tool_is_noticed_for_whoever_stays(host: Host) -> None:
    """One of two records goes; the end of the tool still reaches the other one at once."""
    host.open("session", "bash -c 'exec -a claude cat' >/dev/null; exec sleep 1000")
    host.publish("older", session_name="session", published_at=time.time() - 60)
    with host.watched():
        for agent in ("older", "session"):
            host.await_availability(agent, "available")
        host.registry.remove("session")
        wait_until(lambda: host.listed() == ["older"], "the newer record is gone")
        host.tmux.run("send-keys", "-t", "=session:", "C-d")
        host.await_availability("older", "tui_down", 0.7)


def test_unsupported_tool_is_watched_and_never_judged(host: Host) -> None:
    """Its availability says that no verdict is to be expected."""
    host.silent("agent", tool="aider")
    with host.watched():
        host.await_availability("agent", "tui_down")
        state = host.state("agent")
        assert state is not None
        assert state.diagnostics.process_state == "unsupported_tool"
        assert (state.tracked.phase, state.tracked.surface.accepting_input) == (
            "unknown",
            "unknown",
        )


def test_registry_folder_may_go_and_come_back(host: Host) -> None:
    """A registry that is removed as a whole has no agents; one that is made anew is followed."""
    host.silent("agent")
    with host.watched():
        host.await_availability("agent", "available")
        shutil.rmtree(host.registry.agents)
        wait_until(lambda: host.listed() == [], "no record, no agent", 1.0)
        host.publish("agent")
        host.await_availability("agent", "available", 1.0)


def test_lease_of_a_running_agent_is_renewed(host: Host) -> None:
    """Less than half a lease left and a running tool: the scan job extends it by its length."""
    now = time.time()
    for name in ("long", "short", "down"):
        host.silent(name)
    host.tmux.run("respawn-pane", "-k", "-t", "=down:", "sleep", "1000")
    for name in ("short", "down"):
        host.publish(name, published_at=now - 60, lease_expires_at=now + 40)
    long_before = expiry(host.registry, "long")
    with host.watched() as loop:
        host.await_availability("short", "available")
        host.await_availability("down", "tui_down")
        scan_job(loop)
        assert expiry(host.registry, "short") == pytest.approx(time.time() + 100, abs=3)
        assert expiry(host.registry, "long") == long_before
        assert expiry(host.registry, "down") == int(now + 40)
        wait_until(lambda: lease_told(host, "short") > now + 90, "readers are told")


def test_a_lease_that_ended_while_the_machine_slept(host: Host) -> None:
    """The tool runs in the pane with the agent's mark: it is alive, and renewed. Others are not."""
    now = time.time()
    for name in ("marked", "unmarked"):
        host.silent(name)
        host.publish(name, published_at=now - 60, lease_expires_at=now + 1)
    host.tmux.run("set-option", "-p", "-t", "=marked:", "@houmao-agent", "marked")
    wait_until(lambda: time.time() > now + 2, "both leases are over")
    with host.watched() as loop:
        host.await_availability("marked", "available")
        assert host.listed() == ["marked"]
        jobs.running = loop
        jobs.scan()
        jobs.running = None
    assert expiry(host.registry, "marked") > now


def test_lease_that_cannot_be_renewed_fails_no_scan(host: Host, tmp_path: Path) -> None:
    """A registry that cannot be written is no reason to stop watching."""
    now = time.time()
    host.silent("agent")
    host.publish("agent", published_at=now - 60, lease_expires_at=now + 40)
    locks = host.registry.root / "locks"
    locks.rename(tmp_path / "aside")
    locks.write_text("in the way")
    with host.watched() as loop:
        host.await_availability("agent", "available")
        scan_job(loop)
        assert host.availability("agent") == "available"
        assert expiry(host.registry, "agent") == int(now + 40)


def scan_job(loop: Loop[Fleet]) -> None:
    """What the clock has the watch process do every few seconds."""
    jobs.running = loop
    try:
        jobs.scan()
    finally:
        jobs.running = None


def expiry(registry: Registry, agent_id: str) -> float:
    record = registry.load(agent_id)
    assert record is not None
    return record.lease_expires_at


def lease_told(host: Host, agent_id: str) -> float:
    return parse_iso(StateReader(host.redis).resolve(agent_id).lease_expires_at)
