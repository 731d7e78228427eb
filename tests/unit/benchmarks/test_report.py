"""Results become one table with a column for each fleet, and JSON with every number."""

import json

from benchmarks.machine import Machine
from benchmarks.measure import Cost, Latencies, Plan, Result
from benchmarks.reads import Reads
from benchmarks.report import as_json, as_markdown
from benchmarks.stats import Judgement, spread

MACHINE = Machine("a processor", 2, 8.0, "6.1", "3.11.7", "3.3a", "6.2.14", "2.12.0")


def result(agents: int) -> Result:
    judged = Judgement(turns=3, missed=1, begin=[0.01, 0.02], end=[0.03], verdict=[1.03])
    cost = Cost(30.0, {"watch": 0.02, "tmux": 0.01}, True, 0)
    return Result(
        plan=Plan(agents),
        first_listed=0.5,
        unwatched=Cost(30.0, {"tmux": 0.005}, True, 0),
        idle=cost,
        working=cost,
        latencies=Latencies(judged, judged, Judgement()),
        short={0.4: judged, 0.15: judged},
        new_agents=[0.04, 0.05],
        reads=Reads(1000.0, spread([0.001, 0.002]), 0),
        memory={"watch": 3.5e7, "tmux": 5e6},
    )


def test_table_has_a_column_for_each_fleet() -> None:
    lines = as_markdown(MACHINE, [result(1), result(50)]).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert rows[0] == "| measure | 1 agent | 50 agents |"
    assert all(row.count("|") == 4 for row in rows)
    assert "2 cores of a processor" in lines[0]


def test_table_says_what_was_measured() -> None:
    text = as_markdown(MACHINE, [result(10)])
    row = "| painted to event stream in Redis, begin, p50 / p95 / p99 | 10.0 / 20.0 / 20.0 ms |"
    assert row in text
    assert "| painted to state read by GET, begin, p50 / p95 / p99 | - |" in text
    assert "| turns missed | 1 of 3 |" in text
    assert "| CPU watch, idle | 2.0 % |" in text
    assert "| CPU tmux, the same work unwatched | 0.5 % |" in text
    assert "| CPU per agent, idle / working | 3.00 mcore / 2.50 mcore |" in text


def test_json_keeps_every_number() -> None:
    found = json.loads(as_json(MACHINE, [result(10)]))
    assert found["machine"]["cores"] == 2
    assert found["fleets"][0]["latencies"]["redis"]["begin"] == [0.01, 0.02]


def test_small_fleets_work_enough_to_be_measured() -> None:
    """A tenth of one agent would hardly ever do a turn."""
    assert [Plan(agents).share for agents in (1, 5, 10, 200)] == [0.5, 0.2, 0.1, 0.1]
    assert Plan(200, working=0.4).share == 0.4
