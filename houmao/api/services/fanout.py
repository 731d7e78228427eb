"""One thread of a process reads Redis' streams and tells all its clients what is new in them.

A thread for each open stream would be a thread for each open page. The reader waits in one command
for every stream that somebody follows; who begins to follow another cuts that wait short. This file
knows neither what the entries mean nor how a client is reached.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Protocol

from houmao.api.http.open_answer import Sink
from houmao.api.services.feeds import Entry, Feed, Told, order
from houmao.api.services.streams import BATCH, BLOCK_MS, RETRY_SECONDS, Streams
from houmao.clock import monotonic
from houmao.errors import HoumaoError, Unavailable
from houmao.state.connect import RedisAway

#: Clients that one process tells at a time.
FOLLOWERS = 400
#: Seconds a client that found no place may wait before it asks again.
FULL_RETRY_AFTER = 5
#: Seconds between two demands on a host; its copying ends 10 s after one.
DEMAND_SECONDS = 4.0
#: After each round the thread rests for so many times what the round took, so that it takes no
#: more than a fifth of the process; and never longer than so many seconds.
_REST, _LONGEST_REST = 4.0, 0.05


class Following(Protocol):
    """The streams of Redis."""

    def follow(
        self, places: Mapping[str, str], block_ms: int, count: int
    ) -> tuple[dict[str, list[Entry]], set[str]]:
        """Entries of streams after an id each, waiting up to `block_ms` for any.

        With them the streams of which entries after that id may be missing.
        """
        ...

    def look_again(self) -> None:
        """Cut the present wait short."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Client:
    feed: Feed
    sink: Sink


@dataclass(frozen=True, slots=True)
class _Read:
    """What a stream had after a place."""

    stream: str
    place: str
    entries: Sequence[Entry]

    def is_all_for(self, feed: Feed) -> bool:
        """Whether that client would miss nothing."""
        return order(self.place) <= order(feed.after_id)

    def is_new_to(self, feed: Feed) -> bool:
        """Whether that client had nothing of it yet: what is gone before it, it has missed."""
        return not self.entries or order(feed.after_id) < order(self.entries[0][0])


class Fanout:
    """The clients that follow streams, and the thread that tells them while there are any."""

    def __init__(self, redis: Following, streams: Streams) -> None:
        self._redis = redis
        self._streams = streams
        self._lock = Lock()
        self._clients: list[_Client] = []
        #: From where each stream is read: the place of whoever has the least of it.
        self._places: dict[str, str] = {}
        self._running = False
        self._demanded: dict[str, tuple[float, Future[None] | None]] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def check_room(self) -> None:
        """Raise Unavailable when all places are taken."""
        if len(self._clients) >= FOLLOWERS:
            raise Unavailable("too many streams are open; try again later", FULL_RETRY_AFTER)

    def join(self, feed: Feed, sink: Sink) -> None:
        """Tell a client everything after its place from now on."""
        client = _Client(feed, sink)
        # What it has missed is its own thread's work. Where Redis is away, the rounds catch up.
        with suppress(RedisAway):
            while self._catch_up(client):
                pass
        with self._lock:
            place = self._places.get(feed.stream)
            again = place is None or order(feed.after_id) < order(place)
            if again:
                self._places[feed.stream] = feed.after_id
            self._demanded.setdefault(feed.stream, (monotonic(), None))
            self._clients.append(client)
            begins, self._running = not self._running, True
        if begins:
            Thread(target=self._run, name="fanout", daemon=True).start()
        elif again:
            self._redis.look_again()

    def _catch_up(self, client: _Client) -> bool:
        """Tell what can be told at once; whether there may be more."""
        feed = client.feed
        found, gaps = self._redis.follow({feed.stream: feed.after_id}, 0, BATCH)
        if gaps:
            client.sink.send(feed.gap)
        entries = found.get(feed.stream, [])
        _tell(client, _told(feed, entries), monotonic())
        return len(entries) == BATCH

    def _run(self) -> None:
        with ThreadPoolExecutor(4, thread_name_prefix="demand") as demands:
            self._follow(demands)

    def _follow(self, demands: ThreadPoolExecutor) -> None:
        while True:
            with self._lock:
                if not self._clients:
                    self._running = False
                    self._places.clear()
                    self._demanded.clear()
                    return
                places = dict(self._places)
            found, gaps = self._read(places)
            began = monotonic()
            with self._lock:
                gaps.update(self._vain_demands(began, demands))
                self._round(
                    [_Read(it, places[it], found.get(it, ())) for it in places], gaps, began
                )
            if found:
                time.sleep(min(_LONGEST_REST, _REST * (monotonic() - began)))

    def _read(self, places: Mapping[str, str]) -> tuple[dict[str, list[Entry]], set[str]]:
        """What is new in each stream, and the streams of which something may be missing."""
        try:
            return self._redis.follow(places, BLOCK_MS, BATCH)
        except RedisAway:
            time.sleep(RETRY_SECONDS)
            return {}, set()

    def _round(self, read: Sequence[_Read], gaps: set[str], now: float) -> None:
        """Tell everybody what is new, and let go who has gone or should."""
        for it in read:
            clients = [each for each in self._clients if each.feed.stream == it.stream]
            # Who joined meanwhile from an earlier place is told with what is read from there.
            if it.entries and self._places.get(it.stream) == it.place:
                self._places[it.stream] = it.entries[-1][0]
            told = _told(clients[0].feed, it.entries) if clients else []
            for client in clients:
                if it.stream in gaps and it.is_new_to(client.feed):
                    client.sink.send(client.feed.gap)
                self._serve(client, told if it.is_all_for(client.feed) else [], now)
        self._forget_unfollowed()

    def _serve(self, client: _Client, told: Sequence[Told], now: float) -> None:
        if not _tell(client, told, now) or self._over(client, now):
            client.sink.close()
            self._clients.remove(client)

    def _forget_unfollowed(self) -> None:
        followed = {client.feed.stream for client in self._clients}
        for stream in self._places.keys() - followed:
            del self._places[stream]
            self._demanded.pop(stream, None)

    def _over(self, client: _Client, now: float) -> bool:
        if client.feed.over(now):
            client.sink.send(client.feed.last_words)
            return True
        return self._streams.ending()

    def _vain_demands(self, now: float, demands: ThreadPoolExecutor) -> Iterator[str]:
        """Demand every stream that must be, each once for all its clients; those that failed."""
        wanted = {it.feed.stream: it.feed.demand for it in self._clients if it.feed.demand}
        for stream, demand in wanted.items():
            last, asked = self._demanded.get(stream, (now, None))
            if asked and asked.done():
                self._demanded[stream] = (last, None)
                if isinstance(asked.exception(), HoumaoError | RedisAway):
                    yield stream
            if asked is None and now - last >= DEMAND_SECONDS:
                self._demanded[stream] = (now, demands.submit(demand))


def _told(feed: Feed, entries: Sequence[Entry]) -> list[Told]:
    return [Told(entry, feed.text_of(entry)) for entry in entries]


def _tell(client: _Client, told: Sequence[Told], now: float) -> bool:
    """Whether the client is still there."""
    return client.sink.send(client.feed.take(told, now))
