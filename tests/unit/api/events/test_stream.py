"""The event stream's format, resumption and end."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from redis import ConnectionError as RedisAway

from houmao.api.events import stream as streams
from houmao.api.events.stream import EventStream, frame, is_event_id
from houmao.api.services.streams import Streams
from houmao.errors import Unavailable
from houmao.ids import AgentKey
from houmao.state.read import StateReader
from houmao.state.values import FleetEvent
from houmao.track.state import TrackedState, TurnPhase
from tests.unit.api.world import ALPHA, Fleet, agent, state


@dataclass
class Turns:
    """True after so many questions."""

    left: int = 0
    asked: int = field(default=0)

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked > self.left


def read(fleet: Fleet, after_id: str, agent: AgentKey | None = None, rounds: int = 1) -> list[str]:
    """Everything a stream says in so many rounds."""
    return list(EventStream(StateReader(fleet.redis), Turns(rounds), agent).lines(after_id))


def test_the_stream_speaks_first(fleet: Fleet) -> None:
    """Before any event the client learns how to resume and how soon to try again."""
    assert read(fleet, "5-0", rounds=0) == ["retry: 1000\nid: 5-0\n\n"]


def test_events_after_the_last_one_seen(fleet: Fleet) -> None:
    """Resuming skips what was seen and loses nothing after it."""
    first = fleet.tell(agent(), state(), "seen")
    second = fleet.tell(agent(), state(), "missed")
    _, text = read(fleet, first)
    assert text.startswith(f"id: {second}\nevent: transition\ndata: {{")
    assert "missed" in text
    assert "seen" not in text


def test_an_event_names_every_public_field() -> None:
    """What does not apply is null, so that a client can lay an event over what it knew."""
    text = frame(FleetEvent("7-0", "a1", "alpha", {"turn_phase": "ready", "summary": "x"}))
    assert text == (
        "id: 7-0\nevent: transition\n"
        'data: {"agent_id":"a1","agent_name":"alpha","recorded_at":null,"summary":"x",'
        '"changed_fields":[],"availability":null,"turn_phase":"ready","blocked_on":null,'
        '"accepting_input":null,"editing_input":null,"ready_posture":null,"pending_input":null,'
        '"last_turn_result":null,"last_turn_source":null,"transport_state":null,'
        '"process_state":null,"parse_status":null,"probe_error":null,"parse_error":null}\n\n'
    )


def test_only_one_agent(fleet: Fleet) -> None:
    """A filtered stream tells that agent's events alone."""
    ready = state(TrackedState(phase=TurnPhase.READY))
    fleet.tell(agent("other", "b2"), ready, "other_agent")
    fleet.tell(agent(), ready, "this_agent")
    _, text = read(fleet, "0-0", AgentKey("h1", ALPHA))
    assert "this_agent" in text
    assert "other_agent" not in text


def test_silence_is_broken(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat proves life and moves the client past events that it did not want."""
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.0)
    newest = fleet.tell(agent("other", "b2"), state(), "one")
    _, text = read(fleet, "0-0", AgentKey("h1", ALPHA))
    assert text == f": still here\nid: {newest}\n\n"


def test_a_stream_ends_by_itself(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its lifetime a stream ends although nobody asked it to."""
    monkeypatch.setattr(streams, "LIFETIME_SECONDS", 0.0)
    assert len(read(fleet, "0-0", rounds=10_000)) == 1


@dataclass
class Outage(StateReader):
    """A reader whose Redis is away at first."""

    answers: Iterator[list[FleetEvent] | None]

    def events(self, after_id: str, block_ms: int, count: int) -> list[FleetEvent]:
        """The next answer; None stands for an outage."""
        found = next(self.answers)
        if found is None:
            raise RedisAway
        return found


def test_a_stream_outlives_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """While Redis is away the stream waits; then it goes on where it was."""
    monkeypatch.setattr(streams, "RETRY_SECONDS", 0.0)
    reader = Outage(iter([None, None, [FleetEvent("8-0", "a1", "alpha", {})]]))
    _, text = EventStream(reader, Turns(3)).lines("7-0")
    assert text.startswith("id: 8-0\n")


def test_places_are_limited_and_come_back() -> None:
    """A stream too many is refused with the time to come back; a left place is free again."""
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
