"""The events of a recording become a case; what is missing is counted."""

import json
from typing import Any

from houmao.cli.recordings.case import read_case
from houmao.cli.recordings.record import FrameRecording


def frame(number: int, at: float, raw: str = "", title: str | None = None) -> tuple[str, str]:
    return "frame", json.dumps({"number": number, "at_seconds": at, "raw": raw, "title": title})


def sent(number: int, at: float) -> tuple[str, str]:
    return "input", json.dumps({"number": number, "at_seconds": at})


END, GAP = ("end", "{}"), ("gap", "{}")


def taken(*events: tuple[str, str], seconds: float = 3.0) -> FrameRecording:
    found = FrameRecording()
    for name, data in events:
        found.add(name, data)
    found.close(seconds)
    return found


def times(items: list[dict[str, Any]]) -> list[float]:
    return [item["at_seconds"] for item in items]


def test_times_count_from_the_first_screen_and_the_last_one_lasts_to_the_end() -> None:
    found = taken(frame(4, 100.5, "a", "t"), sent(5, 101.0), frame(6, 101.25, "b"), END)
    assert found.frames == [
        {"at_seconds": 0.0, "raw": "a", "title": "t"},
        {"at_seconds": 0.75, "raw": "b"},
        {"at_seconds": 3.0, "raw": "b"},
    ]
    assert times(found.inputs) == [0.5]
    assert (found.gaps, found.broken) == (0, "")


def test_what_comes_out_is_a_case() -> None:
    case = taken(frame(1, 7.0), END).case("gpu", "claude", "2.1.197")
    assert read_case(json.dumps(case).encode()) == case


def test_a_number_that_does_not_follow_is_a_gap() -> None:
    """So is one that starts again, and a gap the server tells of."""
    assert taken(frame(1, 0.0), frame(3, 1.0)).gaps == 1
    assert taken(frame(5, 0.0), frame(1, 1.0), frame(2, 1.5)).gaps == 1
    assert taken(frame(1, 0.0), GAP, frame(2, 1.0)).gaps == 1


def test_without_its_end_a_recording_is_broken() -> None:
    assert taken(frame(1, 0.0)).broken


def test_the_end_is_never_before_the_last_screen() -> None:
    """Two clocks measure them."""
    assert times(taken(frame(1, 0.0), frame(2, 3.2), END).frames) == [0.0, 3.2, 3.2]


def test_nothing_came() -> None:
    assert taken(END).frames == []
