"""Results as tables for people and as JSON for programs. Pure: values in, text out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from benchmarks.machine import Machine
from benchmarks.measure import Cost, Result
from benchmarks.stats import Judgement, spread

_ROLES = ("watch", "tmux", "redis", "web", "clock", "launch", "turn", "notify", "supervisor")
Cell = Callable[[Result], str]


def as_json(machine: Machine, results: Sequence[Result]) -> str:
    """Everything, latencies as lists of seconds."""
    return json.dumps(
        {"machine": asdict(machine), "fleets": [asdict(result) for result in results]}, indent=2
    )


def as_markdown(machine: Machine, results: Sequence[Result]) -> str:
    """A description of the machine and one table, a column for each fleet."""
    head = ["measure", *(_agents(result.plan.agents) for result in results)]
    lines = [_row(head), _row(["---", *["---:"] * len(results)])]
    lines += [_row([name, *map(cell, results)]) for name, cell in _cells().items()]
    return f"{describe(machine)}\n\n" + "\n".join(lines) + "\n"


def describe(machine: Machine) -> str:
    """One sentence about the machine."""
    return (
        f"{machine.cores} cores of {machine.cpu}, {machine.memory_gib} GiB, "
        f"Linux {machine.kernel}, Python {machine.python}, tmux {machine.tmux}, "
        f"Redis {machine.redis}, RQ {machine.rq}."
    )


def _cells() -> dict[str, Cell]:
    return {
        "turns measured": lambda it: str(it.latencies.redis.turns),
        "painted to event stream in Redis, begin, p50 / p95 / p99": lambda it: _ms(
            it.latencies.redis.begin
        ),
        "painted to event stream in Redis, end, p50 / p95 / p99": lambda it: _ms(
            it.latencies.redis.end
        ),
        "painted to event stream of the API, begin, p50 / p95 / p99": lambda it: _ms(
            it.latencies.stream.begin
        ),
        "painted to state read by GET, begin, p50 / p95 / p99": lambda it: _ms(
            it.latencies.polled.begin
        ),
        "end painted to verdict `success`, p50 / p95 / p99": lambda it: _ms(
            it.latencies.redis.verdict
        ),
        "turns missed": lambda it: _missed(it.latencies.redis),
        "ends not seen": lambda it: str(it.latencies.redis.end_unseen),
        "false ready / false active": lambda it: (
            f"{it.latencies.redis.false_ready} / {it.latencies.redis.false_active}"
        ),
        "turns of 0.4 s missed": lambda it: _missed(it.short[0.4]),
        "turns of 0.15 s missed": lambda it: _missed(it.short[0.15]),
        "new record to listed with a state, p50 / p95 / worst": lambda it: _p50_worst(
            it.new_agents
        ),
        "whole fleet listed after": lambda it: _seconds(it.first_listed),
        "GET state per second, 4 clients": lambda it: f"{it.reads.per_second:.0f}",
        "GET state, p50 / p99": lambda it: (
            _figures(it.reads.latency.p50, it.reads.latency.p99) if it.reads.latency else "-"
        ),
        "children started by the server, idle / working": lambda it: (
            f"{_children(it.idle.childless)} / {_children(it.working.childless)}"
        ),
        **{f"CPU {role}, idle": _core("idle", role) for role in _ROLES},
        **{f"CPU {role}, working": _core("working", role) for role in _ROLES},
        "CPU tmux, the same work unwatched": _core("unwatched", "tmux"),
        "CPU per agent, idle / working": _per_agent,
        "memory of all Houmao processes": lambda it: _mib(_houmao_memory(it)),
        "memory watch / web / redis / tmux": lambda it: " / ".join(
            _mib(it.memory.get(role, 0.0)) for role in ("watch", "web", "redis", "tmux")
        ),
    }


def _core(phase: str, role: str) -> Cell:
    def cell(result: Result) -> str:
        cost: Cost = getattr(result, phase)
        return f"{100 * cost.cores.get(role, 0.0):.1f} %"

    return cell


def _per_agent(result: Result) -> str:
    """CPU of everything but the stubs and tmux's own painting, in millicores per agent."""
    own = result.unwatched.cores.get("tmux", 0.0)
    shares = (
        1000 * (sum(cost.cores.get(role, 0.0) for role in _ROLES) - painting) / result.plan.agents
        for cost, painting in ((result.idle, 0.0), (result.working, own))
    )
    return " / ".join(f"{share:.2f} mcore" for share in shares)


def _houmao_memory(result: Result) -> float:
    return sum(value for role, value in result.memory.items() if role not in ("tmux", "redis"))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _agents(count: int) -> str:
    return "1 agent" if count == 1 else f"{count} agents"


def _ms(seconds: Sequence[float]) -> str:
    found = spread(seconds)
    return _figures(found.p50, found.p95, found.p99) if found else "-"


def _figures(*seconds: float) -> str:
    return " / ".join(f"{1000 * each:.1f}" for each in seconds) + " ms"


def _p50_worst(seconds: Sequence[float]) -> str:
    found = spread(seconds)
    return _figures(found.p50, found.p95, found.worst) if found else "-"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _missed(judgement: Judgement) -> str:
    return f"{judgement.missed} of {judgement.turns}"


def _children(childless: bool) -> str:
    return "none" if childless else "some"


def _mib(count: float) -> str:
    return f"{count / 2**20:.0f} MiB"
