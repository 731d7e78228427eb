"""`python -m tests.hosts figures --agents 15 --distance 80`: hosts in network namespaces.

`figures` prints what readers at one host see of another, `deliveries` what becomes of prompts to
another host through cuts and kills, `cuts` what is lost in minutes of them, `commands` what each
command says for an agent of another host; `short` is one cut, and fails where anything is wrong.
Needs root, Linux, tmux and a C compiler.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.hosts.commands import commands
from tests.hosts.cuts import cuts
from tests.hosts.deliveries import deliveries
from tests.hosts.figures import figures
from tests.hosts.lab import Circumstances, Lab, lab
from tests.hosts.network import enter_private_network
from tests.hosts.short import short


def main() -> int:
    """Run one programme and print its rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programme", choices=("figures", "deliveries", "cuts", "commands", "short"))
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--agents", type=int, default=15, help="stub agents on each host")
    parser.add_argument("--distance", type=float, default=0, help="round trip of south in ms")
    parser.add_argument("--skew", type=int, default=0, help="seconds south's clock is ahead")
    parser.add_argument("--rounds", type=int, default=50, help="cuts and kills of `deliveries`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of a measurement")
    options = parser.parse_args()
    enter_private_network()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    under = Circumstances(
        hosts=options.hosts,
        agents=options.agents,
        round_trip_ms={"south": options.distance},
        skew_seconds={"south": options.skew},
    )
    load = " ".join(f"{it:.1f}" for it in os.getloadavg())
    print(f"{under.hosts} hosts, {under.agents} agents each, south at {options.distance:g} ms, ")
    print(f"its clock {options.skew:+d} s; load {load}", flush=True)
    with tempfile.TemporaryDirectory(prefix="houmao-hosts-") as name, lab(Path(name), under) as it:
        it.await_all_seen()
        for row in _rows(it, Path(name), options):
            print(f"- {row}", flush=True)
    return 0


def _rows(it: Lab, folder: Path, options: argparse.Namespace) -> Iterator[str]:
    if options.programme == "deliveries":
        return deliveries(it, folder, options.rounds, options.seed)
    if options.programme == "cuts":
        return cuts(it, folder, options.seconds, options.seed)
    if options.programme == "commands":
        return commands(it, folder)
    if options.programme == "short":
        return short(it, folder)
    return figures(it, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
