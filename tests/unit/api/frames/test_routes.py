"""The route that shows screens as a tracker takes them in: from the present one to the end."""

import json
import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from houmao.api.http.answers import ErrorSchema, InvalidSchema
from houmao.api.services import fanout
from houmao.cli.client.event_stream import EventReader, ServerSentEvent
from houmao.errors import Unavailable
from tests.unit.api.world import ALPHA, Api, Fleet, StandIn, agent, state

ROUTE = f"/houmao/agents/{ALPHA}/frames"
FIRST = {"kind": "frame", "number": "1", "at": "100.000", "raw": "idle", "title": "t"}
INPUT = {"kind": "input", "number": "2", "at": "100.500"}
THEN = {"kind": "frame", "number": "3", "at": "101.250", "raw": "busy"}


@pytest.fixture(autouse=True)
def known(fleet: Fleet) -> None:
    fleet.show(agent(), state())


def events(client: FlaskClient, seconds: float = 0.2) -> list[ServerSentEvent]:
    with client.get(f"{ROUTE}?seconds={seconds}") as answer:
        assert answer.status_code == 200
        assert answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        return list(EventReader().read(answer.get_data(as_text=True).splitlines()))


def told(found: list[ServerSentEvent]) -> list[tuple[str, Any]]:
    return [(event.name, json.loads(event.data)) for event in found]


def test_the_screen_as_it_is_then_what_comes(client: FlaskClient, jobs: StandIn) -> None:
    """The host is asked first, so nothing falls between the two."""
    jobs.records = [FIRST]
    with client.get(f"{ROUTE}?seconds=0.2") as answer:
        assert jobs.asked == [("h1", ALPHA)]
        pieces = answer.iter_encoded()
        text = next(pieces)
        jobs.fleet.record(ALPHA, INPUT)
        jobs.fleet.record(ALPHA, THEN)
        text += b"".join(pieces)
    assert told(list(EventReader().read(text.decode().splitlines()))) == [
        ("frame", {"number": 1, "at_seconds": 100.0, "raw": "idle", "title": "t"}),
        ("input", {"number": 2, "at_seconds": 100.5}),
        ("frame", {"number": 3, "at_seconds": 101.25, "raw": "busy", "title": None}),
        ("end", {}),
    ]


def test_who_joins_a_recording_begins_with_its_latest_screen(
    client: FlaskClient, jobs: StandIn
) -> None:
    jobs.records = [FIRST, THEN, INPUT]
    assert [name for name, _ in told(events(client))] == ["frame", "input", "end"]


def test_without_a_screen_the_end_comes_all_the_same(client: FlaskClient) -> None:
    """An agent whose program does not run has nothing to show."""
    assert told(events(client)) == [("end", {})]


def test_it_lasts_as_long_as_was_asked_for(client: FlaskClient) -> None:
    began = time.monotonic()
    events(client, 0.4)
    assert 0.4 <= time.monotonic() - began < 2.0


def test_a_host_that_does_not_answer(api: Api, jobs: StandIn) -> None:
    """503 before anything is streamed, and the place for a stream stays free."""
    jobs.error = Unavailable("host h1 did not record in time")
    for _ in range(3):
        api.read(ROUTE, ErrorSchema, 503)
    jobs.error = None
    assert told(events(api.client)) == [("end", {})]


def test_a_host_that_fails_later_leaves_a_gap(
    client: FlaskClient, jobs: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is told that frames may be missing, and the recording goes on."""
    monkeypatch.setattr(fanout, "DEMAND_SECONDS", 0.0)
    with client.get(f"{ROUTE}?seconds=1.3") as answer:
        jobs.error = Unavailable("away")
        names = [it.name for it in EventReader().read(answer.get_data(as_text=True).splitlines())]
    assert "gap" in names
    assert names[-1] == "end"


def test_unknown_agents_and_senseless_times(api: Api) -> None:
    api.read("/houmao/agents/ghost/frames", ErrorSchema, 404)
    for seconds in ("x", "-1", "3601"):
        api.read(f"{ROUTE}?seconds={seconds}", InvalidSchema, 422)
