"""The installed `houmao-mgr` against the installed server, with stub agents in a real tmux."""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from houmao.demo.stub_agent import command
from tests.services import PATIENCE_SECONDS, TmuxServer, private_tmux, wait_until

#: Seconds of its own that a command may take at most, Python's start taken off.
BUDGET_SECONDS = 0.15

SCRIPTS = Path(sysconfig.get_path("scripts"))


@dataclass(frozen=True, slots=True)
class Host:
    """A running server, its tmux, and the environment that leads both programs to them."""

    tmux: TmuxServer
    environ: dict[str, str]

    def start(self, program: str, *words: str) -> "subprocess.Popen[str]":
        """The program in the background, its output in pipes."""
        pipe = subprocess.PIPE
        words = (str(SCRIPTS / program), *words)
        return subprocess.Popen(words, env=self.environ, stdout=pipe, stderr=pipe, text=True)

    def mgr(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """`houmao-mgr` run to its end."""
        process = self.start("houmao-mgr", *words)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def ask(self, *words: str) -> Any:
        """What `houmao-mgr ... --json` prints; fails when it fails."""
        done = self.mgr(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def agents(self) -> dict[str, str]:
        """Names and ids of the live agents."""
        return {it["agent_name"]: it["agent_id"] for it in self.ask("agents", "list")["agents"]}

    def join(self, name: str, tool: str, script: str) -> None:
        """Start a stub agent in a session of its own, adopt it and wait until it is seen."""
        stub = " ".join(map(_quoted, command(tool, "--name", name, "--script", script)))
        self.tmux.new_session(name, stub)
        join = ("agents", "join", "--session-name", name, "--agent-name", name)
        wait_until(lambda: self.mgr(*join).returncode == 0, f"{name} can be joined")
        state = ("agents", "state", name)
        wait_until(lambda: self.mgr(*state).returncode == 0, f"{name} is observed")


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _environ(folder: Path, tmux: TmuxServer) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("HOUMAO_", "TMUX"))}
    return inherited | {
        "HOME": str(folder),
        "HOUMAO_GLOBAL_RUNTIME_DIR": str(folder / "runtime"),
        "HOUMAO_GLOBAL_REGISTRY_DIR": str(folder / "registry"),
        "HOUMAO_TMUX_SOCKET": str(tmux.socket),
        "HOUMAO_PORT": port,
        "http_proxy": "http://127.0.0.1:1",
    }


@contextmanager
def _served(host: Host, folder: Path) -> Iterator[None]:
    with (folder / "server.log").open("w") as log:
        serve = [str(SCRIPTS / "houmao-passive-server"), "serve"]
        server = subprocess.Popen(serve, env=host.environ, stdout=log, stderr=log)
        try:
            wait_until(lambda: host.ask("server", "status")["running"], "the server answers", 20)
            wait_until(lambda: host.mgr("agents", "list").returncode == 0, "agents are listed")
            yield
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A server that watches two stub agents: one works now and then, one waits for a person."""
    with tempfile.TemporaryDirectory(prefix="houmao-cli-") as name, private_tmux() as tmux:
        host = Host(tmux, _environ(Path(name), tmux))
        with _served(host, Path(name)):
            host.join("worker", "claude", "idle 1, turn 2, again")
            host.join("asker", "codex", "ask")
            yield host


def test_list_shows_every_agent_with_its_state(host: Host) -> None:
    """The agent that waits for a person says so in the table."""

    def asker_line() -> str:
        lines = host.mgr("agents", "list").stdout.splitlines()
        return next(line for line in lines if line.startswith("asker"))

    wait_until(lambda: "blocked: approval" in asker_line(), "the approval dialog is seen")
    assert host.agents().keys() >= {"worker", "asker"}


def test_one_agent_is_shown_from_all_sides(host: Host) -> None:
    """State, history, identity and a fresh look agree on who it is."""
    agent_id = host.agents()["asker"]
    assert host.ask("agents", "state", "--agent-name", "asker")["agent_id"] == agent_id
    assert host.ask("agents", "state", "--agent-id", agent_id)["agent_name"] == "asker"
    assert host.ask("agents", "history", "asker")["entries"]
    assert host.ask("agents", "refresh", "asker")["agent_id"] == agent_id
    assert host.ask("agents", "show", "asker")["identity"]["tmux_session_name"] == "asker"
    assert "codex" in host.mgr("agents", "show", "asker", "--screen").stdout.lower()


def test_an_unknown_agent_is_one_sentence(host: Host) -> None:
    """Exit code 1, and the name that was not found."""
    done = host.mgr("agents", "state", "ghost")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ghost" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_watch_tells_each_turn_as_it_happens_and_ends_with_ctrl_c(host: Host) -> None:
    """The worker is seen to begin and to end a turn, without a request from here."""
    watch = host.start("houmao-mgr", "agents", "watch", "worker", "--json")
    assert watch.stdout is not None
    phases: list[str] = []
    deadline = time.monotonic() + 3 * PATIENCE_SECONDS
    while {"active", "ready"} - set(phases[1:]) and time.monotonic() < deadline:
        event = json.loads(watch.stdout.readline())
        assert event["agent_name"] == "worker"
        phases.append(event["turn_phase"])
    watch.send_signal(signal.SIGINT)
    watch.communicate(timeout=PATIENCE_SECONDS)
    assert watch.returncode == 0
    assert {"active", "ready"} <= set(phases[1:])


def test_cleanup_removes_only_what_is_dead(host: Host) -> None:
    """A record whose session was killed goes; the live agents stay."""
    host.join("victim", "gemini", "idle 60")
    host.tmux.run("kill-session", "-t", "=victim")
    planned = host.ask("agents", "cleanup", "--dry-run")["planned_actions"]
    assert [it["reason"] for it in planned] == ["its tmux session 'victim' is not running"]
    assert host.ask("agents", "cleanup")["summary"]["applied_count"] == 1
    wait_until(lambda: "victim" not in host.agents(), "the victim has left")
    assert host.agents().keys() >= {"worker", "asker"}


def test_list_all_says_why_an_agent_is_missing(host: Host) -> None:
    """A record that cannot be read is named with its reason and hides nobody."""
    broken = Path(host.environ["HOUMAO_GLOBAL_REGISTRY_DIR"], "live_agents", "broken")
    broken.mkdir()
    (broken / "record.json").write_text("{")
    try:
        (found,) = host.ask("agents", "list", "--all")["unused_records"]
        assert found["agent_id"] == "broken"
        assert "worker" in host.mgr("agents", "list", "--all").stdout
    finally:
        (broken / "record.json").unlink()
        broken.rmdir()


def test_list_is_quick(host: Host) -> None:
    """A command that people type all day answers at once: best of ten, Python's start taken off."""

    def seconds(*words: str) -> float:
        began = time.perf_counter()
        subprocess.run(words, env=host.environ, capture_output=True, check=True)
        return time.perf_counter() - began

    program = str(SCRIPTS / "houmao-mgr")
    command_seconds = min(seconds(program, "agents", "list") for _ in range(10))
    python_seconds = min(seconds(sys.executable, "-c", "pass") for _ in range(10))
    assert command_seconds - python_seconds < BUDGET_SECONDS


def test_a_stopped_server_is_gone_and_is_missed(tmp_path: Path) -> None:
    """`server stop` returns when nobody answers any more; agents then say how to start one."""
    with private_tmux() as tmux:
        host = Host(tmux, _environ(tmp_path, tmux))
        with _served(host, tmp_path):
            assert host.ask("server", "stop")["running"] is False
            assert host.ask("server", "status")["running"] is False
            done = host.mgr("agents", "list")
            assert (done.returncode, "houmao-passive-server serve" in done.stderr) == (1, True)


def test_an_agent_that_waits_explains_why(host: Host) -> None:
    """The rows that were read, with their text, and what somebody has to do."""

    def needed() -> list[str]:
        return [it["field"] for it in host.ask("agents", "explain", "asker")["needed_for_ready"]]

    wait_until(lambda: needed() == ["surface.blocked_on"], "the dialog is what is in the way")
    told = host.ask("agents", "explain", "asker")
    assert told["detector"].startswith("codex_tui")
    assert any(row["text"].strip() for item in told["evidence"] for row in item["rows"])


def test_a_recording_replays_to_a_whole_turn(host: Host, tmp_path: Path) -> None:
    """What the running server's tracker took in gives the same story in virtual time."""
    out = tmp_path / "worker.jsonl"
    done = host.mgr("agents", "record", "worker", "--seconds", "6", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    replayed = host.mgr("replay", str(out), "--json")
    assert replayed.returncode == 0, replayed.stderr
    changes = json.loads(replayed.stdout)["transitions"]
    assert {it["phase"] for it in changes} >= {"active", "ready"}
    assert "success" in {it["result"] for it in changes}
