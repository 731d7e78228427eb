"""The routes that tell what an agent's journal says."""

import pytest

from houmao.api.http.answers import ErrorSchema
from houmao.api.journal.routes import LastAnswerSchema, UsageSchema
from tests.unit.api.world import ALPHA, Api, Fleet, StandIn, agent, state

ROUTE = f"/houmao/agents/{ALPHA}"
ABOUT = {"model": "opus", "conversation_id": "c1"}


@pytest.fixture(autouse=True)
def known(fleet: Fleet) -> None:
    """An agent that is watched."""
    fleet.show(agent(), state())


def test_an_answer_is_told_as_it_is(api: Api, jobs: StandIn) -> None:
    """With its blanks and all."""
    text = "  one\n\ttwo ✓\n"
    jobs.journals = {(ALPHA, "answer"): {**ABOUT, "answer": text, "outcome": "completed"}}
    told = api.read(f"{ROUTE}/answer", LastAnswerSchema)
    assert (told["answer"], told["outcome"]) == (text, "completed")
    assert (told["model"], told["conversation_id"]) == ("opus", "c1")


def test_while_a_turn_runs_there_is_none(api: Api, jobs: StandIn) -> None:
    """Null says so."""
    jobs.journals = {(ALPHA, "answer"): {"model": "opus"}}
    told = api.read(f"{ROUTE}/answer", LastAnswerSchema)
    assert (told["answer"], told["outcome"], told["conversation_id"]) == (None, None, None)


def test_tokens(api: Api, jobs: StandIn) -> None:
    """Of the last turn, and of the conversation."""
    counts = {"input": "7", "output": "5", "cached": "3"}
    parts = ("last_turn", "conversation")
    told = {f"{part}_{name}": value for part in parts for name, value in counts.items()}
    jobs.journals = {(ALPHA, "usage"): {**ABOUT, **told}}
    usage = api.read(f"{ROUTE}/usage", UsageSchema)
    assert usage["last_turn"] == {"input": 7, "output": 5, "cached": 3} == usage["conversation"]


@pytest.mark.parametrize("part", ["answer", "usage"])
def test_no_journal_is_a_conflict_with_its_reason(api: Api, part: str) -> None:
    """A user learns why."""
    refused = api.read(f"{ROUTE}/{part}", ErrorSchema, 409)
    assert "it has no readable status file" in refused["detail"]
