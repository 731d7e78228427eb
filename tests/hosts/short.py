"""One cut between two hosts, in some seconds: what is lost, doubled, wrong or slow ends it.

A turn is painted and a keyed prompt asked for while south is cut off.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import itemgetter
from pathlib import Path

from tests.hosts.cuts import successes
from tests.hosts.deliveries import all_ready, see_through
from tests.hosts.figures import Reader, reading, timed
from tests.hosts.lab import BenchHost, Lab
from tests.hosts.stubs import Stubs
from tests.services import wait_until

#: Seconds in which a host that is known to be cut off is refused.
REFUSED_WITHIN = 0.5
_ASKED = 3
#: Seconds that anything may take before it counts as never.
_PATIENCE = 60.0


def short(lab: Lab, folder: Path) -> Iterator[str]:
    """Rows of what was seen; pytest's failure for what must not be."""
    north, south = lab.hosts["north"], lab.hosts["south"]
    stubs, painter = Stubs(south, 1, folder, turn_seconds=0.3), south.puppets[0]
    (listener,) = stubs.names
    wait_until(partial(all_ready, north, stubs), "the listener is ready", _PATIENCE)
    with reading(north) as reader, ThreadPoolExecutor(1) as caller:
        south.site.cut()
        try:
            asked = caller.submit(see_through, north, listener, "in the cut")
            with south.fleet.playing([painter], lambda _: "turn 0.5, idle 60"):
                yield _refused(north, listener, "was not heard of")
                yield _refused(south, listener, "Redis is away")
                wait_until(
                    partial(_told_success, south, painter.name),
                    "south tells its own turn",
                    _PATIENCE,
                )
        finally:
            south.site.mend()
        yield f"asked in the cut: {asked.result().told}"
        wait_until(
            partial(_seen_once, reader, painter.name), "north is told of the turn", _PATIENCE
        )
    assert stubs.got() == ["in the cut"], stubs.got()
    yield "the turn in the cut was told once, the prompt typed once"


def _refused(host: BenchHost, agent: str, sentence: str) -> str:
    """Wait until it is known; from then on it takes no time."""
    ask = partial(host.ask, f"agents/{agent}/interrupt", {})
    wait_until(lambda: sentence in str(ask()[1].get("detail")), f"{host.name} knows", _PATIENCE)
    # The quickest of some: a busy machine may be slow at any one of them, by itself.
    took, (status, answer) = min((timed(ask) for _ in range(_ASKED)), key=itemgetter(0))
    assert (status, took < REFUSED_WITHIN) == (503, True), f"{status} in {took:.2f} s"
    return f"{host.name} is asked: {status} in {took:.3f} s: {answer['detail']}"


def _told_success(host: BenchHost, agent: str) -> bool:
    status, state = host.ask(f"agents/{agent}/state")
    return status == 200 and state["last_turn"]["result"] == "success"


def _seen_once(reader: Reader, agent: str) -> bool:
    return successes(agent, reader.sightings) == 1
