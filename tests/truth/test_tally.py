"""The score counts what it says it counts, and every kind of mistake makes it fail."""

from typing import Any

import pytest

from tests.truth.tally import Results, Tally, judge, one_series

READY = {
    "turn_phase": "ready",
    "accepting_input": "yes",
    "editing_input": "no",
    "last_turn_result": "none",
}
ACTIVE = READY | {"turn_phase": "active"}
SUCCESS = READY | {"last_turn_result": "success"}


def judged(truth: dict[str, Any], told: dict[str, Any], **options: Any) -> Tally:
    return judge(truth, told, **options)


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


@pytest.mark.parametrize("ending", ["known_failure", "interrupted"])
def test_a_failure_that_was_none_is_a_false_failure(ending: str) -> None:
    failed = READY | {"last_turn_result": ending}
    total = sum([judged(READY, READY)] * 999, judged(SUCCESS, failed))
    assert list(total.short_of()) == ["1 frames with a false failure or interruption"]
    assert judged(failed, failed).false_failure == 0
    assert judged(failed, READY).false_failure == 0


def test_on_a_single_frame_no_success_has_settled_but_a_false_result_is_false() -> None:
    failed = READY | {"last_turn_result": "known_failure"}
    assert judged(SUCCESS, READY, results=Results.UNSETTLED).result == 1
    assert judged(SUCCESS, failed, results=Results.UNSETTLED).false_failure == 1
    assert judged(READY, SUCCESS, results=Results.UNSETTLED).false_success == 1


def test_where_nobody_knows_how_a_turn_ended_nothing_is_false() -> None:
    tally = judged(READY, SUCCESS, results=Results.UNKNOWN)
    assert (tally.false_success, tally.result) == (0, 1)


@pytest.mark.parametrize("told", [ACTIVE, SUCCESS])
def test_a_turn_that_nobody_asked_for_is_invented(told: dict[str, Any]) -> None:
    tally = one_series([READY], [READY, told, READY])
    assert "1 sessions with a turn or verdict that nobody asked for" in list(tally.short_of())
    assert one_series([READY, ACTIVE], [READY, told]).invented == 0


def test_scenes_that_are_hard_to_tell_have_a_target_of_their_own() -> None:
    total = sum(
        [judged(ACTIVE, ACTIVE)] * 97 + [judged(ACTIVE, READY | {"turn_phase": "unknown"})] * 3,
        Tally(),
    )
    assert list(total.short_of({"phase": 0.97})) == []
    assert list(total.short_of({"phase": 0.98})) != []


def test_shares_below_their_target_are_named() -> None:
    """Two of 200 phases are wrong; two of 200 drafts may be."""
    wrong = {**ACTIVE, "editing_input": "yes"}
    total = sum([judged(ACTIVE, ACTIVE)] * 198 + [judged(READY, wrong)] * 2, Tally())
    assert list(total.short_of()) == ["phase is right on 99.00%, and 99.5% is demanded"]


def test_a_success_that_is_never_told_is_missed() -> None:
    assert one_series([SUCCESS], [READY]) == Tally(successes=1)
    assert list(one_series([SUCCESS], [READY]).short_of()) == ["1 successes were not told"]
    assert one_series([READY, SUCCESS], [SUCCESS, READY]) == Tally(successes=1, successes_seen=1)
    assert one_series([READY], [READY]) == Tally()


def test_what_is_meant_otherwise_is_right_and_counted() -> None:
    tally = judged(READY, READY | {"editing_input": "yes"}, meant={"editing_input"})
    assert (tally.editing, tally.meant) == (1, 1)


def test_nothing_to_count_is_nothing_wrong() -> None:
    assert list(Tally().short_of()) == []
