"""Where the published peers are: HOUMAO_PEERS_DIR, filled by `tests.peers.environments`."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.headless import Crew, crew, private
from tests.peers.environments import PEERS
from tests.services import absent


@pytest.fixture(scope="session")
def peers() -> Path:
    """The folder of the peers' environments."""
    folder = os.environ.get("HOUMAO_PEERS_DIR")
    if not folder or not all(Path(folder, it, "complete").exists() for it in PEERS):
        absent("the published peers: python -m tests.peers.environments FOLDER, HOUMAO_PEERS_DIR")
    return Path(folder)


@pytest.fixture(scope="module")
def served() -> Iterator[Crew]:
    """A server with a headless agent; agents on a screen are joined by each test."""
    with (
        tempfile.TemporaryDirectory(prefix="houmao-peers-") as name,
        private(Path(name)) as (settings, tmux),
        crew(settings, tmux, Path(name)) as found,
    ):
        found.launch("worker")
        yield found
