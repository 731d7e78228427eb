"""The event stream goes on over broken connections and loses nothing."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from houmao.cli.client.event_stream import DELAYS, follow
from houmao.cli.client.http import Answer, NotHoumao, Refused, Server, Unreachable
from houmao.cli.client.waiting import WaitCallbacks
from tests.unit.cli.recorded import Recorded


class Enough(Exception):
    """Raised by the pause to leave an endless loop."""


class World:
    """Collects notices and pauses; the pause after the last allowed one ends the test."""

    def __init__(self, pauses: int) -> None:
        self.notices: list[str] = []
        self.pauses: list[float] = []
        self._allowed = pauses

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) > self._allowed:
            raise Enough

    def callbacks(self) -> WaitCallbacks:
        return WaitCallbacks(self.notices.append, self.pause)


def opening(position: str) -> str:
    """What the server says first."""
    return f"retry: 1000\nid: {position}\n\n"


def event(position: str, name: str) -> str:
    """One change of one agent."""
    return f"id: {position}\nevent: transition\ndata: {json.dumps({'agent_name': name})}\n\n"


def serve(api: Recorded, *streams: object) -> None:
    """Answer each request for events with the next stream, the last one again and again."""
    left = list(streams)
    api.answers["/houmao/events"] = lambda: left.pop(0) if len(left) > 1 else left[0]


def everything(api: Recorded, world: World) -> list[Answer | None]:
    """What `follow` yields until the world has had enough."""
    with closing(Server(api.port)) as server:
        return list(_until_enough(follow(server, {}, world.callbacks())))


def _until_enough(items: Iterator[Answer | None]) -> Iterator[Answer | None]:
    try:
        yield from items
    except Enough:
        return


def resumed_after(api: Recorded) -> list[str | None]:
    """The `Last-Event-ID` of each request for events."""
    asked = zip(api.asked, api.headers, strict=True)
    return [h.get("last-event-id") for (_, target), h in asked if target == "/houmao/events"]


def test_the_present_is_read_once_the_stream_stands(api: Recorded) -> None:
    """None comes before the first event, and only once while streams are resumed."""
    serve(api, opening("5-0") + event("6-0", "a"), opening("6-0") + event("7-0", "b"))
    found = everything(api, World(pauses=1))
    assert found == [None, {"agent_name": "a"}, {"agent_name": "b"}]


def test_a_stream_resumes_after_the_last_event(api: Recorded) -> None:
    """Also after an opening without any event, and after events of other agents."""
    serve(api, opening("5-0"), opening("5-0") + event("6-0", "a"), opening("6-0") + "id: 9-0\n\n")
    everything(api, World(pauses=3))
    assert resumed_after(api) == [None, "5-0", "6-0", "9-0"]


def test_after_a_gap_the_present_is_read_again(api: Recorded) -> None:
    """Changes were lost, so what was known may be false."""
    gap = 'event: gap\ndata: {"after":"6-0"}\n\n'
    serve(api, opening("5-0") + event("6-0", "a"), opening("6-0") + gap + event("9-0", "b"))
    found = everything(api, World(pauses=1))
    assert found == [None, {"agent_name": "a"}, None, {"agent_name": "b"}]


def test_an_event_cut_in_half_is_asked_for_again(api: Recorded) -> None:
    """What was not handed out was not seen."""
    half = event("6-0", "a")[:-10]
    serve(api, opening("5-0") + half, opening("5-0") + event("6-0", "a"))
    assert everything(api, World(pauses=1)) == [None, {"agent_name": "a"}]


def test_an_orderly_end_is_nothing_to_talk_about(api: Recorded) -> None:
    """Servers end streams after some minutes; that is no outage."""
    serve(api, opening("5-0"))
    world = World(pauses=2)
    everything(api, world)
    assert (world.notices, world.pauses) == ([], [DELAYS[0]] * 3)


def test_an_outage_is_told_once_and_so_is_its_end(api: Recorded) -> None:
    """Tries in between are silent and come ever more slowly."""
    away = (503, {"detail": "Redis does not answer"})
    serve(api, opening("5-0"), away, away, away, opening("5-0"))
    world = World(pauses=4)
    everything(api, world)
    broke, back = world.notices
    assert broke.startswith("Redis does not answer")
    assert back == "connected again"
    assert world.pauses == [*DELAYS[:4], DELAYS[0]]


def test_a_server_that_vanishes_is_waited_for(api: Recorded) -> None:
    """A restart of the server does not end the command."""
    serve(api, opening("5-0"))
    world = World(pauses=len(DELAYS) + 1)

    def pause(seconds: float) -> None:
        api.stop()
        world.pause(seconds)

    with pytest.raises(Enough):
        list(follow(Server(api.port), {}, WaitCallbacks(world.notices.append, pause)))
    assert len(world.notices) == 1
    assert world.pauses[-1] == DELAYS[-1]


def test_without_a_first_connection_there_is_nothing_to_wait_for(api: Recorded) -> None:
    """A wrong port is an error at once."""
    api.stop()
    with pytest.raises(Unreachable):
        next(follow(Server(api.port), {}, World(0).callbacks()))


def test_what_waiting_cannot_heal_ends_the_command(api: Recorded) -> None:
    """The agent is gone, or another program has taken the port."""
    serve(api, opening("5-0"), (404, {"detail": "no live agent"}))
    with pytest.raises(Refused, match="no live agent"):
        everything(api, World(pauses=5))
    serve(api, opening("5-0"))
    healths = [{"houmao_service": "houmao-server"}, {"status": "ok"}]
    api.answers["/health"] = lambda: healths.pop(0)
    with pytest.raises(NotHoumao):
        everything(api, World(pauses=5))
