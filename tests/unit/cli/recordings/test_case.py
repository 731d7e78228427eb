"""A line is a case, or the field that keeps it from being one is named."""

import json
from typing import Any

import pytest

from houmao.cli.recordings.case import read_case
from houmao.errors import UsageError

GOOD: dict[str, Any] = {
    "id": "turn",
    "tool": "claude",
    "version": "2.1.197",
    "frames": [{"at_seconds": 0, "raw": ""}, {"at_seconds": 1.5, "raw": "x", "title": "t"}],
    "inputs": [{"at_seconds": 0.5}],
}


@pytest.mark.parametrize(
    "case",
    [
        GOOD,
        GOOD | {"version": None, "detector_override": "fallback", "settle_seconds": 2},
        GOOD | {"truth": ["a field of somebody else"], "frames": []},
        {name: GOOD[name] for name in ("id", "tool", "frames")},
    ],
)
def test_what_a_case_may_be(case: dict[str, Any]) -> None:
    """Version and inputs may be left out; fields that a replay does not need are no mistake."""
    assert read_case(json.dumps(case).encode()) == case


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"id": 7}, "id"),
        ({"tool": None}, "tool"),
        ({"version": 2.1}, "version"),
        ({"detector_override": ["2.1.x"]}, "detector_override"),
        ({"settle_seconds": "1"}, "settle_seconds"),
        ({"frames": None}, "frames"),
        ({"frames": {}}, "frames"),
        ({"frames": ["x"]}, "frames[0]"),
        ({"frames": [{"at_seconds": 0, "raw": ""}, {"at_seconds": 1}]}, "frames[1].raw"),
        ({"frames": [{"at_seconds": True, "raw": ""}]}, "frames[0].at_seconds"),
        ({"frames": [{"at_seconds": -1, "raw": ""}]}, "frames[0].at_seconds"),
        ({"frames": [{"at_seconds": float("nan"), "raw": ""}]}, "frames[0].at_seconds"),
        ({"frames": [{"at_seconds": 10**400, "raw": ""}]}, "frames[0].at_seconds"),
        ({"frames": [{"at_seconds": 0, "raw": "", "title": 1}]}, "frames[0].title"),
        ({"inputs": 3}, "inputs"),
        ({"inputs": [{}]}, "inputs[0].at_seconds"),
    ],
)
def test_the_unusable_field_is_named(change: dict[str, Any], path: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_case(json.dumps(GOOD | change).encode())
    assert caught.value.message.startswith(f"{path}: give ")


@pytest.mark.parametrize("line", [b"{", b"[]", b"7", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_no_case(line: bytes) -> None:
    with pytest.raises(UsageError):
        read_case(line)
