"""Environments with published peers: `python -m tests.peers.environments FOLDER`.

A peer is somebody else's release, unmodified, in a virtual environment of its own, so that
nothing of it ever meets our packages. An environment that is there already is kept.
"""

import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

#: Folder of an environment to what is installed in it.
PEERS = {
    "houmao-0.1.0": "houmao==0.1.0",
    "houmao-0.7.3": "houmao==0.7.3",
    "houmao-2.4.0": "houmao==2.4.0",
}


def make(folder: Path) -> Iterator[str]:
    """Make the environments that are missing; tells the name of each that was made."""
    for name, requirement in PEERS.items():
        target = folder / name
        done = target / "complete"
        if done.exists():
            continue
        venv.create(target, with_pip=True, clear=True)
        pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--disable-pip-version-check", requirement], check=True)
        done.touch()
        yield name


if __name__ == "__main__":
    for made in make(Path(sys.argv[1])):
        print(f"made {made}", flush=True)
