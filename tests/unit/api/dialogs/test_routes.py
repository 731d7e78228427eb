"""The routes of open questions: what a host tells, and what a reply becomes."""

import json

import pytest

from houmao.api.dialogs.routes import OpenDialogSchema
from houmao.api.http.answers import ErrorSchema, InvalidSchema
from houmao.api.requests.schemas import AcceptedSchema
from houmao.requests.request import Request
from tests.unit.api.world import ALPHA, Api, Fleet, StandIn, agent

ROUTE = f"/houmao/agents/{ALPHA}"
VIEW = {
    "kind": "approval",
    "digest": "d" * 16,
    "rows": ["Allow?", "1. Yes", "2. No"],
    "whole": True,
    "choices": [
        {"number": 1, "label": "Yes", "detail": "", "selected": True},
        {"number": 2, "label": "No", "detail": "", "selected": False},
    ],
    "approve": 1,
    "deny": 2,
    "text": None,
    "takes_several": False,
}


@pytest.fixture(autouse=True)
def known(fleet: Fleet) -> None:
    """An agent that is watched."""
    fleet.show(agent())


def test_an_open_question_is_told_as_its_host_reads_it(api: Api, jobs: StandIn) -> None:
    jobs.questions = {ALPHA: {"blocked_on": "approval", "question": json.dumps(VIEW)}}
    told = api.read(f"{ROUTE}/dialog", OpenDialogSchema)
    assert (told["blocked_on"], told["dialog"]) == ("approval", VIEW)


@pytest.mark.parametrize("told", [{}, {"blocked_on": "menu"}])
def test_without_a_question_there_is_none(api: Api, jobs: StandIn, told: dict[str, str]) -> None:
    """An agent may wait for a person all the same."""
    jobs.questions = {ALPHA: told}
    found = api.read(f"{ROUTE}/dialog", OpenDialogSchema)
    assert (found["blocked_on"], found["dialog"]) == (told.get("blocked_on"), None)


@pytest.mark.parametrize("answer", [{"choose": 2}, {"decision": "deny"}, {"text": "green"}])
def test_a_reply_becomes_a_request(api: Api, jobs: StandIn, answer: dict[str, object]) -> None:
    """With the digest that its caller saw."""
    handed: list[Request] = []

    def keep(request: Request) -> Request:
        handed.append(request)
        return request

    jobs.delivers = keep
    found = api.send(f"{ROUTE}/reply", {"digest": "d" * 16, **answer}, AcceptedSchema)
    assert found["kind"] == "reply"
    assert [json.loads(it.text) for it in handed] == [{"digest": "d" * 16, **answer}]
    assert "green" not in json.dumps(found)


@pytest.mark.parametrize("answer", [{}, {"choose": 1, "text": "both"}, {"text": "two\nlines"}])
def test_a_reply_says_one_thing(api: Api, answer: dict[str, object]) -> None:
    refused = api.send(f"{ROUTE}/reply", {"digest": "d", **answer}, ErrorSchema, 422)
    assert refused["detail"]


@pytest.mark.parametrize("body", [{"choose": 1}, {"digest": "d", "decision": "maybe"}])
def test_a_reply_names_its_question(api: Api, body: dict[str, object]) -> None:
    api.send(f"{ROUTE}/reply", body, InvalidSchema, 422)
