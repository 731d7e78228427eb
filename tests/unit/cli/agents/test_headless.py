"""Commands about any agent, asked about one without a screen."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click import unstyle
from click.testing import Result

from houmao.cli.agents.list import fleet_lines
from houmao.cli.agents.watch import TableView
from tests.unit.cli.recorded import RECORDED, Recorded
from tests.unit.cli.turns.test_commands import AGENT, turn

Run = Callable[..., Result]

NOW = 1_774_602_200.0
SUMMARY = {
    **RECORDED["listing"]["agents"][0],
    "agent_id": "id-rev",
    "agent_name": "rev",
    "backend": "claude_headless",
    "tmux_session_name": "HOUMAO-rev-1",
}
LAST = {"result": "success", "turn_id": "t1", "turn_index": 1}


def present(phase: str = "ready", availability: str = "available", **more: Any) -> dict[str, Any]:
    return {
        "tracked_agent_id": "c0ffee12ab34",
        "availability": availability,
        "turn": {"phase": phase, "active_turn_id": "t2" if phase == "active" else None},
        "last_turn": {**LAST, "updated_at_utc": "2026-03-27T09:03:00+00:00"},
        "active_turn_started_at_utc": "2026-03-27T09:03:10+00:00" if phase == "active" else None,
        "diagnostics": [],
        **more,
    }


@pytest.fixture
def rev(api: Recorded) -> Recorded:
    """A server with one headless agent, whose pane shows a bare shell."""
    down = {**RECORDED["alpha"]["diagnostics"], "availability": "tui_down"}
    problem = {"kind": "tmux_session_missing", "message": "its session does not run"}
    now = present("active", diagnostics=[problem])
    identity = {**SUMMARY, **AGENT, "transport": "headless"}
    detail = {
        "transport": "headless",
        **now,
        "can_accept_prompt_now": False,
        "active_turn_interrupt_requested_at_utc": None,
        "last_turn_error": "API Error",
    }
    summary = {"identity": identity, **now, "gateway": None, "mailbox": None}
    api.answers |= {
        "/houmao/agents/rev": SUMMARY,
        "/houmao/agents/id-rev": SUMMARY,
        "/houmao/agents/rev/state": {**RECORDED["alpha"], **AGENT, "diagnostics": down},
        "/houmao/agents/id-rev/managed-state/detail": {
            "identity": identity,
            "summary_state": summary,
            "detail": detail,
        },
        "/houmao/agents/id-rev/turns?limit=20": {**AGENT, "turns": [turn()]},
    }
    return api


@pytest.mark.parametrize(
    ("now", "cells"),
    [
        (present(), ["ready", "20s", "success", "20s", "ago"]),
        (present("active"), ["active", "10s", "success", "20s", "ago"]),
        (
            present(availability="unavailable", diagnostics=[{"kind": "tmux_session_missing"}]),
            ["cannot", "run:", "tmux", "session", "missing", "20s", "success", "20s", "ago"],
        ),
        (None, ["run", "by", "nobody", "here", "-", "-"]),
    ],
)
def test_list_tells_what_its_turns_tell(now: Any, cells: list[str]) -> None:
    """Never what its pane shows, which is a bare shell between turns."""
    seen = RECORDED["fleet"]["agents"][0]["state"]
    _, row = fleet_lines({"agents": [{**SUMMARY, "state": seen, "headless": now}]}, NOW)
    assert unstyle(row).split()[2:-1] == cells


def test_state_is_told_by_its_turns(rev: Recorded, mgr: Run) -> None:
    result = mgr("agents", "state", "rev")
    assert result.exit_code == 0, result.stderr
    facts = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert facts["state"] == "active"
    assert facts["because"] == "its session does not run"
    assert facts["turn"].startswith("t2, began ")
    assert json.loads(mgr("agents", "state", "rev", "--json").stdout)["detail"]["transport"]


def test_history_is_its_turns(rev: Recorded, mgr: Run) -> None:
    result = mgr("agents", "history", "rev")
    head, row = result.stdout.splitlines()
    assert head.split() == ["WHEN", "TURN", "STATUS", "TOOK", "SAYS"]
    assert row.split()[-5:] == ["Two", "tests", "fail.", "Both", "[31mred."]


def test_interrupt_says_what_was_done(rev: Recorded, mgr: Run) -> None:
    done = {**AGENT, "status": "ok", "detail": "turn t2 was told to end"}
    rev.answers["/houmao/agents/id-rev/interrupt"] = done
    assert mgr("agents", "interrupt", "rev").stdout == "rev: turn t2 was told to end\n"


def test_watch_tells_the_steps_of_its_turns() -> None:
    board = TableView()
    list(board.present({"agents": [{**SUMMARY, "state": None, "headless": present()}]}))
    event = {
        **AGENT,
        "turn_id": "t2",
        "turn_index": 2,
        "status": "failed",
        "error": "API Error",
        "summary": "turn_failed",
        "recorded_at": "2026-03-27T09:03:10+00:00",
    }
    (line,) = board.change(event)
    assert unstyle(line).split("  ")[1:] == ["rev", "turn 2", "failed", "API Error"]
    (line,) = board.change({**event, "summary": "turn_interrupting", "error": None})
    assert "interrupting" in line


@pytest.fixture
def launched(api: Recorded) -> dict[str, Any]:
    """A launch that has ended well."""
    return {
        "launch_id": "launch-1",
        "outcome": "launched",
        "detail": "launched",
        "agent_name": "rev",
        "agent_id": "id-rev",
        "tracked_agent_id": "c0ffee12ab34",
        "tmux_session_name": "HOUMAO-rev-1",
        "manifest_path": "/srv/s1/manifest.json",
    }


WORDS = ("agents", "launch", "--headless", "--agents", "reviewer", "--yolo")


def test_launch_is_left_to_the_server_and_waited_for(
    api: Recorded, mgr: Run, launched: dict[str, Any]
) -> None:
    api.answers |= {
        "/houmao/agents/launches": {**launched, "outcome": None, "detail": "the launch is queued"},
        "/houmao/agents/launches/launch-1?wait=5": launched,
    }
    result = mgr(*WORDS, "--agent-name", "rev")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == "the launch is queued\n"
    assert "tracked_agent_id=c0ffee12ab34" in result.stdout.splitlines()
    asked = json.loads(next(body for body in api.bodies if body))
    assert (asked["headless"], asked["agents"], asked["agent_name"]) == (True, "reviewer", "rev")
    assert asked["working_directory"].startswith("/")
    assert asked["agent_def_dir"].startswith("/")


def test_a_launch_that_fails_says_why(api: Recorded, mgr: Run, launched: dict[str, Any]) -> None:
    found = {**launched, "outcome": "failed", "detail": "claude is not installed"}
    api.answers["/houmao/agents/launches"] = found
    result = mgr(*WORDS)
    assert (result.exit_code, result.stderr) == (1, "Error: failed: claude is not installed\n")


def test_where_a_headless_agent_is_kept_is_the_servers_business(api: Recorded, mgr: Run) -> None:
    result = mgr(*WORDS, "--runtime-root", "/tmp")
    assert result.exit_code == 2
    assert "--runtime-root does not go with --headless" in result.stderr
    assert api.asked == []


@pytest.mark.parametrize("command", ["explain", "refresh"])
def test_what_reads_screens_tells_of_its_turns(rev: Recorded, mgr: Run, command: str) -> None:
    state = rev.answers["/houmao/agents/rev/state"]
    rev.answers["/houmao/agents/rev/refresh"] = state
    rev.answers["/houmao/agents/rev/explain"] = {**AGENT, "state": state}
    result = mgr("agents", command, "rev")
    assert result.exit_code == 0, result.stderr
    assert "takes a turn" in result.stdout
