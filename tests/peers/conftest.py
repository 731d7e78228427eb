"""Where the published peers are: HOUMAO_PEERS_DIR, filled by `tests.peers.environments`."""

import os
from pathlib import Path

import pytest

from tests.services import absent


@pytest.fixture(scope="session")
def peers() -> Path:
    """The folder of the peers' environments."""
    folder = os.environ.get("HOUMAO_PEERS_DIR")
    if not folder or not Path(folder, "houmao-0.1.0", "bin", "python").exists():
        absent("the published peers: python -m tests.peers.environments FOLDER, HOUMAO_PEERS_DIR")
    return Path(folder)
