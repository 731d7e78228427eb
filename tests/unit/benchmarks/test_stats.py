"""The arithmetic of the benchmark: what counts as seen, missed, late and false."""

import pytest

from benchmarks.stats import Mark, Sighting, Turn, judge, quantile, spread, turns_of


def turn(agent: str, began: float, ended: float) -> list[Mark]:
    return [Mark(agent, "turn_begin", began), Mark(agent, "turn_end", ended)]


def seen(agent: str, *states: tuple[float, str]) -> list[Sighting]:
    return [Sighting(agent, at, *words.split("/")) for at, words in states]


def test_spread_uses_nearest_rank() -> None:
    found = spread(float(number) for number in range(1, 101))
    assert found is not None
    assert (found.count, found.p50, found.p95, found.p99, found.worst) == (100, 50, 95, 99, 100)


def test_quantile_of_one_value_is_that_value() -> None:
    assert [quantile([7.0], share) for share in (0.0, 0.5, 1.0)] == [7.0] * 3


def test_spread_of_nothing() -> None:
    assert spread([]) is None


def test_turns_end_where_the_next_one_begins() -> None:
    marks = [*turn("a", 1.0, 2.0), *turn("b", 1.5, 1.6), *turn("a", 5.0, 6.0)]
    assert turns_of(marks) == [
        Turn("a", 1.0, 2.0, 5.0),
        Turn("b", 1.5, 1.6, float("inf")),
        Turn("a", 5.0, 6.0, float("inf")),
    ]


def test_a_turn_without_end_is_no_turn() -> None:
    """A turn that still runs, or that somebody interrupted, has no end to be late for."""
    assert turns_of([Mark("a", "turn_begin", 1.0)]) == []
    assert turns_of([Mark("a", "turn_begin", 1.0), Mark("a", "interrupted", 2.0)]) == []


def test_latencies_of_a_turn_seen_as_it_was() -> None:
    states = seen("a", (1.01, "active/none"), (2.05, "ready/none"), (3.0, "ready/success"))
    found = judge(turn("a", 1.0, 2.0), states, until=9.0)
    assert (found.turns, found.missed, found.end_unseen) == (1, 0, 0)
    assert (found.false_ready, found.false_active) == (0, 0)
    assert found.begin == [pytest.approx(0.01)]
    assert found.end == [pytest.approx(0.05)]
    assert found.verdict == [pytest.approx(1.0)]


def test_turn_that_nobody_saw_is_missed() -> None:
    """A state of another agent or of another turn proves nothing."""
    marks = [*turn("a", 1.0, 1.2), *turn("a", 5.0, 6.0)]
    found = judge(marks, seen("b", (1.1, "active")) + seen("a", (5.1, "active")), until=9.0)
    assert (found.turns, found.missed) == (2, 1)


def test_short_turn_may_be_published_after_it_is_over() -> None:
    found = judge(turn("a", 1.0, 1.01), seen("a", (1.02, "active"), (1.03, "ready")), until=9.0)
    assert (found.missed, found.end_unseen) == (0, 0)
    assert found.end == [pytest.approx(0.02)]


def test_ready_in_the_middle_of_a_turn_is_false() -> None:
    states = seen("a", (1.01, "active"), (3.0, "ready"), (3.2, "active"), (5.01, "ready"))
    found = judge(turn("a", 1.0, 5.0), states, until=9.0)
    assert found.false_ready == 1
    assert found.end == [pytest.approx(0.01)]


def test_active_after_the_end_was_seen_is_false() -> None:
    states = seen("a", (1.01, "active"), (2.01, "ready"), (3.0, "active"))
    assert judge(turn("a", 1.0, 2.0), states, until=9.0).false_active == 1


def test_end_that_is_never_seen() -> None:
    found = judge(turn("a", 1.0, 2.0), seen("a", (1.01, "active")), until=9.0)
    assert (found.end_unseen, found.end) == (1, [])


def test_turns_that_end_after_the_measurement_do_not_count() -> None:
    assert judge(turn("a", 1.0, 10.0), [], until=9.0).turns == 0
