"""`python -m tests.kills --turns 100 --kills 100 --seed 1`: see tests/kills/series.py."""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.integration.headless import crew
from tests.integration.serving import free_port
from tests.integration.watching import settings_for
from tests.kills import series
from tests.services import private_tmux


def main() -> int:
    """Run one series and print its table; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="houmao-kills-") as name, private_tmux() as tmux:
        folder = Path(name)
        plain = settings_for(folder, tmux, None)
        settings = replace(plain, port=free_port(), registry_root=folder / "registry")
        with crew(settings, tmux, folder) as found:
            began = time.monotonic()
            log = series.play(found, options.turns, options.kills, options.seed)
            print(series.table(found, log, time.monotonic() - began))
            if log.wrong:
                sys.stderr.write((folder / "server.log").read_text())
    return 1 if log.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
