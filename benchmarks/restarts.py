"""Is an event lost over restarts? `python -m benchmarks.restarts [--agents 50] [--pages 100]`.

While a fleet works, the web process is killed and asked to end, and then the whole server is ended
and started again, several times each. Clients follow every event all the while and resume as
browsers do; what they were told is held against what Redis has.
"""

import argparse
import os
import signal
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import listing
from benchmarks.followers import Follower, Tally, counted, following
from benchmarks.pages import mix
from benchmarks.puppets import Fleet, Puppet
from houmao.config import Settings
from tests.integration.headless import private
from tests.integration.serving import Server, serving
from tests.services import wait_until

#: How the web process ends, in turn.
_ENDS = (signal.SIGKILL, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Rounds:
    """How large a run is; at least one event comes to everybody between two restarts."""

    agents: int
    pages: int
    restarts: int


def measured(rounds: Rounds) -> Tally:
    """What the pages were told over that many restarts of each kind."""
    with (
        tempfile.TemporaryDirectory(prefix="houmao-restarts-") as folder,
        private(Path(folder)) as (settings, _),
        ExitStack() as running,
    ):
        server = running.enter_context(serving(settings))
        fleet = Fleet(settings, Path(folder))
        puppets = _published(fleet, settings, rounds.agents)
        with (
            fleet.playing(puppets, mix(rounds.agents)),
            following(settings.port, rounds.pages) as crowd,
        ):
            for number in range(rounds.restarts):
                _end_web(server, _ENDS[number % len(_ENDS)])
                _await_news(crowd)
            for _ in range(rounds.restarts):
                running.close()
                running.enter_context(serving(settings))
                _await_news(crowd)
            return counted(settings, crowd)


def _published(fleet: Fleet, settings: Settings, agents: int) -> list[Puppet]:
    puppets = fleet.open(agents)
    with fleet.playing(puppets, lambda _: ""):
        fleet.publish(puppets)
        listing.await_listed(settings, {it.agent_id for it in puppets}, 120.0)
    return puppets


def _end_web(server: Server, how: signal.Signals) -> None:
    web = server.child("web")
    assert web is not None
    web.send_signal(how)
    wait_until(lambda: server.child("web") not in (None, web), "it is started again", 30)


def _await_news(crowd: list[Follower]) -> None:
    before = [len(it.heard) for it in crowd]
    wait_until(
        lambda: all(len(it.heard) > was for it, was in zip(crowd, before, strict=True)),
        "everybody is told something again",
        60,
    )


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--restarts", type=int, default=5, help="of each kind")
    options = parser.parse_args()
    began, before = time.monotonic(), os.getloadavg()[0]
    told = measured(Rounds(options.agents, options.pages, options.restarts))
    print(f"load {before:.1f} to {os.getloadavg()[0]:.1f}, {time.monotonic() - began:.0f} s")
    print(f"web process and whole server, {options.restarts} restarts each: {told}")


if __name__ == "__main__":
    main()
