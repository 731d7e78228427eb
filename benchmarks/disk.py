"""What a host writes to its disk: `python benchmarks/disk.py --agents 20 --seconds 60`.

Three states of one private server: without agents, with idle ones, and with all of them at work.
Told are the bytes that files of ours grow by, and the pages that the kernel says are written.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# As a script this file sees only its own folder; the rest is found from the project's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import listing, processes
from benchmarks.machine import this_machine
from benchmarks.measure import private_server
from benchmarks.puppets import Fleet, Puppet
from houmao.config import Settings
from houmao.state.connect import connect

_CALM_SECONDS = 5.0
_TURN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes a second: the append-only file, the log, and pages written by role."""

    journal: float
    log: float
    pages: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Meter:
    """What is measured: the server's settings, its log, and its processes by role."""

    settings: Settings
    log: Path
    roles: Mapping[int, str]

    def over(self, seconds: float) -> Written:
        """What is written in that time."""
        before, began = self._now(), time.monotonic()
        time.sleep(seconds)
        after, took = self._now(), time.monotonic() - began
        grown = {what: (after[what] - before[what]) / took for what in after}
        pages = {role: grown[role] for role in sorted({*self.roles.values()})}
        return Written(grown["aof"], grown["log"], pages)

    def _now(self) -> dict[str, float]:
        with connect(self.settings.effective_redis_url) as redis:
            aof = float(redis.info("persistence")["aof_current_size"])
        written = {pid: float(processes.written_bytes(pid)) for pid in self.roles}
        pages = processes.by_role(written, self.roles)
        return {"aof": aof, "log": float(self.log.stat().st_size), **pages}


def main() -> None:
    """Measure the three states and print them as one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each measurement")
    options = parser.parse_args()
    print(f"{this_machine()}\n\n{_table(_measure(options.agents, options.seconds))}")


def _measure(agents: int, seconds: float) -> dict[str, Written]:
    with private_server() as (settings, folder, pid):
        fleet = Fleet(settings, folder)
        meter = Meter(settings, folder / "server.log", processes.roles(pid))
        time.sleep(_CALM_SECONDS)
        found = {"no agents": meter.over(seconds)}
        puppets = fleet.open(agents)
        with fleet.playing(puppets, lambda _: ""):
            time.sleep(_CALM_SECONDS)
        fleet.publish(puppets)
        listing.await_listed(settings, {it.agent_id for it in puppets}, 60.0)
        time.sleep(_CALM_SECONDS)
        found[f"{agents} idle agents"] = meter.over(seconds)
        with fleet.playing(puppets, _at_work):
            time.sleep(_CALM_SECONDS)
            found[f"{agents} busy agents"] = meter.over(seconds)
        return found


def _at_work(puppet: Puppet) -> str:
    return f"mix {puppet.name} 0.9 {_TURN_SECONDS:g}"


def _table(found: Mapping[str, Written]) -> str:
    columns: dict[str, Callable[[Written], float]] = {
        "append-only file": lambda it: it.journal,
        "log": lambda it: it.log,
        "pages": lambda it: sum(it.pages.values()),
    }
    rows = ["| bytes a second | " + " | ".join(columns) + " | pages by process |", "|---" * 5 + "|"]
    for state, written in found.items():
        cells = [f"{take(written):,.0f}" for take in columns.values()]
        by_role = ", ".join(f"{role} {it:,.0f}" for role, it in written.pages.items() if it)
        rows.append("| " + " | ".join([state, *cells, by_role]) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
