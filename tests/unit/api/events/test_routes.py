"""The event route: who may have a stream, from where, and what it answers before it streams."""

import json

import pytest
from flask.testing import FlaskClient

from houmao.api.http.answers import ErrorSchema, InvalidSchema
from houmao.api.services import fanout
from houmao.requests.request import Request, RequestKind, RequestOutcome, ended
from houmao.state.requests import request_writes
from houmao.state.write import carry_out
from tests.unit.api.world import ALPHA, NOW, Api, Fleet, agent, state


def test_a_new_stream_begins_now(client: FlaskClient, fleet: Fleet) -> None:
    """Without `Last-Event-ID` only what happens from now on is told."""
    newest = fleet.tell(agent(), state(), "old")
    with client.get("/houmao/events") as answer:
        assert answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert next(answer.iter_encoded()) == f"retry: 1000\nid: {newest}\n\n".encode()


def test_a_resumed_stream_begins_after_the_event(client: FlaskClient, fleet: Fleet) -> None:
    """With it, everything after that event is told."""
    seen = fleet.tell(agent(), state(), "seen")
    fleet.tell(agent(), state(), "missed")
    with client.get("/houmao/events", headers={"Last-Event-ID": seen}) as answer:
        lines = answer.iter_encoded()
        next(lines)
        assert b"missed" in next(lines)


def test_a_stream_that_cannot_be_resumed_says_so(client: FlaskClient, fleet: Fleet) -> None:
    """The event seen last is kept no longer: others after it may be gone as well."""
    fleet.tell(agent(), state(), "kept")
    with client.get("/houmao/events", headers={"Last-Event-ID": "5-0"}) as answer:
        lines = answer.iter_encoded()
        next(lines)
        assert next(lines) == b'event: gap\ndata: {"after":"5-0"}\n\n'
        assert b"kept" in next(lines)


def test_a_place_that_redis_has_not_come_to(client: FlaskClient, fleet: Fleet) -> None:
    """Redis has lost its data, and its clock is behind the former one: all is new, after a gap."""
    fleet.tell(agent(), state(), "after")
    with client.get("/houmao/events", headers={"Last-Event-ID": f"{10**17}-0"}) as answer:
        lines = answer.iter_encoded()
        begun = next(lines)
        assert begun.startswith(b"retry: 1000\nid: 0-0\n\nevent: gap\n")
        assert b'{"after":"100000000000000000-0"}' in begun
        assert b"after" in next(lines)


def test_a_stream_begun_before_any_event_has_no_gap(client: FlaskClient, fleet: Fleet) -> None:
    """`0-0` is where a fleet without events is followed from."""
    fleet.tell(agent(), state(), "first")
    with client.get("/houmao/events", headers={"Last-Event-ID": "0-0"}) as answer:
        lines = answer.iter_encoded()
        next(lines)
        assert b"first" in next(lines)


def test_one_agent_by_name(client: FlaskClient, fleet: Fleet) -> None:
    """The filter takes a name or an id."""
    fleet.show(agent(), state())
    for reference in (ALPHA, "alpha"):
        with client.get(f"/houmao/events?agent={reference}") as answer:
            assert answer.status_code == 200


def test_an_unknown_agent(api: Api) -> None:
    """404 instead of a stream that never says anything."""
    api.read("/houmao/events?agent=ghost", ErrorSchema, 404)


def test_a_shared_name(api: Api, fleet: Fleet) -> None:
    """409 with the ids."""
    fleet.show(agent("twin", "a1"))
    fleet.show(agent("twin", "b2"))
    found = api.read("/houmao/events?agent=twin", ErrorSchema, 409)
    assert found["agent_ids"] == ["a1", "b2"]


@pytest.mark.parametrize("event_id", ["$", "yesterday", "1-2-3"])
def test_a_senseless_event_id(client: FlaskClient, event_id: str) -> None:
    """422 naming the header."""
    answer = client.get("/houmao/events", headers={"Last-Event-ID": event_id})
    assert answer.status_code == 422
    assert InvalidSchema().validate(answer.get_json()) == {}
    assert answer.get_json()["detail"][0]["loc"] == ["header", "Last-Event-ID"]


def test_a_stream_too_many(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with the time to come back."""
    monkeypatch.setattr(fanout, "FOLLOWERS", 0)
    refused = client.get("/houmao/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


def test_steps_of_a_request_are_events_of_their_own(client: FlaskClient, fleet: Fleet) -> None:
    """They change no state, so that nobody lays them over one; the prompt is not told."""
    request = Request("mreq-1", ALPHA, RequestKind.SUBMIT_PROMPT, "secret", NOW, NOW + 600)
    seen = fleet.tell(agent(), state(), "seen")
    told = ended(request, RequestOutcome.BLOCKED, "a menu is open", NOW)
    carry_out(fleet.redis, request_writes(told, "", news=True).commands)
    with client.get("/houmao/events", headers={"Last-Event-ID": seen}) as answer:
        lines = answer.iter_encoded()
        next(lines)
        _, name, data = next(lines).decode().splitlines()[:3]
    assert name == "event: request"
    assert json.loads(data.removeprefix("data: ")) == {
        "agent_id": ALPHA,
        "agent_name": "",
        "recorded_at": "2026-03-27T09:05:22.000+00:00",
        "summary": "request_ended",
        "request_id": "mreq-1",
        "kind": "submit_prompt",
        "state": "ended",
        "outcome": "blocked",
        "detail": "a menu is open",
        "turn_result": None,
    }
