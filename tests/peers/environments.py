"""Environments with programs of others: `python -m tests.peers.environments FOLDER`.

A peer is somebody else's release, unmodified, in a virtual environment of its own, so that
nothing of it ever meets our packages. An environment that is there already is kept.
"""

import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

#: What is installed, by the name of its environment.
PEERS = {
    "houmao-0.1.0": "houmao==0.1.0",
    "houmao-0.7.3": "houmao==0.7.3",
    "houmao-2.4.0": "houmao==2.4.0",
    "cao": "cli-agent-orchestrator==2.5.4",
    "schemathesis": "schemathesis==4.32.5",
}


def make(folder: Path, name: str) -> bool:
    """Make an environment unless it is there; true when it was made."""
    target = folder / name
    done = target / "complete"
    if done.exists():
        return False
    # A copied python could not be run while another thread still copies its own.
    venv.create(target, with_pip=True, clear=True, symlinks=True)
    pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", PEERS[name]], check=True)
    done.touch()
    return True


if __name__ == "__main__":
    with ThreadPoolExecutor() as pool:
        for made in pool.map(lambda name: make(Path(sys.argv[1]), name) and name, PEERS):
            if made:
                print(f"made {made}", flush=True)
