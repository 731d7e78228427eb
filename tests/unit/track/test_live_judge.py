"""What counts as true and as a lie when turns of real tools are judged."""

from typing import Any

import pytest

from tests.live.judge import Course, Told, course, judged


def asked(at: float) -> dict[str, Any]:
    return {"t": at, "event": "begin"}


def ended(at: float, outcome: str = "answered") -> dict[str, Any]:
    return {"t": at, "event": "end", "outcome": outcome}


FLAKY = [asked(1.0), ended(1.1, "status 500"), asked(2.0), ended(3.0)]
DROPPED = [asked(1.0), ended(2.0, "dropped")]


@pytest.mark.parametrize(
    ("log", "pressed", "refused", "expected"),
    [
        (FLAKY, None, False, Course(1.0, 3.0, "success")),
        (DROPPED, None, False, Course(1.0, 2.0, "known_failure")),
        (DROPPED, 5.0, False, Course(1.0, 5.0, "interrupted")),
        ([asked(1.0), ended(2.0)], 5.0, False, Course(1.0, 2.0, "success")),
        ([asked(1.0), ended(2.0)], 5.0, True, Course(1.0, 5.0, "interrupted")),
        ([asked(1.0)], 5.0, False, Course(1.0, 5.0, "interrupted")),
        ([asked(1.0)], None, False, None),
        ([], None, False, None),
    ],
)
def test_how_a_turn_went_is_told_by_requests_and_keys(
    log: list[dict[str, Any]], pressed: float | None, refused: bool, expected: Course | None
) -> None:
    assert course(log, pressed, refused) == expected


TRUE = Course(10.0, 15.0, "success")
RIGHT = [Told(10.1, "active", "none"), Told(15.1, "ready", "none"), Told(16.1, "ready", "success")]


@pytest.mark.parametrize(
    ("told", "right"),
    [
        (RIGHT, True),
        ([RIGHT[0], Told(12.0, "ready", "none"), Told(12.3, "active", "none"), *RIGHT[1:]], True),
        ([RIGHT[0], Told(12.0, "ready", "none"), Told(13.0, "active", "none"), *RIGHT[1:]], False),
        ([RIGHT[0], Told(14.0, "active", "success"), *RIGHT[1:]], False),
        ([*RIGHT[:2], Told(15.1, "ready", "interrupted")], False),
        ([*RIGHT[:2], Told(19.2, "ready", "success")], False),
        (RIGHT[:2], False),
    ],
)
def test_a_turn_is_told_rightly_or_not(told: list[Told], right: bool) -> None:
    assert judged("any", True, told, TRUE, ()).right is right
