"""Versions are found in any output; edits reach into documents and spoil none."""

import pytest

from houmao.errors import DefinitionError
from houmao.tools.parts.unattended import Edit, edited
from houmao.tools.parts.version import find_version, version_text


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("2.1.197 (Claude Code)", (2, 1, 197)),
        ("codex-cli 0.169.0\n", (0, 169, 0)),
        ("v0.61.0-nightly.1", (0, 61, 0)),
        ("node 20\n1.2.3\n4.5.6", (1, 2, 3)),
        ("1.2", None),
        ("", None),
    ],
)
def test_versions(output: str, version: tuple[int, int, int] | None) -> None:
    assert find_version(output) == version


def test_version_text() -> None:
    assert (version_text((1, 2, 3)), version_text(None)) == ("1.2.3", None)


def test_edits() -> None:
    before = {"a": {"b": 1, "c": 2}}
    after = edited(before, [Edit(("a", "b"), 5), Edit(("x", "y", "z"), [])], "f.json")
    assert after == {"a": {"b": 5, "c": 2}, "x": {"y": {"z": []}}}
    assert before == {"a": {"b": 1, "c": 2}}


def test_a_value_in_the_way_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"f\.json: found a plain value around 'b'"):
        edited({"a": 1}, [Edit(("a", "b"), 5)], "f.json")
