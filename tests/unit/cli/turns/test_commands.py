"""`houmao-mgr agents turn`: from the words typed to what comes back."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import Result

from tests.unit.cli.recorded import Recorded

Run = Callable[..., Result]

TURN = "9f2c41d07b6e"
AGENT = {"tracked_agent_id": "c0ffee12ab34", "agent_id": "id-rev", "agent_name": "rev"}
BASE = "/houmao/agents/c0ffee12ab34/turns"


def turn(status: str = "completed", **changes: Any) -> dict[str, Any]:
    return {
        **AGENT,
        "turn_id": TURN,
        "turn_index": 2,
        "status": status,
        "started_at_utc": "2026-03-27T09:02:10+00:00",
        "completed_at_utc": None if status == "active" else "2026-03-27T09:05:30+00:00",
        "returncode": None if status == "active" else 0,
        "error": None,
        "answer": "Two tests fail.\nBoth \x1b[31mred.",
        "stdout_path": None,
        "stderr_path": None,
        "provider_session_id": "sess-1",
        "interrupt_requested_at_utc": None,
        "limit_seconds": None,
        "fan_out_id": None,
        **changes,
    }


def entry(number: int, kind: str, message: str, **data: Any) -> dict[str, Any]:
    return {
        "number": number,
        "kind": kind,
        "message": message,
        "turn_index": 2,
        "timestamp_utc": "2026-03-27T09:02:40+00:00",
        "payload": {"provider": "claude", "data": data},
    }


def one_after_the_other(*answers: Any) -> Callable[[], Any]:
    """An answer that is the next one each time it is asked for, the last one for ever."""
    left: Iterator[Any] = iter(answers)
    now = [answers[0]]

    def answer() -> Any:
        now[0] = next(left, now[0])
        return now[0]

    return answer


@pytest.fixture
def agent(api: Recorded) -> Recorded:
    """A server with one headless agent, whose second turn is its latest."""
    api.answers |= {
        "/houmao/agents/rev/turns?limit=0": {**AGENT, "turns": []},
        "/houmao/agents/rev/turns?limit=1": {**AGENT, "turns": [turn()]},
        BASE: {**AGENT, "turn_id": TURN, "turn_index": 2, "turn_status": "active"},
        f"{BASE}/{TURN}": turn(),
        f"{BASE}/{TURN}?wait=5": turn(),
    }
    return api


def test_a_submitted_turn_runs_without_us(agent: Recorded, mgr: Run) -> None:
    result = mgr("agents", "turn", "submit", "rev", "--prompt", "look", "--time-limit", "60")
    assert result.exit_code == 0, result.stderr
    assert f"agents turn events rev {TURN} --follow" in result.stdout
    assert agent.asked[-1] == ("POST", BASE)
    assert json.loads(agent.bodies[-1]) == {"prompt": "look", "limit_seconds": 60}


def test_a_script_may_ask_twice(agent: Recorded, mgr: Run) -> None:
    """Every call has a key; the script's own makes two calls one turn."""
    words = ("agents", "turn", "submit", "rev", "--prompt", "look")
    mgr(*words, "--idempotency-key", "nightly")
    mgr(*words)
    mine, made = (it["idempotency-key"] for it in agent.headers if "idempotency-key" in it)
    assert mine == "nightly"
    assert len(made) == 32


def test_waiting_shows_the_turn_while_it_runs(agent: Recorded, mgr: Run) -> None:
    """Pieces of an answer are joined, what only programs want is left out."""
    first = [
        entry(1, "session", "conversation started"),
        entry(2, "passthrough", "message.user"),
        {**entry(2, "diagnostic", "Warning: x"), "payload": {"routine": True}},
        entry(3, "assistant", "Two", text="Two", delta=True),
    ]
    second = [
        entry(4, "assistant", "(blank)", text=" ", delta=True),
        entry(5, "assistant", "fail.\n", text="fail.\nBoth.", delta=True),
        entry(6, "action_request", "Bash: ls"),
        entry(7, "completion", "Two fail.", status="success"),
    ]
    agent.answers |= {
        f"{BASE}/{TURN}/events?wait=5&after=0": {"status": "active", "entries": first},
        f"{BASE}/{TURN}/events?wait=5&after=3": {"status": "active", "entries": []},
        f"{BASE}/{TURN}/events?wait=5&after=7": {"status": "completed", "entries": []},
    }
    agent.answers[f"{BASE}/{TURN}/events?wait=5&after=3"] = one_after_the_other(
        {"status": "active", "entries": []}, {"status": "active", "entries": second}
    )
    result = mgr("agents", "turn", "submit", "rev", "--prompt", "look", "--wait")
    assert result.exit_code == 0, result.stderr
    words = [line.split(maxsplit=1)[-1].split() for line in result.stdout.splitlines()]
    assert words == [
        ["session", "conversation", "started"],
        ["says", "Two", "fail."],
        ["Both."],
        ["runs", "Bash:", "ls"],
        ["ended", "success"],
        ["turn", "2", "of", "rev", "took", "3m", "20s"],
    ]


def test_a_turn_that_fails_is_an_error_to_scripts(agent: Recorded, mgr: Run) -> None:
    """With --json programs get the turn, and the exit code tells."""
    agent.answers[f"{BASE}/{TURN}?wait=5"] = turn("failed", error="API Error: 401", answer=None)
    result = mgr("agents", "turn", "submit", "rev", "--prompt", "look", "--wait", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["status"] == "failed"
    assert result.stderr == "Error: failed: API Error: 401\n"


def test_a_busy_agent_says_which_turn_runs(agent: Recorded, mgr: Run) -> None:
    agent.answers[BASE] = (409, {"detail": f"turn {TURN} of rev runs; wait for it"})
    result = mgr("agents", "turn", "submit", "rev", "--prompt", "look")
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: turn {TURN} of rev runs; wait for it\n",
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--prompt", "x"], "name one or more, or say --all"),
        (["--prompt", "x", "rev", "--all"], "name one or more, or say --all"),
        (["rev", "--prompt", "x", "--time-limit", "0"], "0 is not in the range"),
        (["--all", "--prompt", "x", "--idempotency-key", "k"], "one agent only"),
    ],
)
def test_words_that_make_no_sense(agent: Recorded, mgr: Run, words: list[str], hint: str) -> None:
    result = mgr("agents", "turn", "submit", *words)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert not [it for it in agent.asked if it[0] == "POST"]


def test_an_id_that_is_only_a_name_asks_nobody(agent: Recorded, mgr: Run) -> None:
    result = mgr("agents", "turn", "submit", "--agent-id", "rev", "--prompt", "x")
    assert result.exit_code == 1
    assert "no live agent has the id 'rev'" in result.stderr
    assert not [it for it in agent.asked if it[0] == "POST"]


def test_status_tells_the_latest_turn_and_its_answer(agent: Recorded, mgr: Run) -> None:
    result = mgr("agents", "turn", "status", "rev")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].split(maxsplit=1) == ["turn", f"{TURN} (turn 2 of rev)"]
    assert lines[1].split() == ["status", "completed"]
    assert "took          3m 20s" in lines
    assert lines[-3:] == ["answer", "  Two tests fail.", "  Both  [31mred."]


@pytest.mark.parametrize("words", [["rev", TURN], ["--agent-name", "rev", TURN]])
def test_status_of_one_turn(agent: Recorded, mgr: Run, words: list[str]) -> None:
    """It is asked for as it was named: the agent may be stopped by now."""
    agent.answers[f"/houmao/agents/rev/turns/{TURN}?wait=5"] = one_after_the_other(
        turn("active"), turn("interrupted", error="interrupted on request")
    )
    result = mgr("agents", "turn", "status", *words, "--wait")
    assert result.exit_code == 1
    assert result.stderr == "Error: interrupted: interrupted on request\n"
    assert "because" in result.stdout


def test_an_agent_without_a_turn_says_how_to_give_it_one(agent: Recorded, mgr: Run) -> None:
    agent.answers["/houmao/agents/rev/turns?limit=1"] = {**AGENT, "turns": []}
    result = mgr("agents", "turn", "status", "rev")
    assert result.exit_code == 1
    assert "houmao-mgr agents turn submit rev --prompt" in result.stderr


def test_events_as_they_are(agent: Recorded, mgr: Run) -> None:
    found = {**AGENT, "turn_id": TURN, "status": "active", "entries": [entry(1, "assistant", "Hi")]}
    agent.answers[f"{BASE}/{TURN}/events"] = found
    assert json.loads(mgr("agents", "turn", "events", "rev", "--json").stdout) == found
    told = mgr("agents", "turn", "events", "rev").stdout
    assert told.split()[1:] == ["says", "Hi"]


def test_events_that_are_followed_are_one_object_a_line(agent: Recorded, mgr: Run) -> None:
    entries = [entry(1, "progress", "init"), entry(2, "assistant", "Hi")]
    agent.answers |= {
        f"{BASE}/{TURN}/events?wait=5&after=0": {"status": "active", "entries": entries[:1]},
        f"{BASE}/{TURN}/events?wait=5&after=1": {"status": "completed", "entries": entries[1:]},
    }
    result = mgr("agents", "turn", "events", "rev", "--follow", "--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == entries


def test_an_outage_only_makes_the_wait_longer(agent: Recorded, mgr: Run) -> None:
    agent.answers[f"{BASE}/{TURN}?wait=5"] = one_after_the_other(
        (503, {"detail": "Redis is away"}), turn("active"), turn()
    )
    result = mgr("agents", "turn", "status", "rev", "--wait")
    assert result.exit_code == 0
    assert "Redis is away" in result.stderr


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_outputs_are_written_as_they_are(agent: Recorded, mgr: Run, name: str) -> None:
    agent.answers[f"{BASE}/{TURN}/artifacts/{name}"] = b'{"type":"result"}\nno end'
    result = mgr("agents", "turn", name, "rev")
    assert result.stdout == '{"type":"result"}\nno end'


def test_an_output_that_is_not_there_is_an_error(agent: Recorded, mgr: Run) -> None:
    agent.answers[f"{BASE}/{TURN}/artifacts/stdout"] = (404, {"detail": "not yet"})
    result = mgr("agents", "turn", "stdout", "rev")
    assert (result.exit_code, result.stderr) == (1, "Error: not yet\n")


def fan_out(*statuses: str) -> dict[str, Any]:
    turns = [
        {
            "tracked_agent_id": f"t{number}",
            "agent_name": f"rev{number}",
            "turn_id": None if status == "refused" else f"{number}" * 12,
            "status": status,
            "error": "turn x runs" if status == "refused" else None,
            "answer": "Done." if status == "completed" else None,
        }
        for number, status in enumerate(statuses)
    ]
    counts = {status: statuses.count(status) for status in statuses}
    done = not {"active", "unknown"} & set(statuses)
    return {"status": "ok", "fan_out_id": "fan-1", "done": done, "counts": counts, "turns": turns}


def test_one_prompt_for_all(agent: Recorded, mgr: Run) -> None:
    agent.answers["/houmao/fan-outs"] = fan_out("active", "refused")
    result = mgr("agents", "turn", "submit", "--all", "--prompt", "pull")
    assert result.exit_code == 0, result.stderr
    assert json.loads(agent.bodies[-1]) == {"prompt": "pull", "limit_seconds": None, "all": True}
    _, first, second, counts, hint = result.stdout.splitlines()
    assert first.split() == ["rev0", "0" * 12, "active"]
    assert second.split() == ["rev1", "-", "refused", "turn", "x", "runs"]
    assert counts == "fan-1: 1 active, 1 refused"
    assert "houmao-mgr agents turn status fan-1 --wait" in hint


def test_one_prompt_for_several_is_seen_to_its_end(agent: Recorded, mgr: Run) -> None:
    """Every name is looked up first; each turn is told when it ends, and one failure counts."""
    other = {"tracked_agent_id": "beef", "agent_id": "id-gpu", "agent_name": "gpu"}
    agent.answers |= {
        "/houmao/agents/gpu/turns?limit=0": {**other, "turns": []},
        "/houmao/fan-outs": fan_out("active", "active"),
        "/houmao/fan-outs/fan-1?wait=20&ended=0": fan_out("completed", "active"),
        "/houmao/fan-outs/fan-1?wait=20&ended=1": fan_out("completed", "failed"),
    }
    words = ("--agent-name", "rev", "--agent-name", "gpu", "--prompt", "pull", "--wait")
    result = mgr("agents", "turn", "submit", *words)
    refs = json.loads(next(body for body in agent.bodies if body))["agent_refs"]
    assert refs == ["c0ffee12ab34", "beef"]
    first, second, counts = result.stdout.splitlines()
    assert first.split() == ["completed", "rev0", "Done."]
    assert second.split() == ["failed", "rev1"]
    assert counts == "fan-1: 1 completed, 1 failed"
    assert result.exit_code == 1
    assert result.stderr == "Error: 1 of 2 did not complete: rev1\n"


def test_a_fan_out_is_asked_for_by_its_id(agent: Recorded, mgr: Run) -> None:
    agent.answers["/houmao/fan-outs/fan-1"] = fan_out("completed", "completed")
    result = mgr("agents", "turn", "status", "fan-1")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "fan-1: 2 completed"
