"""A short run of the fault bench: `python -m tests.faults` plays all of it."""

import random
from pathlib import Path

from tests.faults.bench import Fault, bench, table
from tests.integration.headless import private


def test_a_killed_watch_process_costs_nothing_else(tmp_path: Path) -> None:
    """An agent at each moment: nothing lost or doubled, nothing wrong told, no composer dirty."""
    with private(tmp_path) as found, bench(*found, tmp_path, 1, random.Random(3)) as it:
        samples = it.round(Fault("watch", "KILL"))
    assert not any(sample.wrong for sample in samples), table(samples, 0.0)
