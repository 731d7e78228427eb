"""One reader for many clients: all get all, late ones too, and those that go are let go."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis import ConnectionError as NoConnection

from houmao.api.services import fanout as module
from houmao.api.services.fanout import Fanout
from houmao.api.services.feeds import Entry, Feed
from houmao.api.services.streams import Streams
from houmao.errors import Unavailable
from houmao.state.read import StateReader
from tests.services import wait_until
from tests.unit.api.world import Fleet


@dataclass
class Heard:
    """A client that remembers."""

    texts: list[str] = field(default_factory=list)
    there: bool = True
    closed: bool = False

    def send(self, text: str) -> bool:
        self.texts += [text] if text else []
        return self.there

    def close(self) -> None:
        self.closed = True

    @property
    def all(self) -> str:
        return "".join(self.texts)


def following(after_id: str = "0-0", seconds: float = 1e9, stream: str = "s") -> Feed:
    return Feed(stream, after_id, lambda it: f"<{it[1]['n']}>", seconds, said_at=1e9)


def add(fleet: Fleet, *numbers: int, stream: str = "s") -> None:
    for number in numbers:
        fleet.redis.xadd(stream, {"n": str(number)})


@pytest.fixture
def streams() -> Iterator[Streams]:
    """What ends every stream with the test."""
    found = Streams(1)
    yield found
    found.end_when(lambda: True)
    wait_until(lambda: not followed(), "the thread has ended")


def followed() -> bool:
    return any(it.name == "fanout" for it in threading.enumerate())


@pytest.fixture
def found(fleet: Fleet, streams: Streams) -> Fanout:
    return Fanout(StateReader(fleet.redis), streams)


def test_all_are_told_all(fleet: Fleet, found: Fanout) -> None:
    """What was before they joined, and what comes, in order and once."""
    add(fleet, 1)
    early, late = Heard(), Heard()
    found.join(following(), early)
    add(fleet, 2, 3)
    found.join(following(), late)
    add(fleet, 4)
    wait_until(lambda: {early.all, late.all} == {"<1><2><3><4>"}, "all is told to both")


def test_more_than_one_batch_is_caught_up_with(fleet: Fleet, found: Fanout) -> None:
    """A client that was away for long misses nothing."""
    add(fleet, *range(450))
    heard = Heard()
    found.join(following(), heard)
    assert heard.all.endswith("<449>")
    assert len(heard.texts) == 3


def test_who_is_overtaken_is_told(fleet: Fleet, found: Fanout) -> None:
    """Entries went faster than they were read: a gap is told where they are missing."""
    add(fleet, *range(450))
    every: Any = fleet.redis.xrange("s")
    place = str(every[0][0])
    fleet.redis.xtrim("s", 300, approximate=False)
    heard, feed = Heard(), following(place)
    feed.gap_after = lambda it: f"gap after {it}"
    found.join(feed, heard)
    assert heard.all.startswith(f"gap after {place}<150><151>")
    assert heard.all.count("gap") == 1


def test_streams_beside_each_other(fleet: Fleet, found: Fanout) -> None:
    """A stream that nobody followed before is read from now on."""
    one, other = Heard(), Heard()
    found.join(following(), one)
    found.join(following(stream="t"), other)
    add(fleet, 7, stream="t")
    wait_until(lambda: other.all == "<7>", "the other stream is told")
    assert one.all == ""


def test_who_has_gone_is_let_go(found: Fanout) -> None:
    """Its place is free then, and the thread ends with the last."""
    heard = Heard()
    found.join(following(), heard)
    heard.there = False
    wait_until(lambda: heard.closed and len(found) == 0, "it is let go")
    wait_until(lambda: not followed(), "the thread has ended")


def test_last_words(found: Fanout) -> None:
    """A feed that is over says so and ends."""
    heard, feed = Heard(), following(seconds=0.0)
    feed.last_words = "bye"
    found.join(feed, heard)
    wait_until(lambda: heard.closed, "it has ended")
    assert heard.all == "bye"


def test_a_process_that_ends_lets_all_go(found: Fanout, streams: Streams) -> None:
    heard = Heard()
    found.join(following(), heard)
    streams.end_when(lambda: True)
    wait_until(lambda: heard.closed, "it has ended")


def test_no_place(found: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client too many is told when to come again."""
    monkeypatch.setattr(module, "FOLLOWERS", 0)
    with pytest.raises(Unavailable) as refusal:
        found.check_room()
    assert refusal.value.headers() == {"Retry-After": "5"}


def test_a_demand_is_made_once_for_all_its_clients(
    found: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a vain one is told to each of them."""
    monkeypatch.setattr(module, "DEMAND_SECONDS", 0.2)
    asked: list[int] = []

    def demand() -> None:
        asked.append(1)
        raise Unavailable("away")

    clients = [Heard(), Heard()]
    for heard in clients:
        feed = following()
        feed.demand, feed.gap_after = demand, lambda _: "gap"
        found.join(feed, heard)
    wait_until(lambda: all(it.all.startswith("gap") for it in clients), "the gap is told")
    assert len(asked) <= 2


@dataclass
class Outages:
    """Redis that fails a few times when it is waited for."""

    answers: list[dict[str, list[Entry]] | None]

    def follow(
        self, places: Mapping[str, str], block_ms: int, count: int
    ) -> tuple[dict[str, list[Entry]], set[str]]:
        if not block_ms:
            return {}, set()
        found = self.answers.pop(0) if self.answers else {}
        if found is None:
            raise NoConnection
        return found, set()

    def look_again(self) -> None:
        """Nobody waits."""


def test_clients_outlive_an_outage(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait with us, and go on where they were."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    heard = Heard()
    Fanout(Outages([None, None, {"s": [("8-0", {"n": "8"})]}]), streams).join(following(), heard)
    wait_until(lambda: heard.all == "<8>", "the event is told")
