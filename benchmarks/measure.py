"""One fleet, measured from start to end: a private server, N stub agents, every probe in turn.

Everything it starts is ended again, whatever happens. Redis, tmux socket, registry and port
are its own.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import listing, processes, reads
from benchmarks.puppets import Act, Fleet, Puppet
from benchmarks.sightings import Seen, watching
from benchmarks.stats import Judgement, judge
from houmao.clock import monotonic
from houmao.config import Settings, load
from houmao.demo.host import private_host

#: Seconds of calm before a measurement, and after it until the last change is published.
CALM_SECONDS = 3.0
#: Seconds between two short turns of one agent, long enough for a verdict on the first.
_BETWEEN_SECONDS = 1.8
SHORT_TURNS = (0.4, 0.15)
_NEW_AGENTS = 5
#: Agents that do short turns, however large the fleet; more would only measure each other.
_SHORT_TURNERS = 10
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure; `working` is the share of agents that work at any moment."""

    agents: int
    working: float = 0.1
    seconds: float = 30.0
    turn_seconds: float = 3.0

    @property
    def share(self) -> float:
        """The share, or what keeps one agent busy, but no more than half of the time."""
        return max(self.working, min(0.5, 1 / self.agents))


@dataclass(frozen=True, slots=True)
class Cost:
    """Cores used by each role over a stretch of time, and what was started in it.

    `forks` counts the processes and threads of the whole machine; `childless` is about ours.
    """

    seconds: float
    cores: dict[str, float]
    childless: bool
    forks: int


@dataclass(frozen=True, slots=True)
class Latencies:
    """The same turns as three readers saw them."""

    redis: Judgement
    stream: Judgement
    polled: Judgement


@dataclass(frozen=True, slots=True)
class Result:
    """Everything measured on one fleet; times in seconds, memory in bytes by role."""

    plan: Plan
    first_listed: float | None
    #: The same work before anybody watched: what tmux needs to show it.
    unwatched: Cost
    idle: Cost
    working: Cost
    latencies: Latencies
    short: dict[float, Judgement]
    new_agents: list[float]
    reads: reads.Reads
    memory: dict[str, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """A running server with a fleet in front of it."""

    settings: Settings
    fleet: Fleet
    puppets: list[Puppet]
    roles: dict[int, str]


def measure(plan: Plan) -> Result:
    """Everything there is to know about a fleet of that size."""
    with private_server() as (settings, folder, pid):
        fleet = Fleet(settings, folder)
        puppets = fleet.open(plan.agents)
        roles = processes.roles(pid) | {fleet.tmux_pid: "tmux"}
        return _measured(Bench(settings, fleet, puppets, roles), plan)


def _measured(bench: Bench, plan: Plan) -> Result:
    unwatched = _unwatched(bench, plan)
    first = _published(bench)
    idle = _idle(bench, plan)
    working, latencies = _working(bench, plan)
    return Result(
        plan=plan,
        first_listed=first,
        unwatched=unwatched,
        idle=idle,
        working=working,
        latencies=latencies,
        short={seconds: _short(bench, plan, seconds) for seconds in SHORT_TURNS},
        new_agents=_new_agents(bench),
        reads=_reads(bench, plan),
        memory=_memory(bench),
    )


@contextmanager
def private_server() -> Iterator[tuple[Settings, Path, int]]:
    """A private server: its settings, its folder and the supervisor's pid."""
    host = private_host(load(), time.sleep)
    try:
        assert host.folder is not None
        assert host.process is not None
        yield host.settings, host.folder, host.process.pid
    finally:
        host.end()


def _unwatched(bench: Bench, plan: Plan) -> Cost:
    with bench.fleet.playing(bench.puppets, _mix(plan)):
        time.sleep(CALM_SECONDS)
        return _cost_of(bench.roles, plan.seconds)


def _published(bench: Bench) -> float | None:
    """Publish the whole fleet, idle; seconds until all of it is listed."""
    with bench.fleet.playing(bench.puppets, lambda _: ""):
        time.sleep(CALM_SECONDS)
    bench.fleet.publish(bench.puppets)
    ids = {puppet.agent_id for puppet in bench.puppets}
    return listing.await_listed(bench.settings, ids, _PATIENCE_SECONDS)


def _idle(bench: Bench, plan: Plan) -> Cost:
    time.sleep(CALM_SECONDS)
    return _cost_of(bench.roles, plan.seconds)


def _mix(plan: Plan) -> Callable[[Puppet], str]:
    return lambda puppet: f"mix {puppet.name} {plan.share:g} {plan.turn_seconds:g}"


def _working(bench: Bench, plan: Plan) -> tuple[Cost, Latencies]:
    with bench.fleet.playing(bench.puppets, _mix(plan)) as act:
        time.sleep(CALM_SECONDS)
        with watching(bench.settings) as seen:
            began = monotonic()
            cost = _cost_of(bench.roles | {act.pid: "stubs"}, plan.seconds)
            until = monotonic()
            time.sleep(CALM_SECONDS)
        return cost, _latencies(act, seen, (began, until))


def _latencies(act: Act, seen: Seen, during: tuple[float, float]) -> Latencies:
    began, until = during
    marks = [mark for mark in act.marks() if began <= mark.at]
    return Latencies(
        *(judge(marks, sightings, until) for sightings in (seen.redis, seen.stream, seen.polled))
    )


def _short(bench: Bench, plan: Plan, seconds: float) -> Judgement:
    """Turns of that length by a few agents, the others idle."""
    some = bench.puppets[:_SHORT_TURNERS]

    def script(puppet: Puppet) -> str:
        # They take turns: ten at the same instant would measure a stampede.
        delay = CALM_SECONDS + some.index(puppet) * _BETWEEN_SECONDS / len(some)
        return f"idle {delay:.3f}" + f", turn {seconds}, idle {_BETWEEN_SECONDS}" * 200

    with watching(bench.settings) as seen, bench.fleet.playing(some, script) as act:
        time.sleep(CALM_SECONDS + plan.seconds)
        until = monotonic()
        time.sleep(1.0)
        return judge(act.marks(), seen.redis, until)


def _new_agents(bench: Bench) -> list[float]:
    late = bench.fleet.open(_NEW_AGENTS, "late")
    with bench.fleet.playing(late, lambda _: ""):
        time.sleep(CALM_SECONDS)

        def publish(number: int) -> str:
            bench.fleet.publish([late[number]])
            return late[number].agent_id

        return listing.measure(bench.settings, publish, len(late))


def _reads(bench: Bench, plan: Plan) -> reads.Reads:
    paths = [f"/houmao/agents/{it.agent_id}/state" for it in bench.puppets[: reads.CLIENTS]]
    return reads.measure(bench.settings.port, paths, min(plan.seconds, 10.0))


def _memory(bench: Bench) -> dict[str, float]:
    found = {pid: float(processes.proportional_bytes(pid)) for pid in bench.roles}
    return processes.by_role(found, bench.roles)


def _cost_of(roles: dict[int, str], seconds: float) -> Cost:
    began, meter = monotonic(), processes.Meter(roles)
    time.sleep(seconds)
    spent, took = meter.cpu(), monotonic() - began
    cores = {role: used / took for role, used in spent.items()}
    return Cost(took, cores, meter.childless(), meter.forks())


def sizes(text: str) -> Sequence[int]:
    """Fleet sizes from `1,10,50`."""
    return [int(word) for word in text.split(",")]
