"""`python -m tests.hosts figures --agents 15 --distance 80`: hosts in network namespaces.

`figures` prints what readers at one host see of another. Needs root, Linux, tmux and a C compiler.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from tests.hosts.figures import figures
from tests.hosts.lab import Circumstances, lab
from tests.hosts.network import enter_private_network


def main() -> int:
    """Run one programme and print its rows; 1 when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programme", choices=("figures",))
    parser.add_argument("--agents", type=int, default=15, help="stub agents on each host")
    parser.add_argument("--distance", type=float, default=0, help="round trip of south in ms")
    parser.add_argument("--skew", type=int, default=0, help="seconds south's clock is ahead")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of a measurement")
    options = parser.parse_args()
    enter_private_network()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    under = Circumstances(
        agents=options.agents,
        round_trip_ms={"south": options.distance},
        skew_seconds={"south": options.skew},
    )
    load = " ".join(f"{it:.1f}" for it in os.getloadavg())
    print(f"{under.hosts} hosts, {under.agents} agents each, south at {options.distance:g} ms, ")
    print(f"its clock {options.skew:+d} s; load {load}", flush=True)
    with tempfile.TemporaryDirectory(prefix="houmao-hosts-") as name, lab(Path(name), under) as it:
        it.await_all_seen()
        for row in figures(it, options.seconds):
            print(f"- {row}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
