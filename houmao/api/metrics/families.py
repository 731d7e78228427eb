"""The fleet as Prometheus's families of samples. Labels are hosts, tools and fixed words. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from houmao.api.metrics.processes import ProcessCost
from houmao.state import totals
from houmao.state.totals import Durations, Total
from houmao.state.values import HostStatus, Observation


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known at the moment of a scrape."""

    now: float
    hosts: tuple[HostStatus, ...]
    agents: tuple[Observation, ...]
    totals: tuple[Total, ...]
    #: Jobs that wait, by host and queue.
    queues: Mapping[tuple[str, str], int]
    #: Open streams of the process that answers.
    streams: int
    #: Processes of the server that answers.
    processes: tuple[ProcessCost, ...] = ()
    #: Programs that ended by themselves and were started again, and how often.
    restarts: tuple[tuple[str, int], ...] = ()


class FleetFamilies(Collector):
    """Turns one measurement into families."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Metric]:
        """Every family, also those without a sample."""
        found = self._measured
        yield _agents(found.agents)
        yield _heartbeats(found.hosts, found.now)
        yield _loops(found.hosts)
        yield _queues(found.queues)
        yield GaugeMetricFamily(
            "houmao_streams_open", "Open streams of the answering web process.", found.streams
        )
        yield _counter(
            "houmao_turns", "Turns that ended.", ("host", "tool", "result"), found, totals.TURNS
        )
        yield _counter(
            "houmao_requests",
            "Requests that ended.",
            ("host", "kind", "outcome"),
            found,
            totals.REQUESTS,
        )
        yield _counter(
            "houmao_witness_contradictions",
            "Times that an agent's screen and its journal contradicted each other for long.",
            ("host", "tool"),
            found,
            totals.CONTRADICTIONS,
        )
        for name, told, labels, durations in _HISTOGRAMS:
            yield _histogram(HistogramMetricFamily(name, told, labels=labels), durations, found)
        yield from _processes(found.processes)
        yield _restarts(found.restarts)


def state_of(found: Observation) -> str:
    """The word for an agent's state."""
    state = found.state
    if state is None or state.availability != "available":
        return "unavailable"
    if state.tracked.surface.blocked_on is not None:
        return "blocked"
    return str(state.tracked.phase.value)


def _agents(agents: Iterable[Observation]) -> Metric:
    family = GaugeMetricFamily(
        "houmao_agents", "Live agents by what they do.", labels=("host", "tool", "state")
    )
    counts = Counter((it.identity.host, it.identity.tool, state_of(it)) for it in agents)
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family


def _heartbeats(hosts: Iterable[HostStatus], now: float) -> Metric:
    family = GaugeMetricFamily(
        "houmao_host_heartbeat_age_seconds",
        "Seconds since a host last had looked at all its agents.",
        labels=("host",),
    )
    for host in hosts:
        family.add_metric((host.host,), max(0.0, now - host.heartbeat_at))
    return family


def _loops(hosts: Iterable[HostStatus]) -> Metric:
    family = GaugeMetricFamily(
        "houmao_watch_loop_slowest_turn_seconds",
        "Longest turn of a host's watch loop between its two latest heartbeats.",
        labels=("host",),
    )
    for host in hosts:
        family.add_metric((host.host,), host.slowest_turn_ms / 1000)
    return family


def _queues(queues: Mapping[tuple[str, str], int]) -> Metric:
    family = GaugeMetricFamily(
        "houmao_queue_jobs", "Jobs that wait for a host's worker.", labels=("host", "queue")
    )
    for labels, count in sorted(queues.items()):
        family.add_metric(labels, count)
    return family


def _processes(found: Iterable[ProcessCost]) -> Iterator[Metric]:
    cpu = CounterMetricFamily(
        "houmao_process_cpu_seconds", "Processor time of the server's processes.", labels=("role",)
    )
    memory = GaugeMetricFamily(
        "houmao_process_resident_memory_bytes",
        "Resident memory of the server's processes.",
        labels=("role",),
    )
    every = tuple(found)
    for role in sorted({it.role for it in every}):
        its = [it for it in every if it.role == role]
        cpu.add_metric((role,), sum(it.cpu for it in its))
        memory.add_metric((role,), sum(it.memory for it in its))
    yield cpu
    yield memory


def _counter(name: str, told: str, labels: tuple[str, ...], found: Measured, counts: str) -> Metric:
    family = CounterMetricFamily(name, told, labels=labels)
    for total in found.totals:
        if total.name == counts and len(total.labels) == len(labels):
            family.add_metric(total.labels, total.count)
    return family


def _restarts(found: Iterable[tuple[str, int]]) -> Metric:
    family = CounterMetricFamily(
        "houmao_process_restarts", "Processes that ended and were started again.", labels=("role",)
    )
    for role, count in found:
        family.add_metric((role,), count)
    return family


#: Names, what they tell, labels, and the durations that are counted under these labels.
_HISTOGRAMS = (
    (
        "houmao_delivery_seconds",
        "Seconds from a prompt's request until it had left the composer.",
        ("host",),
        totals.DELIVERIES,
    ),
    (
        "houmao_turn_duration_seconds",
        "Seconds that turns of agents with a screen took.",
        ("host", "tool"),
        totals.TURN_TIMES,
    ),
    (
        "houmao_blocked_duration_seconds",
        "Seconds that agents waited for a person, by what for.",
        ("host", "tool", "blocked_on"),
        totals.BLOCKED_TIMES,
    ),
    (
        "houmao_capture_duration_seconds",
        "Seconds that a tmux server took to give screens.",
        ("host",),
        totals.CAPTURES,
    ),
    (
        "houmao_detection_seconds",
        "Seconds from the notice of a paint until its screen had been read.",
        ("host",),
        totals.DETECTIONS,
    ),
)


def _histogram(family: HistogramMetricFamily, durations: Durations, found: Measured) -> Metric:
    """Counts by class become those of all that took no longer, as Prometheus wants them."""
    classes = {it.labels: it.count for it in found.totals if it.name == durations.name}
    sums = {it.labels: it.count for it in found.totals if it.name == durations.total}
    width = len(family._labelnames)
    for labels in sorted({it[:-1] for it in classes if len(it) == width + 1}):
        buckets, so_far = [], 0
        for bound in (*map(str, durations.bounds), "+Inf"):
            so_far += classes.get((*labels, bound), 0)
            buckets.append((bound, so_far))
        family.add_metric(labels, buckets, sums.get(labels, 0) / durations.parts)
    return family
