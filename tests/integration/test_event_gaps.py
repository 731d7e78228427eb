"""Who may have missed events is told so, and nobody else: a reader for each host on one Redis."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from houmao.api.events.stream import feed
from houmao.api.services.fanout import Fanout
from houmao.api.services.streams import BLOCK_MS, Streams
from houmao.state.away import AwayMark
from houmao.state.connect import PROMPT, connect
from houmao.state.keys import EVENTS
from houmao.state.read import StateReader
from tests.services import RedisServer, private_redis, wait_until


@dataclass
class Reader:
    """A client of one host's API; the host is cut off while its mark is set."""

    mark: AwayMark
    fanout: Fanout
    text: str = ""
    told: list[str] = field(default_factory=list)

    def follow(self, after_id: str) -> None:
        """Be told what comes after that event."""
        self.fanout.join(feed(after_id, None, 1e9), self)

    def send(self, text: str) -> bool:
        self.text += text
        lines = self.text.splitlines()
        self.told = [it[4:] for it in lines if it.startswith("id: ")]
        return True

    def close(self) -> None:
        """Nothing is held."""

    @property
    def gaps(self) -> int:
        return self.text.count("event: gap")


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with private_redis() as server:
        yield server


@pytest.fixture
def readers(redis: RedisServer, tmp_path: Path) -> Iterator[list[Reader]]:
    """Three hosts' readers."""
    with ExitStack() as held:
        streams = Streams(3)
        held.callback(streams.end_when, lambda: True)
        found = []
        for host in ("north", "south", "west"):
            mark = AwayMark(tmp_path / host, host)
            client = held.enter_context(connect(redis.url, PROMPT, mark))
            found.append(Reader(mark, Fanout(StateReader(client), streams)))
        yield found


def written(redis: RedisServer, count: int) -> list[str]:
    """Ids of so many new events."""
    return [
        str(redis.client().xadd(EVENTS, {"agent_id": "a", "summary": "x"})) for _ in range(count)
    ]


def keep(redis: RedisServer, count: int) -> None:
    """Let the stream have its latest events alone."""
    redis.client().xtrim(EVENTS, count, approximate=False)


def test_who_comes_back_too_late(redis: RedisServer, readers: list[Reader]) -> None:
    """Three places in a stream whose beginning is gone: only he whose place is gone is told."""
    ids = written(redis, 10)
    keep(redis, 5)
    late, just, newest = readers
    for reader, place in zip(readers, (ids[2], ids[5], ids[9]), strict=True):
        reader.follow(place)
    (more,) = written(redis, 1)
    wait_until(lambda: all(it.told[-1:] == [more] for it in readers), "all are told")
    assert [it.gaps for it in readers] == [1, 0, 0]
    assert (late.told, just.told, newest.told) == ([*ids[5:], more], [*ids[6:], more], [more])


def test_who_is_cut_off_while_the_stream_goes_on(redis: RedisServer, readers: list[Reader]) -> None:
    """Three open streams: of two hosts that are cut off, one comes back before events are gone."""
    (first,) = written(redis, 1)
    for reader in readers:
        reader.follow(first)
    cut, back, there = readers
    for reader in (cut, back):
        _cut_off(reader)
    ids = written(redis, 6)
    back.mark.clear()
    wait_until(lambda: back.told == there.told == ids, "two are told")
    keep(redis, 3)
    cut.mark.clear()
    wait_until(lambda: cut.told == ids[3:], "the third is told what is left")
    assert [it.gaps for it in readers] == [1, 0, 0]
    assert cut.text.startswith("event: gap")


def test_a_redis_without_its_data(redis: RedisServer, readers: list[Reader]) -> None:
    """However little was told since: nobody can know what was lost, so everybody is told, once."""
    (first,) = written(redis, 1)
    for reader in readers:
        reader.follow(first)
    _cut_off(readers[0])
    ids = written(redis, 2)
    wait_until(lambda: readers[1].told == readers[2].told == ids, "two are told")
    redis.client().flushall()
    after = written(redis, 2)
    readers[0].mark.clear()
    wait_until(
        lambda: all(it.told[-1:] == after[-1:] for it in readers), "all are told what is new"
    )
    assert [it.gaps for it in readers] == [1, 1, 1]
    assert readers[0].told == after


def test_of_two_clients_of_a_host_only_one_is_behind(
    redis: RedisServer, readers: list[Reader]
) -> None:
    """Both came while it was cut off; the host reads for both, from the older place on."""
    ids = written(redis, 6)
    behind, ahead = readers[0], Reader(readers[0].mark, readers[0].fanout)
    behind.mark.set()
    behind.follow(ids[0])
    ahead.follow(ids[4])
    keep(redis, 3)
    behind.mark.clear()
    wait_until(lambda: behind.told[-1:] == ahead.told[-1:] == [ids[5]], "both are told")
    assert (behind.gaps, ahead.gaps) == (1, 0)
    assert (behind.told, ahead.told) == (ids[3:], [ids[5]])


def _cut_off(reader: Reader) -> None:
    """Return once the host's reader does not read any more: a read that has begun goes on."""
    reader.mark.set()
    time.sleep(1.5 * BLOCK_MS / 1000)
