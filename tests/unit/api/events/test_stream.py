"""The event stream's format, what it begins with, and whom it tells."""

import pytest

from houmao.api.events.stream import LIFETIME_SECONDS, feed, frame, gap_after, is_event_id, opening
from houmao.api.services.feeds import Told
from houmao.api.services.streams import Streams
from houmao.errors import Unavailable
from houmao.ids import AgentKey
from houmao.state.values import FleetEvent
from tests.unit.api.world import ALPHA


def told(event_id: str, agent_id: str) -> Told:
    """An event of an agent of host h1."""
    fields = {"agent_id": agent_id, "agent_name": agent_id, "host": "h1", "summary": "x"}
    found = feed("0-0", None, 0.0).text_of((event_id, fields))
    return Told((event_id, fields), found)


def test_the_stream_speaks_first() -> None:
    """Before any event the client learns how to resume and how soon to try again."""
    assert opening("5-0") == "retry: 1000\nid: 5-0\n\n"
    assert opening("5-0", gap_after("5-0")).endswith('event: gap\ndata: {"after":"5-0"}\n\n')


def test_an_event_names_every_public_field() -> None:
    """What does not apply is null, so that a client can lay an event over what it knew."""
    text = frame(FleetEvent("7-0", "a1", "alpha", {"turn_phase": "ready", "summary": "x"}))
    assert text == (
        "id: 7-0\nevent: transition\n"
        'data: {"agent_id":"a1","agent_name":"alpha","host":null,"recorded_at":null,"summary":"x",'
        '"changed_fields":[],"availability":null,"turn_phase":"ready","blocked_on":null,'
        '"accepting_input":null,"editing_input":null,"ready_posture":null,"pending_input":null,'
        '"last_turn_result":null,"last_turn_source":null,"transport_state":null,'
        '"process_state":null,"parse_status":null,"probe_error":null,"parse_error":null,"unseen":false}\n\n'
    )


def test_only_one_agent() -> None:
    """A filtered stream tells that agent's events alone."""
    only = feed("0-0", AgentKey("h1", ALPHA), 0.0)
    text = only.take([told("1-0", "other"), told("2-0", ALPHA)], 1.0)
    assert text == told("2-0", ALPHA).text


def test_it_ends_by_itself() -> None:
    """After its lifetime a stream ends although nobody asked it to."""
    found = feed("0-0", None, 10.0)
    assert not found.over(10.0 + LIFETIME_SECONDS - 1)
    assert found.over(10.0 + LIFETIME_SECONDS)


def test_places_are_limited_and_come_back() -> None:
    """A waiting caller too many is refused with the time to come back; a left place is free."""
    places = Streams(1)
    leave = places.enter()
    with pytest.raises(Unavailable) as refusal:
        places.enter()
    assert refusal.value.headers() == {"Retry-After": "5"}
    leave()
    places.enter()


def test_ending_is_asked_of_the_process() -> None:
    """Streams go on for ever unless their process wants to end."""
    places = Streams(1)
    assert not places.ending()
    places.end_when(lambda: True)
    assert places.ending()


@pytest.mark.parametrize(
    ("text", "sound"),
    [("1763721000000-0", True), ("5", True), ("$", False), ("1-2-3", False), ("x", False),
     ("", False), ("-1", False), ("1" * 21, False)],
)  # fmt: skip
def test_event_ids(text: str, sound: bool) -> None:
    """Only places in the stream are ids; `$` would lose what happens in between."""
    assert is_event_id(text) is sound
