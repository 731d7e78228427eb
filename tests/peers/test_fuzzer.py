"""A fuzzer that knows nothing but our own description of the API finds nothing in it."""

import subprocess
from pathlib import Path

from tests.integration.headless import Crew
from tests.peers.meeting import joined

CONFIG = Path(__file__).with_name("schemathesis.toml")
#: The same cases in every run, as many as fit into the time.
SEED, EXAMPLES, SECONDS = 14, 15, 90


def test_all_checks_pass(peers: Path, served: Crew) -> None:
    joined(served, "fuzzed")
    url = f"http://127.0.0.1:{served.server.settings.port}/houmao/openapi.json"
    bounds = ("--seed", SEED, "--max-examples", EXAMPLES, "--max-time", SECONDS)
    words = ("--checks", "all", "--request-timeout", 30, "--generation-database", "none")
    program = (peers / "schemathesis" / "bin" / "schemathesis", "--config-file", CONFIG)
    done = subprocess.run(
        [*map(str, (*program, "run", url, *bounds, *words)), "--continue-on-failure", "--no-color"],
        cwd=served.folder,
        capture_output=True,
        text=True,
        timeout=SECONDS + 60,
        check=False,
    )
    print(done.stdout[-1500:])
    assert done.returncode == 0, done.stdout[-20_000:]
