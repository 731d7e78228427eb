"""docs/threat-model.md names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.findall(
    r"`(tests/[\w/]+\.py)::(test_\w+)`", (ROOT / "docs" / "threat-model.md").read_text("utf-8")
)


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_threat_has_its_test(path: str, name: str) -> None:
    """A test that was renamed or dropped is missed here."""
    assert f"def {name}(" in (ROOT / path).read_text("utf-8")
