"""When readers have a change in hand: one reads Redis, one the API's event stream, one polls."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, Full, Queue

from benchmarks.stats import Sighting
from houmao.clock import monotonic
from houmao.config import Settings
from houmao.state.connect import PROMPT_WAITING, connect
from houmao.state.read import StateReader

#: Most states asked for per second by the reader that polls, so that it does not become the load.
POLLS_PER_SECOND = 20.0
_BLOCK_MS = 200
_FRESH_SECONDS = 0.005


@dataclass(slots=True)
class Seen:
    """Sightings by the three readers."""

    redis: list[Sighting] = field(default_factory=list)
    stream: list[Sighting] = field(default_factory=list)
    polled: list[Sighting] = field(default_factory=list)


@contextmanager
def watching(settings: Settings) -> Iterator[Seen]:
    """Note everything that becomes visible until the block ends."""
    seen, ending = Seen(), threading.Event()
    asked: Queue[Sighting] = Queue(maxsize=1)
    readers = [
        threading.Thread(target=_read_redis, args=(settings, seen, asked, ending)),
        threading.Thread(target=_read_stream, args=(settings, seen, ending)),
        threading.Thread(target=_poll_states, args=(settings, seen, asked, ending)),
    ]
    for reader in readers:
        reader.start()
    try:
        yield seen
    finally:
        ending.set()
        for reader in readers:
            reader.join(10)


def _read_redis(
    settings: Settings, seen: Seen, asked: "Queue[Sighting]", ending: threading.Event
) -> None:
    with closing(connect(settings.effective_redis_url, PROMPT_WAITING)) as redis:
        reader = StateReader(redis)
        after = reader.last_event_id()
        while not ending.is_set():
            for event in reader.events(after, _BLOCK_MS, 1000):
                after = event.event_id
                found = _sighting(event.agent_name, event.fields)
                seen.redis.append(found)
                # The poller takes one now and then; it must never hold this reader up.
                with suppress(Full):
                    asked.put_nowait(found)


def _read_stream(settings: Settings, seen: Seen, ending: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=30)
    with closing(connection):
        connection.request("GET", "/houmao/events")
        answer = connection.getresponse()
        while not ending.is_set():
            line = answer.readline()
            if not line:
                return
            if line.startswith(b"data:"):
                found = json.loads(line[5:])
                if isinstance(found, dict) and "turn_phase" in found:
                    seen.stream.append(_sighting(str(found.get("agent_name")), found))


def _poll_states(
    settings: Settings, seen: Seen, asked: "Queue[Sighting]", ending: threading.Event
) -> None:
    """Ask for the state of an agent that just changed, until the answer shows that change."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=5)
    with closing(connection):
        while not ending.is_set():
            with suppress(Empty):
                change = asked.get(timeout=0.2)
                # One that waited while this reader paused says nothing about the API.
                if monotonic() - change.at < _FRESH_SECONDS:
                    _poll(connection, change, seen)
                    time.sleep(1 / POLLS_PER_SECOND)


def _poll(connection: http.client.HTTPConnection, change: Sighting, seen: Seen) -> None:
    for _ in range(50):
        phase = _phase(connection, change.agent)
        if phase == change.phase:
            seen.polled.append(Sighting(change.agent, monotonic(), phase, change.result))
            return


def _phase(connection: http.client.HTTPConnection, agent: str) -> str:
    connection.request("GET", f"/houmao/agents/{agent}/state")
    found = json.loads(connection.getresponse().read())
    return str(found.get("turn", {}).get("phase"))


def _sighting(agent: str, fields: object) -> Sighting:
    assert isinstance(fields, dict)
    phase, result = fields.get("turn_phase", "unknown"), fields.get("last_turn_result", "none")
    return Sighting(agent, monotonic(), str(phase), str(result))
