"""Commands that want something of an agent: what is asked, what is told, how they exit."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from houmao.cli.client.http import Server
from houmao.cli.client.waiting import WaitCallbacks, progress, reached, see_through
from houmao.cli.main import main
from tests.unit.cli.recorded import RECORDED, Recorded

Run = Callable[..., Result]

QUEUED = RECORDED["request"]
ALPHA, ID = QUEUED["agent_id"], QUEUED["request_id"]
TYPING = {**QUEUED, "state": "delivering", "typed_at": "2026-11-21T10:20:01.000+00:00"}
SUBMITTED = {
    **TYPING,
    "state": "ended",
    "outcome": "submitted",
    "delivered": True,
    "detail": "the prompt left the composer",
    "ended_at": "2026-11-21T10:20:02.000+00:00",
}
SUCCEEDED = {**SUBMITTED, "turn_result": "success"}
FAILED = {**SUBMITTED, "turn_result": "known_failure"}
BLOCKED = {
    **QUEUED,
    "state": "ended",
    "outcome": "draft_present",
    "delivered": False,
    "detail": "a half-typed text stands in the agent's composer",
}
AGENT = f"/houmao/agents/{ALPHA}"
POSTED = f"{AGENT}/requests?deadline=600"


def asks(point: str) -> str:
    return f"{AGENT}/requests/{ID}?wait=4&wait_for={point}"


@pytest.fixture
def desk(api: Recorded) -> Recorded:
    """A server with one ready agent, whose request goes well."""
    api.answers |= {
        "/houmao/agents/alpha": RECORDED["listing"]["agents"][0],
        f"{AGENT}/state": RECORDED["alpha"],
        POSTED: {"status": "ok", **QUEUED},
        asks("typing"): TYPING,
        asks("delivery"): SUBMITTED,
        asks("turn"): SUCCEEDED,
    }
    return api


def test_a_prompt_is_seen_through_to_its_submission(desk: Recorded, mgr: Run) -> None:
    """Progress on standard error, the outcome on standard output, and it was sent once."""
    result = mgr("agents", "prompt", "alpha", "--prompt", "run the tests")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "submitted: the prompt left the composer\n"
    assert result.stderr.splitlines() == ["queued; the agent is ready", "typing"]
    assert desk.asked.count(("POST", POSTED)) == 1
    assert json.loads(desk.bodies[desk.asked.index(("POST", POSTED))]) == {
        "prompt": "run the tests"
    }


def test_waiting_for_the_turn(desk: Recorded, mgr: Run) -> None:
    """With --wait the command ends with the turn."""
    result = mgr("agents", "prompt", "alpha", "--prompt", "go", "--wait")
    assert (result.exit_code, result.stdout) == (
        0,
        "submitted: the prompt left the composer; turn success\n",
    )
    assert result.stderr.splitlines()[-1] == "submitted; the turn runs"


def test_a_turn_that_failed_is_a_failure(desk: Recorded, mgr: Run) -> None:
    """Only to those who waited for it."""
    desk.answers[asks("turn")] = FAILED
    result = mgr("agents", "prompt", "alpha", "--prompt", "go", "--wait")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("Error: the turn ended: failure\n")
    assert mgr("agents", "prompt", "alpha", "--prompt", "go").exit_code == 0


def test_a_prompt_that_was_not_typed_is_a_failure(desk: Recorded, mgr: Run) -> None:
    """Exit 1 and the outcome's sentence; programs get the object as well."""
    desk.answers[asks("typing")] = BLOCKED
    result = mgr("agents", "prompt", "alpha", "--prompt", "go")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Error: draft present: a half-typed text stands" in result.stderr
    result = mgr("agents", "prompt", "alpha", "--prompt", "go", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["outcome"] == "draft_present"
    assert result.stderr == "Error: draft present: " + BLOCKED["detail"] + "\n"


def test_no_wait_is_content_with_the_host(desk: Recorded, mgr: Run) -> None:
    """The host has it; how it goes is not asked."""
    result = mgr("agents", "prompt", "alpha", "--prompt", "go", "--no-wait", "--json")
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (0, "queued")
    assert desk.asked[-1] == ("POST", POSTED)


def test_the_prompt_comes_from_standard_input(desk: Recorded) -> None:
    """A file or another command's output, whatever lines it has."""
    env = {"HOUMAO_PASSIVE_SERVER_PORT": str(desk.port)}
    words = ["agents", "prompt", "alpha", "--no-wait"]
    result = CliRunner().invoke(main, words, env=env, input="one\ntwo ä\n")
    assert result.exit_code == 0, result.stderr
    assert json.loads(desk.bodies[-1]) == {"prompt": "one\ntwo ä\n"}


def test_every_prompt_has_a_key(desk: Recorded, mgr: Run) -> None:
    """A key of the caller's own, else a new one each time."""
    for words in ([], [], ["--idempotency-key", "nightly-42"]):
        mgr("agents", "prompt", "alpha", "--prompt", "go", "--no-wait", *words)
    keys = [it["idempotency-key"] for it in desk.headers if "idempotency-key" in it]
    assert len(set(keys)) == 3
    assert keys[-1] == "nightly-42"


def test_deadline(desk: Recorded, mgr: Run) -> None:
    """How long the agent may keep the prompt waiting."""
    desk.answers[f"{AGENT}/requests?deadline=2.5"] = {"status": "ok", **SUBMITTED}
    result = mgr("agents", "prompt", "alpha", "--prompt", "go", "--deadline", "2.5")
    assert result.exit_code == 0, result.stderr


def test_another_agent_gets_nothing(desk: Recorded, mgr: Run) -> None:
    """The agent is looked up first: a namesake of an id is told apart before anything is typed."""
    result = mgr("agents", "prompt", "--agent-id", "alpha", "--prompt", "go")
    assert result.exit_code == 1
    assert all(method == "GET" for method, _ in desk.asked)


def test_a_refused_prompt(desk: Recorded, mgr: Run) -> None:
    """The server's reason, field first; the prompt is not part of it."""
    violation = {"loc": ["body", "prompt"], "msg": "must not be blank", "type": "value_error"}
    desk.answers[POSTED] = (422, {"detail": [violation]})
    result = mgr("agents", "prompt", "alpha", "--prompt", " ")
    assert (result.exit_code, result.stderr) == (1, "Error: body.prompt: must not be blank\n")


def test_interrupt(desk: Recorded, mgr: Run) -> None:
    """It waits until the turn has stopped; nothing to stop is no failure."""
    stopped = {
        **SUBMITTED,
        "kind": "interrupt",
        "outcome": "no_op",
        "detail": "no turn was running",
    }
    desk.answers[f"{AGENT}/interrupt"] = {"status": "ok", **QUEUED, "kind": "interrupt"}
    desk.answers[asks("typing")] = stopped
    result = mgr("agents", "interrupt", "alpha")
    assert (result.exit_code, result.stdout) == (0, "no op: no turn was running\n")


def test_stop(desk: Recorded, mgr: Run) -> None:
    """What was done is told in a sentence."""
    desk.answers[f"{AGENT}/stop"] = {
        "status": "ok",
        "agent_id": ALPHA,
        "agent_name": "HOUMAO-alpha",
        "detail": "session ended and record removed",
    }
    result = mgr("agents", "stop", "alpha")
    assert result.stdout == "HOUMAO-alpha: session ended and record removed\n"


def test_a_stop_that_failed(desk: Recorded, mgr: Run) -> None:
    """An agent that lives on is a failure."""
    desk.answers[f"{AGENT}/stop"] = (500, {"detail": "process 77 did not end"})
    result = mgr("agents", "stop", "alpha")
    assert (result.exit_code, result.stderr) == (1, "Error: process 77 did not end\n")


def listing(*requests: dict[str, Any]) -> dict[str, Any]:
    return {"agent_id": ALPHA, "agent_name": "HOUMAO-alpha", "requests": list(requests)}


def test_requests_are_a_table(desk: Recorded, mgr: Run) -> None:
    """Newest first, with outcome and verdict."""
    desk.answers["/houmao/agents/alpha/requests?limit=20"] = listing(QUEUED, SUCCEEDED)
    head, queued, done = mgr("agents", "requests", "alpha").stdout.splitlines()
    assert head.split() == ["WHEN", "REQUEST", "WHAT", "OUTCOME", "TURN"]
    assert queued.split()[2:] == [ID, "submit", "prompt", "queued", "-"]
    assert done.split()[2:] == [ID, "submit", "prompt", "submitted", "success"]


def test_no_requests_yet(desk: Recorded, mgr: Run) -> None:
    """One sentence instead of an empty table."""
    desk.answers["/houmao/agents/alpha/requests?limit=3"] = listing()
    result = mgr("agents", "requests", "alpha", "--limit", "3")
    assert result.stdout == "nothing was asked of this agent yet\n"


def test_one_request_is_a_card(desk: Recorded, mgr: Run) -> None:
    """With what came of it."""
    desk.answers[f"{AGENT}/requests/{ID}"] = FAILED
    shown = mgr("agents", "requests", "alpha", "--request", ID).stdout
    assert "turn     failure" in shown
    assert "detail   the prompt left the composer" in shown


def test_a_request_is_withdrawn(desk: Recorded, mgr: Run) -> None:
    """By DELETE; too late is a failure with the server's reason."""
    target = f"{AGENT}/requests/{ID}"
    desk.answers[target] = {**BLOCKED, "outcome": "cancelled"}
    assert "cancelled" in mgr("agents", "requests", "alpha", "--cancel", ID).stdout
    assert desk.asked[-1] == ("DELETE", target)
    desk.answers[target] = (409, {"detail": "it cannot be withdrawn any more: submitted"})
    assert mgr("agents", "requests", "alpha", "--cancel", ID).exit_code == 1


def test_one_thing_at_a_time(desk: Recorded, mgr: Run) -> None:
    """To look and to withdraw at once makes no sense."""
    assert mgr("agents", "requests", "alpha", "--cancel", ID, "--request", ID).exit_code == 2


def test_an_outage_makes_the_wait_longer(desk: Recorded) -> None:
    """503 while waiting is no end: the host has the request."""
    answers: Iterator[Any] = iter([(503, {"detail": "Redis does not answer"}), TYPING])
    desk.answers[asks("typing")] = lambda: next(answers)
    told: list[str] = []
    pauses: list[float] = []
    server = Server(desk.port)
    try:
        found = see_through(server, QUEUED, "typing", WaitCallbacks(told.append, pauses.append))
    finally:
        server.close()
    assert (found, told, pauses) == (TYPING, ["queued; the agent is ready"], [1.0])


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (QUEUED, "queued behind the running turn"),
        (TYPING, "typing"),
        ({**TYPING, "kind": "interrupt"}, "telling it to stop"),
        (SUBMITTED, "submitted; the turn runs"),
    ],
)
def test_progress(request_: dict[str, Any], sentence: str) -> None:
    """What a person waits for."""
    active = {**RECORDED["alpha"], "turn": {"phase": "active", "phase_since": None}}
    assert progress(request_, active) == sentence


def test_progress_without_a_state() -> None:
    """The agent may have gone meanwhile."""
    assert progress(QUEUED, None) == "queued"


@pytest.mark.parametrize(
    ("request_", "points"),
    [
        (QUEUED, []),
        (TYPING, ["typing"]),
        (SUBMITTED, ["typing", "delivery"]),
        (SUCCEEDED, ["typing", "delivery", "turn"]),
        (BLOCKED, ["typing", "delivery", "turn"]),
    ],
)
def test_points(request_: dict[str, Any], points: list[str]) -> None:
    """A request that ended without a turn has reached every point."""
    assert [it for it in ("typing", "delivery", "turn") if reached(request_, it)] == points
