"""Measures Houmao on fleets of stub agents: `python benchmarks/fleet.py --agents 50`.

Ends by itself and leaves nothing behind. Prints one table with a column for each size.
"""

import argparse
import signal
import sys
from pathlib import Path

# As a script this file sees only its own folder; the rest is found from the project's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import this_machine
from benchmarks.measure import Plan, measure, sizes
from benchmarks.report import as_json, as_markdown


def main() -> None:
    """Measure every asked-for size, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", default="1,10,50,200,500", help="fleet sizes, e.g. 10,50")
    parser.add_argument("--working", type=float, default=0.1, help="share that works at a time")
    parser.add_argument("--turn-seconds", type=float, default=3.0, help="mean length of a turn")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each measurement")
    parser.add_argument("--json", action="store_true", help="every single number as JSON")
    options = parser.parse_args()
    # Asked to stop, it must still end the servers it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = []
    for agents in sizes(options.agents):
        sys.stderr.write(f"measuring {agents} agents ...\n")
        results.append(
            measure(Plan(agents, options.working, options.seconds, options.turn_seconds))
        )
    text = as_json if options.json else as_markdown
    print(text(this_machine(), results))


if __name__ == "__main__":
    main()
