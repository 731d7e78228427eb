"""tmux in trouble: hostile panes, floods, a server that goes, comes back or falls silent."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from select import select
from threading import Event

import psutil
import pytest

from houmao.clock import monotonic
from houmao.errors import TmuxError
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.control import ControlClient
from houmao.tmux.panes import KEEPER_SESSION, Pane
from tests.integration.watching import SILENT, Host
from tests.services import TmuxServer, stopped, wait_until
from workers.watch.panes import PaneSource

CLAUDE = SILENT.format(tool="claude")


def test_a_server_without_sessions_has_no_panes(tmux_server: TmuxServer) -> None:
    """It is about to end, or kept; either way it can be asked."""
    address = TmuxAddress(str(tmux_server.socket))
    assert listing.panes(address) == ()
    tmux_server.new_session("last")
    tmux_server.run("set-option", "-s", "exit-empty", "off")
    assert len(listing.panes(address)) == 1
    tmux_server.run("kill-session", "-t", "=last")
    assert listing.panes(address) == ()


def test_lines_like_tmux_replies_are_text(host: Host) -> None:
    """A pane full of `%end`, `%begin` and `%exit` confuses no reply."""
    lines = "%%begin 1 2 1\\n%%end 1795259129 %d 1\\n%%exit\\n%%error 1795259129 %d 1\\n"
    host.open("hostile", f"for n in $(seq 300); do printf '{lines}' $n $n; done; {CLAUDE}")
    host.open("other", f"echo fine; {CLAUDE}")
    with host.watched():
        host.shows("hostile", "%error 1795259129 300 1")
        host.shows("other", "fine")


def test_bytes_that_are_no_text_are_shown_replaced(host: Host) -> None:
    """Invalid UTF-8, nulls and broken escapes are a strange screen and nothing worse."""
    junk = r"a\xff\xfe\x80b \x00 \xf0\x9f \x1b[999;999m \x1b]0;\xff\xfe\x07 \xed\xa0\x80 end\n"
    host.open("hostile", f"printf '{junk}'; {CLAUDE}")
    host.open("other", f"echo fine; {CLAUDE}")
    with host.watched():
        host.shows("hostile", "end")
        host.shows("other", "fine")


def test_names_and_titles_are_unicode_whatever_the_locale(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session `日本` and a glyph in a title come through to a watcher without UTF-8 locale."""
    pane = host.tmux.new_session("日本", f"bash -c \"printf '\\033]2;◇\\007'; echo ✳; {CLAUDE}\"")
    host.publish("agent", session_name="日本")
    wait_until(lambda: host.tmux.screen(pane).startswith("✳"), "the pane printed")
    monkeypatch.setenv("LC_ALL", "C")
    with host.watched():
        host.shows("agent", "✳")
        (listed,) = panes(host)
        assert (listed.session_name, listed.title) == ("日本", "◇")


def test_a_wide_screen_is_captured_whole(host: Host) -> None:
    """500 columns and 200 rows are read to the last character."""
    host.open("wide", f"sleep 0.5; printf '%*s' 500 END; {CLAUDE}")
    host.tmux.run("resize-window", "-t", "=wide:", "-x", "500", "-y", "200")
    with host.watched():
        host.shows("wide", " " * 497 + "END")


def test_resizing_is_noticed(host: Host) -> None:
    """A resize makes no program write, but changes the screen."""
    host.open("agent", f"printf '%*s' 100 END; {CLAUDE}")
    with host.watched():
        host.shows("agent", " " * 97 + "END")
        host.tmux.run("resize-window", "-t", "=agent:", "-x", "60", "-y", "20")
        wait_until(lambda: " " * 97 + "END" not in host.screen("agent"), "the lines are folded", 4)


def test_a_flood_in_one_pane_delays_no_other(host: Host) -> None:
    """Megabytes a second in one pane: what happens in another is told as soon as ever."""
    host.open("flood", "exec -a claude yes 'a line that says nothing, again and again and again'")
    host.stub("quiet", "--turn-seconds", "0.3")
    with host.watched():
        host.await_availability("flood", "available")
        host.await_phase("quiet", "ready")
        delays = []
        for _ in range(5):
            host.tmux.run("send-keys", "-t", "=quiet:", "go", "Enter")
            began = time.monotonic()
            host.await_phase("quiet", "active")
            delays.append(time.monotonic() - began)
            host.await_phase("quiet", "ready")
        assert sorted(delays)[-2] < 0.3


def test_sessions_come_and_go_while_we_attach(tmux_server: TmuxServer) -> None:
    """A control client that comes as tmux's own does ends a server of before 3.7 with that."""
    tmux_server.new_session("base")
    address = TmuxAddress(str(tmux_server.socket))
    over = Event()

    def come_and_go() -> None:
        names = [f"x{number}" for number in range(5)]
        made = [("new-session", "-d", "-s", name, "sleep 100", ";") for name in names]
        ended = [("kill-session", "-t", f"={name}", ";") for name in names]
        while not over.is_set():
            tmux_server.run(*(word for command in (*made, *ended) for word in command))

    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(come_and_go)
        try:
            for _ in range(4):
                client = ControlClient(address, monotonic)
                assert client.request(["list-sessions"])[0].ok
                client.close()
        finally:
            over.set()
        busy.result()


def test_a_detached_client_is_told_to_be_gone(tmux_server: TmuxServer) -> None:
    """As by `detach-client -a`: whoever waits for notices hears it at once."""
    tmux_server.new_session("base")
    client = ControlClient(TmuxAddress(str(tmux_server.socket)), monotonic)
    tmux_server.run("detach-client", "-s", f"={KEEPER_SESSION}")
    wait_until(lambda: _is_gone(client), "the client knows that it was detached")
    client.close()


def _is_gone(client: ControlClient) -> bool:
    assert select([client], [], [], 10)[0], "nothing told us"
    try:
        client.notices()
    except TmuxError:
        return True
    return False


def test_a_session_keeps_its_environment(tmux_server: TmuxServer) -> None:
    """Ours has none of what tmux takes over from whoever attaches."""
    tmux_server.new_session("base")
    tmux_server.run("set-environment", "-t", "=base:", "SSH_AUTH_SOCK", "theirs")
    client = ControlClient(TmuxAddress(str(tmux_server.socket)), monotonic)
    client.close()
    asked = tmux_server.run("show-environment", "-t", "=base:", "SSH_AUTH_SOCK")
    assert asked.strip() == "SSH_AUTH_SOCK=theirs"


def test_server_gone_and_back(host: Host) -> None:
    """All agents are gone with tmux, and are found in a new server whose pane ids begin anew."""
    first = host.silent("agent")
    with host.watched():
        host.await_availability("agent", "available")
        host.tmux.kill()
        wait_until(lambda: host.listed() == [], "no session, no agent", 3.0)
        host.tmux.new_session("elsewhere")
        second = host.silent("other")
        assert (first, second) != (second, first)
        host.await_availability("other", "available", 3.0)
        host.tmux.new_session("agent", "bash -c 'exec -a claude sleep 1000'")
        host.await_availability("agent", "available", 3.0)


def test_server_killed_without_goodbye(host: Host) -> None:
    """A server that leaves its socket behind is as gone as any other."""
    host.silent("agent")
    with host.watched():
        host.await_availability("agent", "available")
        pid = host.tmux.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: host.listed() == [], "no server, no agent", 3.0)
        host.silent("agent")
        host.await_availability("agent", "available", 5.0)


def test_session_made_again_under_its_name(host: Host) -> None:
    """The agent of the record is the tool in the new session; the old one's screen is forgotten."""
    host.open("agent", f"echo before; {CLAUDE}")
    host.silent("other")
    with host.watched():
        host.shows("agent", "before")
        host.tmux.run("kill-session", "-t", "=agent")
        host.open("agent", f"echo after; {CLAUDE}")
        host.shows("agent", "after")
        assert "before" not in host.screen("agent")
        assert host.availability("other") == "available"


def test_respawned_pane_is_a_new_process(host: Host) -> None:
    """The same pane id with another program in it."""
    host.open("agent", f"echo before; {CLAUDE}")
    with host.watched():
        host.shows("agent", "before")
        host.tmux.run("respawn-pane", "-k", "-t", "=agent:", "bash", "-c", f"echo after; {CLAUDE}")
        host.shows("agent", "after")
        assert host.availability("agent") == "available"


def test_dead_pane_that_remains_is_down(host: Host) -> None:
    """With `remain-on-exit` a pane outlives its program; the agent is down all the same."""
    host.silent("other")
    host.tmux.run("set-option", "-g", "remain-on-exit", "on")
    host.open("agent", "exec -a claude cat")
    with host.watched():
        host.await_availability("agent", "available")
        host.tmux.run("send-keys", "-t", "=agent:", "C-d")
        host.await_availability("agent", "tui_down", 2.0)


def panes(host: Host) -> list[Pane]:
    """The listing as a watcher gets it."""
    source = PaneSource(TmuxAddress(str(host.tmux.socket)), host.tmux.socket, time.monotonic)
    try:
        source.look()
        return source.listing
    finally:
        source.disconnect()


def test_silent_server_is_told_and_keeps_its_agents(host: Host) -> None:
    """A tmux that hangs is a probe error of every agent, not the end of them."""
    host.silent("agent")
    with host.watched():
        host.await_availability("agent", "available")
        pid = host.tmux.pid
        assert pid is not None
        with stopped(pid):
            wait_until(lambda: problem(host, "agent") == "tmux_probe_error", "the hang is told", 8)
            assert host.listed() == ["agent"]
        host.await_availability("agent", "available", 12.0)


def problem(host: Host, agent_id: str) -> str:
    state = host.state(agent_id)
    error = state.diagnostics.probe_error if state else None
    return error.kind if error else ""


def test_a_server_that_nobody_uses_may_end(host: Host) -> None:
    """Our keeper session holds no server open after the last session of anybody else."""
    host.silent("agent")
    with host.watched():
        host.await_availability("agent", "available")
        server = host.tmux.pid
        assert server is not None
        host.tmux.run("kill-session", "-t", "=agent")
        wait_until(lambda: not psutil.pid_exists(server), "it ended", 3.0)
        host.await_heartbeat()
        assert host.tmux.pid is None, "and no other one was started for our keeper"


def test_a_watcher_that_was_detached_comes_back(host: Host) -> None:
    """As by `detach-client -a`, which means the other terminals of whoever types it."""
    host.silent("agent")
    with host.watched():
        host.await_availability("agent", "available")
        host.tmux.run("detach-client", "-s", f"={KEEPER_SESSION}")
        host.tmux.run("send-keys", "-t", "=agent:", "C-c")
        wait_until(lambda: host.listed() == [], "a new connection follows on", 3.0)
