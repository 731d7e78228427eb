"""Request routes: what a caller hands over, what the host makes of it, what is told of that."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from houmao.api.context import EXTENSION
from houmao.api.http.answers import ErrorSchema, InvalidSchema
from houmao.api.requests.schemas import (
    AcceptedSchema,
    DoneSchema,
    RequestListSchema,
    RequestSchema,
)
from houmao.errors import Unavailable
from houmao.ids import AgentKey
from houmao.jobs import NotStopped
from houmao.requests.request import Request, RequestOutcome, ended, turn_ended, typing
from houmao.state import keys
from houmao.state.requests import RequestStore, request_writes
from houmao.state.write import carry_out
from tests.unit.api.world import ALPHA, NOW, Api, Fleet, StandIn, agent

PROMPTS = "/houmao/agents/alpha/requests"
GO = {"prompt": "Summarise the open review comments."}
TOO_LONG = {"prompt": "x" * 1_000_001}


@pytest.fixture(autouse=True)
def alpha(fleet: Fleet) -> None:
    """One live agent."""
    fleet.show(agent())


def submitted(request: Request) -> Request:
    return ended(
        typing(request, NOW), RequestOutcome.SUBMITTED, "the prompt left the composer", NOW + 1
    )


def refused(request: Request) -> Request:
    return ended(request, RequestOutcome.DRAFT_PRESENT, "a half-typed text stands there", NOW)


def test_a_prompt_is_taken_by_its_host(api: Api, jobs: StandIn) -> None:
    """The answer names the request; it waits for the agent."""
    found = api.send(PROMPTS, GO, AcceptedSchema)
    assert re.fullmatch(r"mreq-[0-9a-f]{12}", found["request_id"])
    assert jobs.asked == [("h1", found["request_id"])]
    assert found == {
        "status": "ok",
        "request_id": found["request_id"],
        "agent_id": ALPHA,
        "agent_name": "HOUMAO-alpha",
        "host": "h1",
        "kind": "submit_prompt",
        "state": "queued",
        "outcome": None,
        "delivered": None,
        "detail": "queued; it is typed as soon as the agent is ready",
        "created_at": "2026-03-27T09:05:22.000+00:00",
        "deadline_at": "2026-03-27T09:15:22.000+00:00",
        "typed_at": None,
        "ended_at": None,
        "turn_result": None,
        "turn_ended_at": None,
        "answer": None,
    }


def test_a_prompt_loses_the_blanks_around_it(api: Api, fleet: Fleet) -> None:
    """Line ends within stay; a text that ends with one would leave an empty line behind."""
    found = api.send(PROMPTS, {"prompt": "  one\n\n  two ä🙂\n"}, AcceptedSchema)
    request = RequestStore(fleet.redis).get(found["request_id"])
    assert request is not None
    assert request.text == "one\n\n  two ä🙂"


def test_a_text_that_the_tool_would_change(api: Api, jobs: StandIn) -> None:
    """Refused with the reason; nothing is asked of the host."""
    found = api.send(PROMPTS, {"prompt": "all:\n\tmake"}, ErrorSchema, 422)
    assert "U+0009" in found["detail"]
    assert (found["reason"], found["position"]) == ("changed_by_tool", 5)
    assert found["remedy"]
    assert jobs.asked == []


def test_deadline(api: Api) -> None:
    """How long the prompt may wait for its agent is the caller's choice."""
    found = api.send(f"{PROMPTS}?deadline=30", GO, AcceptedSchema)
    assert found["deadline_at"] == "2026-03-27T09:05:52.000+00:00"


def test_waiting_for_the_end_of_the_delivery(api: Api, jobs: StandIn) -> None:
    """The answer tells the outcome, whichever it is: accepted work can fail."""
    jobs.delivers = submitted
    found = api.send(f"{PROMPTS}?wait=5", GO, AcceptedSchema)
    assert (found["state"], found["outcome"], found["delivered"]) == ("ended", "submitted", True)
    jobs.delivers = refused
    found = api.send(f"{PROMPTS}?wait=5", GO, AcceptedSchema)
    assert (found["outcome"], found["delivered"]) == ("draft_present", False)
    assert found["detail"] == "a half-typed text stands there"


def test_waiting_for_the_verdict(api: Api, jobs: StandIn) -> None:
    """With `wait_for=turn` the answer comes with the turn's result."""
    jobs.delivers = lambda request: turn_ended(submitted(request), "success", NOW + 9)
    found = api.send(f"{PROMPTS}?wait=5&wait_for=turn", GO, AcceptedSchema)
    assert (found["turn_result"], found["turn_ended_at"]) == (
        "success",
        "2026-03-27T09:05:31.000+00:00",
    )


@pytest.mark.parametrize(
    ("result", "answer"), [("success", "  it is done\n"), ("interrupted", None)]
)
def test_whoever_waits_for_a_turn_gets_its_answer(
    api: Api, jobs: StandIn, result: str, answer: str | None
) -> None:
    """Character for character, and only that of the very request."""
    jobs.delivers = lambda request: turn_ended(submitted(request), result, NOW + 9)
    taken = api.send(PROMPTS, GO, AcceptedSchema)
    path = f"{PROMPTS}/{taken['request_id']}"
    jobs.journals = {(taken["request_id"], "answer"): {"answer": "  it is done\n"}}
    assert api.read(f"{path}?wait_for=turn", RequestSchema)["answer"] == answer
    assert api.read(path, RequestSchema)["answer"] is None
    jobs.journals = {(ALPHA, "answer"): {"answer": "another turn's"}}
    assert api.read(f"{path}?wait_for=turn", RequestSchema)["answer"] is None


def test_a_wait_ends_in_time(api: Api, jobs: StandIn) -> None:
    """What did not happen in time is told as it stands."""
    jobs.delivers = submitted
    found = api.send(f"{PROMPTS}?wait=0.05&wait_for=turn", GO, AcceptedSchema)
    assert (found["outcome"], found["turn_result"]) == ("submitted", None)


@pytest.mark.parametrize(
    ("query", "place"), [("wait=-1", "wait"), ("wait=601", "wait"), ("wait=x", "wait"),
    ("wait_for=ever", "wait_for"), ("deadline=1e9", "deadline")],
)  # fmt: skip
def test_unusable_queries(api: Api, jobs: StandIn, query: str, place: str) -> None:
    """Each is told by name, and nothing was asked of the host."""
    (found,) = api.send(f"{PROMPTS}?{query}", GO, InvalidSchema, 422)["detail"]
    assert found["loc"] == ["query", place]
    assert jobs.asked == []


@pytest.mark.parametrize(
    ("body", "place", "kind"),
    [
        ({}, ["body", "prompt"], "missing"),
        ({"prompt": " \n "}, ["body", "prompt"], "value_error"),
        ({"prompt": 5}, ["body", "prompt"], "string_type"),
        ({"prompt": None}, ["body", "prompt"], "string_type"),
        ({"prompt": "stop\x1b[201~rm -rf"}, ["body", "prompt"], "value_error"),
        ({"prompt": "first\rsecond"}, ["body", "prompt"], "value_error"),
        ({"prompt": "half \udc80"}, ["body", "prompt"], "value_error"),
        (TOO_LONG, ["body", "prompt"], "value_error"),
        ({"prompt": "secret", "when": "now"}, ["body", "when"], "extra_forbidden"),
        (["secret"], ["body"], "dict_type"),
    ],
)
def test_unusable_bodies(
    client: FlaskClient, jobs: StandIn, body: object, place: list[str], kind: str
) -> None:
    """422 names field and reason, even for an unknown agent, and never repeats what was sent."""
    answer = client.post("/houmao/agents/ghost/requests", json=body)
    assert answer.status_code == 422
    (found,) = answer.get_json()["detail"]
    assert (found["loc"], found["type"], found["input"]) == (place, kind, None)
    assert jobs.asked == []


def test_a_control_character_is_told_with_its_place(client: FlaskClient) -> None:
    """So that it can be found and removed."""
    (found,) = client.post(PROMPTS, json={"prompt": "ab\x1bcd"}).get_json()["detail"]
    assert "U+001B at position 2" in found["msg"]


def test_a_prompt_without_json_type(client: FlaskClient) -> None:
    """A form of a web page cannot type into an agent."""
    answer = client.post(PROMPTS, data='{"prompt": "go"}', content_type="text/plain")
    assert answer.status_code == 422


@pytest.mark.parametrize("method", ["requests", "interrupt", "stop"])
def test_unknown_agent(client: FlaskClient, jobs: StandIn, method: str) -> None:
    """404, and no host is troubled."""
    body = GO if method == "requests" else None
    answer = client.post(f"/houmao/agents/ghost/{method}", json=body)
    assert answer.status_code == 404
    assert jobs.asked == []


def test_a_host_that_does_not_take_it(api: Api, fleet: Fleet, jobs: StandIn) -> None:
    """503, and no trace of the request or of its key remains: the caller may try again."""
    jobs.error = Unavailable("host h1 did not accept in time")
    found = api.send(PROMPTS, GO, ErrorSchema, 503, Idempotency_Key="k-1")
    assert "h1" in found["detail"]
    jobs.error = None
    api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")
    assert len(api.read(PROMPTS, RequestListSchema)["requests"]) == 1


def test_a_headless_agent_takes_no_prompt(api: Api, fleet: Fleet, jobs: StandIn) -> None:
    """It has no pane; 502 as from an agent without a gateway."""
    fleet.show(agent(backend="claude_headless"))
    found = api.send(PROMPTS, GO, ErrorSchema, 502)
    assert "gateway" in found["detail"]
    assert jobs.asked == []


def test_a_repeated_key_is_the_same_request(api: Api, jobs: StandIn) -> None:
    """A caller who lost the answer asks again and nothing is typed twice."""
    first = api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")
    again = api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")
    assert again == first
    assert len(jobs.asked) == 1


def test_a_key_means_one_prompt(api: Api, jobs: StandIn) -> None:
    """The same key with another prompt is a mistake, not a silent loss."""
    api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")
    found = api.send(PROMPTS, {"prompt": "secret"}, ErrorSchema, 422, Idempotency_Key="k-1")
    assert "use a new one" in found["detail"]
    assert "secret" not in found["detail"]
    assert len(jobs.asked) == 1


def test_keys_of_two_agents_are_apart(api: Api, fleet: Fleet, jobs: StandIn) -> None:
    """A script may use one key for all agents it tells the same."""
    fleet.show(agent("HOUMAO-beta", "b2"))
    api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")
    api.send("/houmao/agents/beta/requests", GO, AcceptedSchema, Idempotency_Key="k-1")
    assert len(jobs.asked) == 2


def test_a_key_whose_caller_ended_early(api: Api, fleet: Fleet, jobs: StandIn) -> None:
    """Its request never reached the host: it does now, under the id that the key stands for."""
    key = keys.idempotency(AgentKey("h1", ALPHA), "k-1")
    first = api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")["request_id"]
    _, digest = str(fleet.redis.get(key)).split()
    fleet.redis.set(key, f"mreq-000000000000 {digest}")
    for _ in range(2):
        found = api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")
        assert found["request_id"] == "mreq-000000000000"
    assert [subject for _, subject in jobs.asked] == [first, "mreq-000000000000"]


def test_a_host_that_takes_a_request_at_the_last_moment(
    api: Api, fleet: Fleet, jobs: StandIn
) -> None:
    """It has it, whatever became of its answer: the caller is told so, not that it failed."""
    jobs.late = True
    found = api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")
    assert RequestStore(fleet.redis).get(found["request_id"]) is not None
    jobs.late = False
    again = api.send(PROMPTS, GO, AcceptedSchema, Idempotency_Key="k-1")
    assert again["request_id"] == found["request_id"]
    assert len(jobs.asked) == 1


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 201])
def test_unusable_keys(api: Api, jobs: StandIn, key: str) -> None:
    """Refused before anything is asked of the host."""
    (found,) = api.send(PROMPTS, GO, InvalidSchema, 422, Idempotency_Key=key)["detail"]
    assert found["loc"] == ["header", "Idempotency-Key"]
    assert jobs.asked == []


def test_interrupt(api: Api, jobs: StandIn) -> None:
    """It needs no body, and tells what came of it when one waits."""
    jobs.delivers = lambda request: ended(
        request, RequestOutcome.INTERRUPTED, "the turn stopped", NOW
    )
    found = api.write("/houmao/agents/alpha/interrupt?wait=5", AcceptedSchema)
    assert (found["kind"], found["outcome"], found["delivered"]) == (
        "interrupt",
        "interrupted",
        True,
    )


def test_one_request(api: Api, jobs: StandIn) -> None:
    """It can be asked for as long as it is kept, by its own agent only."""
    jobs.delivers = submitted
    request_id = api.send(PROMPTS, GO, AcceptedSchema)["request_id"]
    found = api.read(f"{PROMPTS}/{request_id}?wait=5", RequestSchema)
    assert (found["request_id"], found["outcome"]) == (request_id, "submitted")
    api.read(f"{PROMPTS}/mreq-ffffffffffff", ErrorSchema, 404)


def test_a_request_of_another_agent_is_not_found(api: Api, fleet: Fleet) -> None:
    """Its id alone does not open it."""
    fleet.show(agent("HOUMAO-beta", "b2"))
    request_id = api.send(PROMPTS, GO, AcceptedSchema)["request_id"]
    api.read(f"/houmao/agents/beta/requests/{request_id}", ErrorSchema, 404)


def test_a_request_outlives_its_agent(api: Api, fleet: Fleet) -> None:
    """How it ended can be asked for by the agent's id when nobody is there any more."""
    request_id = api.send(PROMPTS, GO, AcceptedSchema)["request_id"]
    fleet.redis.delete(keys.AGENTS, keys.agent(AgentKey("h1", ALPHA)))
    found = api.read(f"/houmao/agents/{ALPHA}/requests/{request_id}", RequestSchema)
    assert (found["request_id"], found["agent_name"]) == (request_id, None)
    api.read(f"{PROMPTS}/{request_id}", ErrorSchema, 404)


def test_recent_requests(api: Api, fleet: Fleet) -> None:
    """Newest first, at most so many, without any prompt text."""
    store = RequestStore(fleet.redis)
    for number in range(3):
        found = api.send(PROMPTS, {"prompt": "secret"}, AcceptedSchema)
        request = store.get(found["request_id"])
        assert request is not None
        told = replace(request, request_id=f"mreq-{number:012}", created_at=NOW + number)
        carry_out(fleet.redis, request_writes(told, "", news=False).commands)
        fleet.redis.delete(keys.request(request.request_id))
        fleet.redis.zrem(keys.requests(AgentKey("h1", ALPHA)), request.request_id)
    listing = api.read(f"{PROMPTS}?limit=2", RequestListSchema)
    ids = [it["request_id"] for it in listing["requests"]]
    assert ids == ["mreq-000000000002", "mreq-000000000001"]
    assert "secret" not in str(listing)
    assert api.read(f"{PROMPTS}?limit=0", RequestListSchema)["requests"] == []


def test_cancel(api: Api, jobs: StandIn) -> None:
    """A queued request is withdrawn; once more changes nothing and is no error."""
    request_id = api.send(PROMPTS, GO, AcceptedSchema)["request_id"]
    for _ in range(2):
        found = api.remove(f"{PROMPTS}/{request_id}", RequestSchema)
        assert (found["outcome"], found["delivered"]) == ("cancelled", False)
    assert len(jobs.asked) == 2


@pytest.mark.parametrize("progress", [lambda it: typing(it, NOW), submitted, refused])
def test_too_late_to_cancel(api: Api, jobs: StandIn, progress: object) -> None:
    """409 once it was typed or has ended otherwise, without asking the host."""
    jobs.delivers = progress  # type: ignore[assignment]
    request_id = api.send(PROMPTS, GO, AcceptedSchema)["request_id"]
    found = api.remove(f"{PROMPTS}/{request_id}", ErrorSchema, 409)
    assert "cannot be withdrawn" in found["detail"]
    assert len(jobs.asked) == 1


def test_typed_while_it_was_cancelled(api: Api, jobs: StandIn) -> None:
    """The host decides: when it had begun to type, it is 409."""
    request_id = api.send(PROMPTS, GO, AcceptedSchema)["request_id"]
    jobs.cancels = False
    api.remove(f"{PROMPTS}/{request_id}", ErrorSchema, 409)


def test_stop(api: Api, jobs: StandIn) -> None:
    """The host ends the session and tells what it did."""
    assert api.write("/houmao/agents/alpha/stop", DoneSchema) == {
        "status": "ok",
        "agent_id": ALPHA,
        "agent_name": "HOUMAO-alpha",
        "detail": "session ended and record removed",
    }
    assert jobs.asked == [("h1", ALPHA)]


def test_stop_that_fails(api: Api, jobs: StandIn) -> None:
    """An agent that lives on is an error, with the reason."""
    jobs.error = NotStopped("process 77 of session 'alpha' did not end; its record is kept")
    found = api.write("/houmao/agents/alpha/stop", ErrorSchema, 500)
    assert "process 77" in found["detail"]


def test_waiting_callers_take_places(app: Flask, client: FlaskClient, jobs: StandIn) -> None:
    """With all places taken a caller who wants to wait is refused before anything is typed."""
    leave = app.extensions[EXTENSION].streams.enter()
    answer = client.post(f"{PROMPTS}?wait=5", json=GO)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert jobs.asked == []
    assert client.post(PROMPTS, json=GO).status_code == 200
    leave()
    jobs.delivers = submitted
    assert client.post(f"{PROMPTS}?wait=5", json=GO).status_code == 200


def test_a_command_says_that_it_is_one(api: Api, jobs: StandIn) -> None:
    """What a prompt may not be is asked for in another way, and never the shell."""
    asked = {"prompt": "/compact now", "as": "command"}
    assert api.send(PROMPTS, asked, AcceptedSchema)["kind"] == "run_command"
    found = api.send(PROMPTS, {"prompt": "/compact now"}, ErrorSchema, 422)
    assert found["reason"] == "interpreted_by_tool"
    found = api.send(PROMPTS, {"prompt": "!ls", "as": "command"}, ErrorSchema, 422)
    assert "begins with `/`" in found["detail"]
