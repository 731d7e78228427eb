"""Agents of several tmux servers of one user, and what our own session must never be taken for."""

import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from houmao.demo.stub_agent import command
from houmao.errors import UsageError
from houmao.sessions.adopting.join import JoinRequest, join
from houmao.sessions.adopting.leave import leave
from houmao.sessions.generation import Generation
from houmao.sessions.target import resolve
from houmao.state.read import StateReader
from houmao.tmux.panes import KEEPER_SESSION
from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import TmuxServer, private_tmux, stopped, wait_until

SILENT = shlex.join(["bash", "-c", "exec -a claude cat"])


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    with request_client(host, tmp_path) as found:
        yield found


@pytest.fixture
def other() -> Iterator[TmuxServer]:
    with private_tmux() as found:
        yield found
        found.kill()


def adopt(host: Host, server: TmuxServer, session: str = "work") -> str:
    """As `agents join` within a pane of that server; the agent's id."""
    request = JoinRequest(session, socket=str(server.socket))
    wait_until(lambda: _adopts(request, host), "the tool runs and is adopted")
    (agent,) = (
        it.record.agent_id
        for it in host.registry.entries()
        if it.record and it.record.pane and it.record.pane.socket == str(server.socket)
    )
    return agent


def _adopts(request: JoinRequest, host: Host) -> bool:
    try:
        join(request, host.settings, {}, Generation(time.time(), str(uuid4())))
    except UsageError:
        return False
    return True


def problem(host: Host, agent_id: str) -> str:
    state = host.state(agent_id)
    error = state.diagnostics.probe_error if state else None
    return error.kind if error else ""


def stub_line(asked: RequestClient, name: str) -> str:
    line = command("claude", "--truth", str(asked.log(name)), "--turn-seconds", "0.2")
    return shlex.join(["bash", "-c", "exec " + shlex.join(line)])


def test_an_agent_of_another_server_is_one_like_any(
    asked: RequestClient, other: TmuxServer
) -> None:
    """Panes and sessions of the same ids and names on both: each gets its own prompt."""
    host = asked.host
    host.tmux.new_session("work", stub_line(asked, "here"))
    other.new_session("work", stub_line(asked, "there"))
    here, there = adopt(host, host.tmux), adopt(host, other)
    for agent, name in ((here, "here"), (there, "there")):
        host.await_phase(agent, "ready")
        asked.ask(f"to {name}", agent)
    assert asked.got("here") == ["to here"]
    assert asked.got("there") == ["to there"]
    sockets = {it.agent_id: it.tmux_socket for it in StateReader(host.redis).identities()}
    assert sockets == {here: str(host.tmux.socket), there: str(other.socket)}
    # Without the server the same pane is found.
    assert resolve(there, host.settings, time.time()).address.socket == str(other.socket)
    asked.api.post(f"/houmao/agents/{there}/stop")
    wait_until(lambda: host.listed() == [here], "one is left")
    assert "work" in host.tmux.sessions()
    wait_until(lambda: other.sessions() == [], "nothing of ours is left there")


def test_a_server_that_ends_takes_its_agents_alone(host: Host, other: TmuxServer) -> None:
    host.silent("agent")
    other.new_session("work", SILENT)
    there = adopt(host, other)
    with host.watched():
        wait_until(lambda: set(host.listed()) == {"agent", there}, "both are listed")
        other.kill()
        wait_until(lambda: host.listed() == ["agent"], "those of the other are gone")


def test_a_silent_server_hides_its_own_agents_alone(host: Host, other: TmuxServer) -> None:
    """They stay listed, since what runs there lives on; and come back with its answer."""
    host.silent("agent")
    other.new_session("work", SILENT)
    there = adopt(host, other)
    with host.watched():
        host.await_availability(there, "available")
        assert other.pid
        with stopped(other.pid):
            wait_until(lambda: problem(host, there) == "tmux_probe_error", "the hang is told")
            host.await_availability("agent", "available")
            assert set(host.listed()) == {"agent", there}
        host.await_availability(there, "available")


def test_leaving_takes_the_mark_from_its_own_server(host: Host, other: TmuxServer) -> None:
    pane = other.new_session("work", SILENT)
    leave(adopt(host, other), host.settings)
    marks = other.run("list-panes", "-a", "-F", "#{pane_id} #{@houmao-agent}")
    assert marks == f"{pane} -"


def test_our_session_is_never_the_current_one(host: Host) -> None:
    """Commands without a target mean what they meant before anybody watched."""
    host.tmux.new_session("older")
    pane = host.tmux.new_session("newer")
    host.silent("agent")
    before = host.tmux.run("display-message", "-p", "#{session_name}")
    with host.watched():
        wait_until(lambda: KEEPER_SESSION in host.tmux.sessions(), "we are attached")
        host.await_availability("agent", "available")
        assert host.tmux.run("display-message", "-p", "#{session_name}") == before
        host.tmux.run("split-window", "-t", pane, "-d", "cat")
        host.tmux.run("break-pane", "-d", "-s", pane)
        sessions = host.tmux.run("list-panes", "-a", "-F", "#{pane_id} #{session_name}")
        assert f"{pane} {before}" in sessions.splitlines()
