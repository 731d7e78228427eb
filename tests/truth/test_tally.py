"""The score counts what it says it counts, and every kind of mistake makes it fail."""

from typing import Any

import pytest

from tests.truth.tally import Tally, judge, one_series

READY = {
    "turn_phase": "ready",
    "accepting_input": "yes",
    "editing_input": "no",
    "last_turn_result": "none",
}
ACTIVE = READY | {"turn_phase": "active"}
SUCCESS = READY | {"last_turn_result": "success"}


def judged(truth: dict[str, Any], told: dict[str, Any], **options: Any) -> Tally:
    return judge(truth, told, **{"results": True, **options})


def test_a_right_frame_misses_no_target() -> None:
    tally = judged(READY, READY)
    assert tally == Tally(frames=1, phase=1, accepting=1, editing=1, result=1)
    assert list(tally.short_of()) == []


@pytest.mark.parametrize("phase", ["active", "unknown"])
def test_ready_while_it_is_not_is_a_false_ready(phase: str) -> None:
    """One of them in a thousand frames is one too many."""
    total = sum([judged(READY, READY)] * 999, judged(READY | {"turn_phase": phase}, READY))
    assert total.false_ready == 1
    assert list(total.short_of()) == ["1 frames with a false ready"]


def test_a_success_that_was_none_is_a_false_success() -> None:
    total = sum([judged(READY, READY)] * 999, judged(READY, SUCCESS))
    assert list(total.short_of()) == ["1 frames with a false success"]
    assert judged(SUCCESS, SUCCESS).false_success == 0


def test_a_single_frame_says_nothing_of_results() -> None:
    tally = judged(READY, SUCCESS, results=False)
    assert (tally.false_success, tally.result) == (0, 1)


def test_shares_below_their_target_are_named() -> None:
    """Two of 200 phases are wrong; two of 200 drafts may be."""
    wrong = {**ACTIVE, "editing_input": "yes"}
    total = sum([judged(ACTIVE, ACTIVE)] * 198 + [judged(READY, wrong)] * 2, Tally())
    assert list(total.short_of()) == ["phase is right on 99.00%, and 99.5% is demanded"]


def test_a_success_that_is_never_told_is_missed() -> None:
    assert one_series([SUCCESS], [READY]) == Tally(successes=1)
    assert list(one_series([SUCCESS], [READY]).short_of()) == ["1 successes were not told"]
    assert one_series([READY, SUCCESS], [SUCCESS, READY]) == Tally(successes=1, successes_seen=1)
    assert one_series([READY], [SUCCESS]) == Tally()


def test_what_is_meant_otherwise_is_right_and_counted() -> None:
    tally = judged(READY, READY | {"editing_input": "yes"}, meant={"editing_input"})
    assert (tally.editing, tally.meant) == (1, 1)


def test_nothing_to_count_is_nothing_wrong() -> None:
    assert list(Tally().short_of()) == []
