"""What Prometheus scrapes, read by prometheus-client's own parser."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from houmao.api.metrics.families import FleetFamilies, Measured
from houmao.api.metrics.processes import ProcessCost, role_of
from houmao.detect.signals import BlockedOn
from houmao.requests.request import Request, RequestKind, RequestOutcome, ended
from houmao.restarts import note_restart, restarts
from houmao.state import keys
from houmao.state.codec import state_fields
from houmao.state.requests import request_writes
from houmao.state.values import HostStatus
from houmao.state.write import AgentUpdate, agent_writes, carry_out, heartbeat_writes
from houmao.track.state import Surface, TrackedState, TurnPhase
from tests.unit.api.world import ALPHA, NOW, Fleet, agent, state
from workers.watch.pace import Pace

Samples = dict[tuple[str, tuple[str, ...]], float]


def scraped(client: FlaskClient) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))
        for sample in family.samples
    }


def test_a_fleet_without_hosts(client: FlaskClient, fleet: Fleet) -> None:
    """Nothing is there, and that is what is told."""
    fleet.redis.flushall()
    # Processes are those of whoever runs the tests: another test's Redis may be among them.
    found = {it: value for it, value in scraped(client).items() if "_process_" not in it[0]}
    assert found == {("houmao_streams_open", ()): 0.0}


def test_agents_and_hosts(client: FlaskClient, fleet: Fleet) -> None:
    """By host, tool and state; never by name."""
    carry_out(fleet.redis, heartbeat_writes(HOST).commands)
    fleet.show(agent(), state(TrackedState(phase=TurnPhase.ACTIVE)))
    asked = TrackedState(Surface(blocked_on=BlockedOn.APPROVAL), TurnPhase.READY)
    fleet.show(agent("beta", "b2"), state(asked))
    fleet.show(agent("gamma", "c3"))
    found = scraped(client)
    assert found[("houmao_agents", ("h1", "active", agent().tool))] == 1
    assert found[("houmao_agents", ("h1", "blocked", agent().tool))] == 1
    assert found[("houmao_agents", ("h1", "unavailable", agent().tool))] == 1
    assert found[("houmao_host_heartbeat_age_seconds", ("h1",))] == 2
    assert found[("houmao_watch_loop_slowest_turn_seconds", ("h1",))] == 0.25
    assert found[("houmao_queue_jobs", ("h1", "watch"))] == 3
    assert "beta" not in client.get("/metrics").get_data(as_text=True)


HOST = HostStatus("h1", 1, 1, NOW - 2, 3, NOW - 60, slowest_turn_ms=250)


def test_turns_are_counted_by_their_result(client: FlaskClient, fleet: Fleet) -> None:
    """A change that ends no turn counts nothing."""
    told = {"host": "h1", "tool": "claude", "last_turn_result": "success"}
    for changed in ("last_turn_result turn_phase", "turn_phase", "last_turn_result"):
        event = {**told, "changed_fields": changed}
        carry_out(fleet.redis, agent_writes("h1", AgentUpdate(ALPHA, {}, {}, {}, event)).commands)
    assert scraped(client)[("houmao_turns_total", ("h1", "success", "claude"))] == 2


def test_requests_and_their_delivery(client: FlaskClient, fleet: Fleet) -> None:
    """Each once, when it ends; the buckets are those of all that took no longer."""
    for number, (outcome, seconds) in enumerate(
        (
            (RequestOutcome.SUBMITTED, 0.2),
            (RequestOutcome.SUBMITTED, 3.0),
            (RequestOutcome.SUBMITTED, 900.0),
            (RequestOutcome.BLOCKED, 1.0),
        )
    ):
        begun = Request(
            f"mreq-{number}", ALPHA, RequestKind.SUBMIT_PROMPT, "secret", NOW, NOW + 9, host="h1"
        )
        for step in (begun, replace(begun, typed_at=NOW), ended(begun, outcome, "", NOW + seconds)):
            carry_out(fleet.redis, request_writes(step, "alpha", news=True).commands)
    found = scraped(client)
    assert found[("houmao_requests_total", ("h1", "submit_prompt", "submitted"))] == 3
    assert found[("houmao_requests_total", ("h1", "submit_prompt", "blocked"))] == 1
    buckets = {name[1][1]: value for name, value in found.items() if name[0].endswith("_bucket")}
    assert (buckets["0.1"], buckets["0.25"], buckets["5.0"], buckets["+Inf"]) == (0, 1, 2, 3)
    assert found[("houmao_delivery_seconds_count", ("h1",))] == 3
    assert found[("houmao_delivery_seconds_sum", ("h1",))] == 903.2
    assert "secret" not in client.get("/metrics").get_data(as_text=True)


def test_turns_and_waits_have_durations(client: FlaskClient, fleet: Fleet) -> None:
    """Each once, as it ends; what nobody saw begin has none, and what is told anew is no news."""
    began = TrackedState(phase=TurnPhase.ACTIVE)
    asked = replace(began, surface=Surface(blocked_on=BlockedOn.APPROVAL))
    ended_ = TrackedState(phase=TurnPhase.READY)
    steps = [
        shown(began, NOW, phase_since=NOW),
        shown(asked, NOW + 2, phase_since=NOW, blocked_since=NOW + 2),
        shown(began, NOW + 9, phase_since=NOW, contradictions=1),
        shown(ended_, NOW + 20, phase_since=NOW + 20, contradictions=3),
    ]
    for before, after in pairwise([{}, *steps, steps[-1]]):
        update = AgentUpdate(ALPHA, after, {}, {}, {}, before)
        carry_out(fleet.redis, agent_writes("h1", update).commands)
    found = scraped(client)
    host, tool = "h1", agent().tool
    assert found[("houmao_turn_duration_seconds_count", (host, tool))] == 1
    assert found[("houmao_turn_duration_seconds_sum", (host, tool))] == 20
    assert found[("houmao_blocked_duration_seconds_count", ("approval", host, tool))] == 1
    assert found[("houmao_blocked_duration_seconds_sum", ("approval", host, tool))] == 7
    assert found[("houmao_witness_contradictions_total", (host, tool))] == 3


def shown(tracked: TrackedState, at: float, **more: float) -> dict[str, str]:
    """The hash of a state at that moment."""
    return state_fields(agent(), replace(state(tracked), captured_at=at, **more))  # type: ignore[arg-type]


def test_a_watch_loop_counts_how_quickly_it_looks(client: FlaskClient, fleet: Fleet) -> None:
    """From heartbeat to heartbeat: what was told once is not told again."""
    pace = Pace()
    for seconds in (0.002, 0.004, 2.0):
        pace.captured(seconds)
        pace.detected(0.0, seconds)
        pace.turned(seconds)
    pace.detected(None, 9.0)
    for _ in range(2):
        carry_out(fleet.redis, heartbeat_writes(pace.status(HOST), pace.counts("h1")).commands)
    found = scraped(client)
    assert found[("houmao_capture_duration_seconds_count", ("h1",))] == 3
    assert found[("houmao_capture_duration_seconds_sum", ("h1",))] == 2.006
    assert found[("houmao_capture_duration_seconds_bucket", ("h1", "0.005"))] == 2
    assert found[("houmao_detection_seconds_bucket", ("h1", "0.5"))] == 2
    assert found[("houmao_watch_loop_slowest_turn_seconds", ("h1",))] == 0


def test_programs_that_were_started_again(tmp_path: Path) -> None:
    """However many supervisors have counted them; what is no count counts nothing."""
    for name in ("web", "watch", "web"):
        note_restart(tmp_path, name)
    (tmp_path / "odd").write_text("x")
    assert dict(restarts(tmp_path)) == {"web": 2, "watch": 1}
    assert dict(restarts(tmp_path / "nowhere")) == {}
    measured = Measured(NOW, (), (), (), {}, 0, restarts=(("web", 2),))
    told = generate_latest(FleetFamilies(measured)).decode()
    assert 'houmao_process_restarts_total{role="web"} 2.0' in told


def test_a_strange_count_is_left_out(client: FlaskClient, fleet: Fleet) -> None:
    """What another version has counted hides nothing."""
    fleet.redis.hset(keys.TOTALS, mapping={"turns|h1": "7", "turns|h1|claude|success": "x"})
    assert not [name for name, _ in scraped(client) if name.startswith("houmao_turns")]


@pytest.mark.parametrize(
    ("argv", "role"),
    [
        (["python", "-P", "-m", "workers.watch"], "watch"),
        (["/bin/python", "-P", "-m", "gunicorn", "-c", "python:houmao.api.gunicorn_conf"], "web"),
        (["python", "-m", "houmao.serve.main", "serve"], "supervisor"),
        (["/lib/redis-server unixsocket:/srv/redis.sock", "", ""], "redis"),
        (["claude", "-m", "opus"], ""),
        (["python", "-m"], ""),
        ([], ""),
    ],
)
def test_processes_are_told_by_what_they_do(argv: list[str], role: str) -> None:
    """A tool that an agent runs is none of the server's, whatever its options are."""
    assert role_of(argv) == role


def test_processes_cost_something() -> None:
    """Processor time and memory of each role, all its processes together."""
    web = (ProcessCost("web", 1.5, 100), ProcessCost("web", 0.5, 50), ProcessCost("watch", 3.0, 70))
    measured = Measured(NOW, (), (), (), {}, 0, web)
    found = {
        (sample.name, sample.labels["role"]): sample.value
        for family in FleetFamilies(measured).collect()
        for sample in family.samples
        if "role" in sample.labels
    }
    assert found == {
        ("houmao_process_cpu_seconds_total", "web"): 2.0,
        ("houmao_process_cpu_seconds_total", "watch"): 3.0,
        ("houmao_process_resident_memory_bytes", "web"): 150,
        ("houmao_process_resident_memory_bytes", "watch"): 70,
    }
