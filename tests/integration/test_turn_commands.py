"""`houmao-mgr` about headless agents, on a real server with stand-in tools."""

import json
from collections.abc import Iterator
from contextlib import chdir

import pytest
from click.testing import CliRunner, Result

from houmao.cli.main import main
from tests.integration.headless import Crew, crew, private
from tests.integration.launching import DEFINITIONS
from tests.services import wait_until


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    """One server for all tests."""
    folder = tmp_path_factory.mktemp("crew")
    with private(folder) as (settings, tmux), crew(settings, tmux, folder) as it:
        yield it


def mgr(found: Crew, *words: str) -> Result:
    """What `houmao-mgr` does with these words."""
    environ = found.server.settings.as_environ()
    with chdir(found.folder):
        return CliRunner().invoke(main, words, env=environ, prog_name="houmao-mgr")


def launch(found: Crew, name: str, *words: str) -> None:
    options = ("--headless", "--agents", "gpu-kernel-coder", "--agent-name", name)
    definitions = ("--agent-def-dir", str(DEFINITIONS))
    done = mgr(found, "agents", "launch", *options, *definitions, "--json", *words)
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    found.tmux.opened.add(told["tmux_session_name"])
    found.tracked[name] = told["tracked_agent_id"]


def listed(found: Crew, name: str) -> str:
    """The agent's row in the table of all agents, empty while it has none."""
    lines = mgr(found, "agents", "list").stdout.splitlines()
    return next((line for line in lines if line.startswith(f"{name} ")), "")


def test_turns_by_hand(found: Crew) -> None:
    """A turn that is watched, one that fails, one that is interrupted; what is told of them."""
    launch(found, "rev", "--provider", "claude_code")
    told = mgr(found, "agents", "turn", "submit", "rev", "--prompt", "say hello", "--wait")
    assert told.exit_code == 0, told.stderr
    assert [line.split(maxsplit=1)[1] for line in told.stdout.splitlines()][1:-1] == [
        "says     hello",
        "ended    success",
    ]
    failed = mgr(found, "agents", "turn", "submit", "rev", "--prompt", "fail", "--wait", "--json")
    assert failed.exit_code == 1
    assert json.loads(failed.stdout)["status"] == "failed"
    assert "API Error: 400" in failed.stderr

    accepted = mgr(found, "agents", "turn", "submit", "rev", "--prompt", "slow 60", "--json")
    turn_id = json.loads(accepted.stdout)["turn_id"]
    found.begun(turn_id)
    refused = mgr(found, "agents", "turn", "submit", "rev", "--prompt", "say never")
    assert refused.exit_code == 1
    assert turn_id in refused.stderr
    wait_until(lambda: " active " in listed(found, "rev"), "the list tells of the turn")
    assert turn_id in mgr(found, "agents", "state", "rev").stdout
    assert mgr(found, "agents", "interrupt", "rev").exit_code == 0
    ended = mgr(found, "agents", "turn", "status", "rev", turn_id, "--wait")
    assert (ended.exit_code, ended.stderr) == (1, "Error: interrupted: interrupted on request\n")

    history = mgr(found, "agents", "history", "rev").stdout.splitlines()
    assert [row.split()[3] for row in history[1:]] == ["interrupted", "failed", "completed"]
    assert " ready " in listed(found, "rev")
    assert "interrupted" in listed(found, "rev")
    events = json.loads(mgr(found, "agents", "turn", "events", "rev", "--json").stdout)
    assert events["status"] == "interrupted"
    assert mgr(found, "agents", "turn", "stdout", "rev", turn_id).exit_code == 0
    # It has no composer to type into: a prompt is a turn.
    given = mgr(found, "agents", "prompt", "rev", "--prompt", "say yes", "--wait", "--json")
    assert (given.exit_code, json.loads(given.stdout)["answer"]) == (0, "yes")
    typed = mgr(found, "agents", "prompt", "rev", "--prompt", "/clear", "--as-command")
    assert (typed.exit_code, "--as-command" in typed.stderr) == (2, True)
    assert mgr(found, "agents", "stop", "rev").exit_code == 0


def test_one_prompt_for_many(found: Crew) -> None:
    """One id tells of all turns; a busy agent is refused, and everything stays after a stop."""
    launch(found, "gpu", "--provider", "codex")
    launch(found, "doc", "--provider", "gemini_cli")
    words = ("--prompt", "say done", "--wait")
    told = mgr(found, "agents", "turn", "submit", "gpu", "--agent-name", "doc", *words)
    assert told.exit_code == 0, told.stderr
    *rows, counts = told.stdout.splitlines()
    assert sorted(row.split() for row in rows) == [
        ["completed", "doc", "done"],
        ["completed", "gpu", "done"],
    ]
    assert counts.endswith(": 2 completed")

    busy = found.submit("doc", "slow 60")
    found.begun(busy)
    told = mgr(found, "agents", "turn", "submit", "doc", "gpu", "--prompt", "say more", "--wait")
    assert told.exit_code == 1
    assert told.stderr == "Error: 1 of 2 did not complete: doc\n"
    fan_out = told.stdout.splitlines()[-1].partition(":")[0]
    turns = json.loads(mgr(found, "agents", "turn", "status", fan_out, "--json").stdout)["turns"]
    assert {turn["agent_name"]: turn["status"] for turn in turns} == {
        "gpu": "completed",
        "doc": "refused",
    }
    tracked = found.tracked["doc"]
    assert mgr(found, "agents", "stop", "doc").exit_code == 0
    wait_until(lambda: not listed(found, "doc"), "it is gone from the list")
    left = mgr(found, "agents", "turn", "status", "--agent-id", tracked, busy, "--json")
    assert json.loads(left.stdout)["status"] == "interrupted"


def test_an_agent_whose_session_was_ended_by_hand(found: Crew) -> None:
    """It can be stopped, and another one can take its name at once."""
    for take_away in (True, False):
        launch(found, "old")
        assert mgr(found, "stop-session", "--agent-identity", "old").exit_code == 0
        wait_until(lambda: not listed(found, "old"), "it is gone from the list")
        refused = mgr(found, "agents", "turn", "submit", "old", "--prompt", "say no")
        assert "does not run" in refused.stderr
        if take_away:
            assert mgr(found, "agents", "stop", "old").exit_code == 0
    launch(found, "old")
    told = mgr(found, "agents", "turn", "submit", "old", "--prompt", "say new", "--wait")
    assert told.exit_code == 0, told.stderr
    assert mgr(found, "agents", "stop", "old").exit_code == 0


@pytest.mark.parametrize(
    "command", ["send-prompt --prompt x", "send-keys --sequence x", "interrupt"]
)
def test_nobody_types_into_a_headless_agents_pane(found: Crew, command: str) -> None:
    """Between turns a shell runs there, and would do what it reads."""
    if "shy" not in found.tracked:
        launch(found, "shy")
    told = mgr(found, *command.split(), "--agent-identity", "shy")
    assert told.exit_code == 2
    assert "houmao-mgr agents turn submit shy" in told.stderr
