"""The benchmark of whole fleets runs from start to end and measures what it says."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_fleet_benchmark_measures_a_small_fleet() -> None:
    """Three agents, all probes: turns are seen, nothing is spawned, everything ends."""
    done = subprocess.run(
        [
            sys.executable,
            "benchmarks/fleet.py",
            *("--agents", "3", "--working", "0.6", "--turn-seconds", "1", "--seconds", "2"),
            "--json",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (fleet,) = json.loads(done.stdout)["fleets"]
    seen = fleet["latencies"]["redis"]
    assert seen["turns"] > 0
    assert len(seen["begin"]) == seen["turns"] - seen["missed"]
    assert fleet["latencies"]["stream"]["turns"] == seen["turns"]
    assert fleet["short"]["0.15"]["turns"] > 0
    assert len(fleet["new_agents"]) > 0
    assert fleet["reads"]["failures"] == 0
    assert fleet["reads"]["per_second"] > 10
    assert {"watch", "web", "redis", "tmux", "clock", "supervisor"} <= set(fleet["memory"])
    assert fleet["idle"]["childless"], "an idle server starts no process"
