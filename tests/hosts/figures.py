"""What a reader at one host sees of another, and how long it takes: one table of figures.

Turns are painted on `south`; one reader follows the event stream of `south`'s own API, one that of
`north`'s. Then prompts go from `north` to `south`, and at last `south` is cut off.
"""

import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from benchmarks.puppets import Puppet
from benchmarks.stats import Judgement, Sighting, judge, spread
from tests.hosts.lab import BenchHost, Lab, pause

#: Asks an API; its status and answer.
Ask = Callable[[], tuple[int, Any]]
_PROMPTS = 12
_CUT_SECONDS = 6.0


@dataclass(slots=True)
class Reader:
    """Everything that one host's event stream told."""

    sightings: list[Sighting] = field(default_factory=list)
    events: list[dict[str, str]] = field(default_factory=list)
    #: How often the stream itself told that events were missing.
    gaps: int = 0


@contextmanager
def reading(host: BenchHost) -> Iterator[Reader]:
    """Follow the host's event stream until the block ends, across its outages."""
    found, ending = Reader(), threading.Event()
    thread = threading.Thread(target=_follow, args=(host, found, ending), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ending.set()
        thread.join(15)


def _follow(host: BenchHost, found: Reader, ending: threading.Event) -> None:
    last = ""
    while not ending.is_set():
        with suppress(OSError), closing(host.connection(10)) as connection:
            headers = {"Last-Event-ID": last} if last else {}
            connection.request("GET", "/houmao/events", headers=headers)
            answer = connection.getresponse()
            while not ending.is_set():
                line = answer.readline()
                if not line:
                    break
                if line.startswith(b"id:"):
                    last = line[3:].decode().strip()
                found.gaps += line.startswith(b"event: gap")
                if line.startswith(b"data:"):
                    _note(json.loads(line[5:]), found)


def _note(event: object, found: Reader) -> None:
    if not isinstance(event, dict):
        return
    found.events.append(event)
    if "turn_phase" in event:
        phase, result = str(event["turn_phase"]), str(event.get("last_turn_result", "none"))
        found.sightings.append(
            Sighting(str(event.get("agent_name")), time.monotonic(), phase, result)
        )


def mixed(puppet: Puppet) -> str:
    """Turns of a second at a time, the agents in turn."""
    delay = 2.0 + (int(puppet.name.rpartition("-")[2]) % 25) * 0.2
    return f"idle {delay:.1f}" + ", turn 1.5, idle 3.5" * 200


def figures(lab: Lab, seconds: float) -> Iterator[str]:
    """The table's rows, each as soon as it is known."""
    north, south = lab.hosts["north"], lab.hosts["south"]
    with reading(south) as own, reading(north) as other:
        with south.fleet.playing(south.puppets, mixed) as act:
            pause(seconds)
            until = time.monotonic()
            pause(3.0)
        for name, reader in (("south", own), ("north", other)):
            yield from _judged(name, judge(act.marks(), reader.sightings, until))
    with south.fleet.playing(south.puppets, lambda _: "idle 1, turn 0.5"):
        pause(5.0)
        yield from _prompts(north, south)
        yield from _cut(north, south)


def _judged(name: str, found: Judgement) -> Iterator[str]:
    for what in ("begin", "end", "verdict"):
        told = spread(getattr(found, what))
        if told is not None:
            yield (
                f"painted at south, {what} read at {name}: p50 {told.p50 * 1000:.0f} "
                f"p95 {told.p95 * 1000:.0f} worst {told.worst * 1000:.0f} ms ({told.count})"
            )
    yield (
        f"of {found.turns} turns read at {name}: missed {found.missed}, end unseen "
        f"{found.end_unseen}, false ready {found.false_ready}, false active {found.false_active}"
    )


def _prompts(north: BenchHost, south: BenchHost) -> Iterator[str]:
    typing, failed = [], 0
    for puppet in south.puppets[:_PROMPTS]:
        path = f"agents/{puppet.agent_id}@south/requests?wait=10&wait_for=typing&extended=true"
        took, (status, answer) = timed(partial(north.ask, path, {"prompt": "say hello"}))
        typed = status == 200 and answer.get("typed_at")
        typing += [took] if typed else []
        failed += not typed
    if typing:
        yield (
            f"north asks south's agents, until the first keystroke is told: median "
            f"{statistics.median(typing):.2f} worst {max(typing):.2f} s ({len(typing)}), "
            f"failed {failed}"
        )
    else:
        yield f"north asks south's agents: all {failed} failed; the last: {status} {answer}"


def _cut(north: BenchHost, south: BenchHost) -> Iterator[str]:
    agent = f"{south.puppets[-1].agent_id}@south"
    south.site.cut()
    try:
        pause(_CUT_SECONDS)
        key = {"Idempotency-Key": uuid4().hex}
        asks: dict[str, Ask] = {
            "north tells its state": lambda: north.ask(f"agents/{agent}/state"),
            "north asks it": lambda: north.ask(f"agents/{agent}/requests", {"prompt": "hi"}, **key),
            "south tells its state": lambda: south.ask(f"agents/{agent}/state"),
            "south asks it": lambda: south.ask(f"agents/{agent}/requests", {"prompt": "hi"}),
        }
        for what, ask in asks.items():
            took, (status, answer) = timed(ask)
            told = answer if isinstance(answer, dict) else {}
            word = told.get("detail") or told.get("diagnostics", {}).get("availability")
            yield f"south is cut off, {what}: {status} in {took:.2f} s: {word}"
    finally:
        south.site.mend()


def timed(ask: Ask) -> tuple[float, tuple[int, Any]]:
    """Seconds that it took, and what it gave."""
    began = time.monotonic()
    found = ask()
    return time.monotonic() - began, found
