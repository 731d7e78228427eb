"""`python -m tests.faults --times 100`: every process, every signal, every moment.

Prints a table with a row for each process and signal, and a line for all that was wrong.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.bench import SIGNS, Fault, bench, table
from tests.integration.headless import private
from tests.integration.serving import WORDS


def main() -> int:
    """Play all rounds; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10, help="samples of each moment")
    parser.add_argument("--agents", type=int, default=4, help="agents of each moment at a time")
    parser.add_argument("--minutes", type=float, default=600.0, help="begin no round after these")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--process", choices=WORDS, nargs="*", default=list(WORDS))
    parser.add_argument("--sign", choices=SIGNS, nargs="*", default=list(SIGNS))
    options = parser.parse_args()
    faults = [Fault(process, sign) for sign in options.sign for process in options.process]
    began, samples = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="houmao-faults-") as name:
        folder, dice = Path(name), random.Random(options.seed)
        with private(folder) as found, bench(*found, folder, options.agents, dice) as it:
            for fault in faults * -(-options.times // options.agents):
                if time.monotonic() - began > options.minutes * 60:
                    break
                samples += it.round(fault)
                sys.stderr.write(f"{time.monotonic() - began:.0f} s: {fault}\n")
    print(table(samples, time.monotonic() - began))
    return 1 if any(sample.wrong for sample in samples) else 0


if __name__ == "__main__":
    sys.exit(main())
