"""What most tests of agent definitions stand on."""

from pathlib import Path

import pytest

from houmao.agents.folder import DefinitionFolder
from tests.unit.agents.definitions import definitions


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A complete definition directory of this test's own."""
    return definitions(tmp_path / "agents")


@pytest.fixture
def folder(root: Path) -> DefinitionFolder:
    return DefinitionFolder(root)
