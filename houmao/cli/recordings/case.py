"""Lines of case files: recorded frames and inputs of one agent, and what is wrong with a line.

A case is one JSON object with `id`, `tool`, `version` (text or null), `frames` (each with
`at_seconds` and `raw`, perhaps `title`) and `inputs` (each with `at_seconds`); `settle_seconds`
and `detector_override` may be there, and other fields are left alone. Pure.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from houmao.errors import UsageError

#: `Any`: whatever a file holds; `read_case` checks what a replay needs.
Case = Mapping[str, Any]

#: Some thirty years; what is later is no time within a recording.
LATEST_SECONDS = 1e9


def read_case(line: bytes) -> Case:
    """The case of a line. Raises UsageError naming the field that a replay could not use."""
    case = _object(line)
    for name in ("id", "tool"):
        _check_text(case, name, name)
    for name in ("version", "detector_override"):
        if case.get(name) is not None:
            _check_text(case, name, name)
    if case.get("settle_seconds") is not None:
        _check_seconds(case, "settle_seconds", "settle_seconds")
    for number, frame in enumerate(_objects(case, "frames")):
        _check_seconds(frame, "at_seconds", f"frames[{number}].at_seconds")
        _check_text(frame, "raw", f"frames[{number}].raw")
        if frame.get("title") is not None:
            _check_text(frame, "title", f"frames[{number}].title")
    for number, given in enumerate(_objects({"inputs": [], **case}, "inputs")):
        _check_seconds(given, "at_seconds", f"inputs[{number}].at_seconds")
    return case


def _object(line: bytes) -> Case:
    try:
        case = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError("this is no JSON; a case is one JSON object on one line") from None
    if not isinstance(case, dict):
        raise UsageError("a case is a JSON object with id, tool, version, frames and inputs")
    return case


def _objects(case: Case, name: str) -> list[Case]:
    found = case.get(name)
    if not isinstance(found, list):
        _refuse(name, "give a list")
    for number, item in enumerate(found):
        if not isinstance(item, dict):
            _refuse(f"{name}[{number}]", "give an object")
    return found


def _check_text(found: Case, name: str, path: str) -> None:
    if not isinstance(found.get(name), str):
        _refuse(path, "give a text")


def _check_seconds(found: Case, name: str, path: str) -> None:
    if not _is_seconds(found.get(name)):
        _refuse(path, "give a number of seconds, 0 or more")


def _is_seconds(value: object) -> bool:
    # A boolean is a number to Python; a comparison with NaN is false.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LATEST_SECONDS


def _refuse(path: str, fix: str) -> NoReturn:
    raise UsageError(f"{path}: {fix}")
