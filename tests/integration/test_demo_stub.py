"""Stub agents in real tmux panes: they look, behave and are recognised like the tool."""

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from houmao.demo.puppeteer import PuppetSpec, put_puppet, write_plan
from houmao.demo.screens import TOOLS
from houmao.demo.stub_agent import command
from houmao.tmux.process import ProcessTable
from tests.services import TmuxServer, wait_until

FINISHED = {"claude": " for 1s", "codex": "Worked for 1s", "gemini": "✦ This is"}
COMPOSER = {"claude": "? for shortcuts", "codex": "Ask Codex", "gemini": "Type your message"}


def shows(server: TmuxServer, name: str, text: str) -> None:
    wait_until(lambda: text in server.screen(name), f"{name} shows {text!r}")


def pane(server: TmuxServer, name: str, what: str) -> str:
    return server.run("display-message", "-p", "-t", name, f"#{{{what}}}")


@pytest.mark.parametrize("tool", TOOLS)
def test_stub_takes_a_prompt_and_logs_what_it_painted(
    tool: str, tmux_server: TmuxServer, tmp_path: Path
) -> None:
    """Typed text shows as a draft, Enter runs a turn, and each end is logged after its paint."""
    truth = tmp_path / "truth.jsonl"
    options = ("--name", "alpha", "--truth", str(truth), "--turn-seconds", "1")
    tmux_server.new_session("alpha", shlex.join(command(tool, *options)))
    shows(tmux_server, "alpha", COMPOSER[tool])
    assert Path(pane(tmux_server, "alpha", "pane_current_command")).name == tool
    assert pane(tmux_server, "alpha", "alternate_on") == str(int(tool == "codex"))
    assert pane(tmux_server, "alpha", "cursor_flag") == str(int(tool == "codex"))
    pid = int(pane(tmux_server, "alpha", "pane_pid"))
    assert ProcessTable.read().find_tool(pid, tool), "found by its process"
    tmux_server.run("send-keys", "-t", "alpha", "-l", "hello there")
    shows(tmux_server, "alpha", "hello there")
    tmux_server.run("send-keys", "-t", "alpha", "Enter")
    wait_until(lambda: "turn_end" in truth.read_text() if truth.exists() else False, "a turn ends")
    shows(tmux_server, "alpha", FINISHED[tool])
    begin, end = map(json.loads, truth.read_text().splitlines())
    assert (begin["mark"], end["mark"]) == ("turn_begin", "turn_end")
    assert end["monotonic"] - begin["monotonic"] == pytest.approx(1.0, abs=0.2)
    assert end["epoch"] - begin["epoch"] == pytest.approx(1.0, abs=0.2)


def test_idle_stub_uses_no_processor_time(tmux_server: TmuxServer) -> None:
    """It blocks until something happens: many idle stubs must not disturb a measurement."""
    tmux_server.new_session("idle", shlex.join(command("claude")))
    shows(tmux_server, "idle", COMPOSER["claude"])
    stub = psutil.Process(int(pane(tmux_server, "idle", "pane_pid")))
    before = stub.num_ctx_switches().voluntary
    with pytest.raises(psutil.TimeoutExpired):
        stub.wait(0.5)
    assert stub.num_ctx_switches().voluntary - before <= 1


def test_stub_follows_the_size_of_its_pane(tmux_server: TmuxServer) -> None:
    tmux_server.new_session("wide", shlex.join(command("claude")), columns=80)
    shows(tmux_server, "wide", "─" * 80)
    tmux_server.run("resize-window", "-t", "wide", "-x", "100", "-y", "30")
    shows(tmux_server, "wide", "─" * 100)


def test_pasted_lines_are_one_draft(tmux_server: TmuxServer) -> None:
    """A bracketed paste with line breaks does not submit."""
    tmux_server.new_session("paste", shlex.join(command("claude")))
    shows(tmux_server, "paste", COMPOSER["claude"])
    tmux_server.run("set-buffer", "first line\nsecond line")
    tmux_server.run("paste-buffer", "-p", "-t", "paste")
    shows(tmux_server, "paste", "  second line")
    assert "esc to interrupt" not in tmux_server.screen("paste")


def test_ctrl_c_twice_ends_the_process(tmux_server: TmuxServer) -> None:
    tmux_server.new_session("end", shlex.join(command("gemini")))
    shows(tmux_server, "end", COMPOSER["gemini"])
    tmux_server.run("send-keys", "-t", "end", "C-c", "C-c")
    wait_until(lambda: tmux_server.pid is None, "the last pane's process has ended")


def test_puppeteer_plays_many_panes_from_one_process(
    tmux_server: TmuxServer, tmp_path: Path
) -> None:
    """Each pane holds a sleeping process under its tool's name; one process paints them all."""
    parts = []
    for number, tool in enumerate(TOOLS * 2):
        name = f"puppet{number}"
        puppet = tmp_path / tool if number >= len(TOOLS) else put_puppet(tmp_path, tool)
        tmux_server.new_session(name, shlex.join([str(puppet), "infinity"]))
        script = "idle 0.1, turn 1, idle 60"
        parts.append(PuppetSpec(name, tool, pane(tmux_server, name, "pane_tty"), script))
    write_plan(tmp_path / "plan.json", parts)
    arguments = [str(tmp_path / "plan.json"), "--truth", str(tmp_path / "truth.jsonl")]
    puppeteer = subprocess.Popen([sys.executable, "-m", "houmao.demo.puppeteer", *arguments])
    try:
        for part in parts:
            shows(tmux_server, part.name, FINISHED[part.tool])
            pid = int(pane(tmux_server, part.name, "pane_pid"))
            assert ProcessTable.read().find_tool(pid, part.tool)
        truth = tmp_path / "truth.jsonl"
        wait_until(lambda: truth.read_text().count("\n") == 12, "every turn is over")
        marks = [json.loads(line)["mark"] for line in truth.read_text().splitlines()]
        assert sorted(marks) == ["turn_begin"] * 6 + ["turn_end"] * 6
    finally:
        puppeteer.send_signal(signal.SIGTERM)
        assert puppeteer.wait(5) == 0
