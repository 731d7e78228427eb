"""Recorded cases from outside the checkout, and which of their values we mean to differ from.

The folder is named by HOUMAO_SHARED_DIR, or is `shared` next to the checkout. Where it is absent
each replay test is skipped (which the run's own rule turns into a failure in CI).
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[3]
_DIFFERENCES = Path(__file__).with_name("intended_differences.json")
_NUMBER = re.compile(r"\.\d+")

Case = dict[str, Any]


def cases(name: str) -> list[Any]:
    """One pytest parameter for each line of a corpus file."""
    path = folder() / "corpus" / name
    if not path.exists():
        skip = pytest.mark.skip(reason=f"{path} is absent; set HOUMAO_SHARED_DIR")
        return [pytest.param({}, id="absent", marks=skip)]
    lines = path.read_text("utf-8").splitlines()
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, lines)]


def screens(*names: str) -> list[Any]:
    """One pytest parameter for each folder of labelled screens below these."""
    root = folder() / "corpus"
    found = [
        path.parent
        for name in names or ("screens", "screens-new")
        for path in sorted(root.glob(f"{name}/*/*/labels.json"))
    ]
    if not found:
        skip = pytest.mark.skip(reason=f"{root} is absent; set HOUMAO_SHARED_DIR")
        return [pytest.param(root, id="absent", marks=skip)]
    return [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in found]


def wild_scenes() -> list[Any]:
    """One pytest parameter for each scene that is hard to tell."""
    files = sorted((folder() / "corpus" / "wild").glob("*.jsonl"))
    names = [f"wild/{path.name}" for path in files] or ["wild/absent.jsonl"]
    return [item for name in names for item in cases(name)]


def intended(name: str) -> dict[str, dict[str, Any]]:
    """By case id of a corpus file: the `reason`, and the dotted names that `differ`."""
    found: dict[str, dict[str, Any]] = json.loads(_DIFFERENCES.read_text("utf-8"))[name]
    return found


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """A JSON value as dotted names and plain values, so that differences can be named."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = {"count": len(value), **dict(enumerate(value))}
    if not isinstance(value, dict):
        return {prefix: value}
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= flat(item, f"{prefix}.{key}" if prefix else key)
    return found


def differences(given: Any, expected: Any) -> dict[str, Any]:
    """Dotted names of what `given` has otherwise than `expected`, with the value given."""
    ours, theirs = flat(given), flat(expected)
    return {
        name: ours.get(name, "absent")
        for name in sorted(theirs)
        if not _same(ours.get(name, "absent"), theirs[name])
    }


def check(name: str, case: Case, found: dict[str, dict[str, Any]]) -> None:
    """Fail on any difference (by step and dotted name) that is not listed, and on idle listings.

    A listed name stands for the field in every entry of a list.
    """
    listed = intended(name).get(case["id"])
    allowed = set(listed["differ"]) if listed else set()
    surprising = {
        f"step {step}: {field}": value
        for step, fields in found.items()
        for field, value in fields.items()
        if _NUMBER.sub("", field) not in allowed
    }
    assert not surprising, json.dumps(surprising, ensure_ascii=False, indent=1)
    seen = {_NUMBER.sub("", field) for fields in found.values() for field in fields}
    assert allowed - seen == set(), "listed as a difference, but it agrees: take it off the list"


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return ours == pytest.approx(theirs)
    return bool(ours == theirs)


def folder() -> Path:
    """Where the recordings are, if they are there."""
    named = os.environ.get("HOUMAO_SHARED_DIR")
    return Path(named) if named else _ROOT.parent / "shared"
