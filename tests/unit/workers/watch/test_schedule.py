"""When panes are captured: soon after they were painted on, never too often, at last anyway."""

from hypothesis import given
from hypothesis import strategies as st

from workers.watch.schedule import CONFIRM, GAP, SETTLE, SWEPT, CaptureSchedule


def test_a_painted_pane_is_due_when_its_stroke_has_settled() -> None:
    """More strokes do not put the capture off: a pane that never rests is captured too."""
    schedule = CaptureSchedule[str]()
    schedule.painted("%1", 10.0)
    schedule.painted("%1", 10.0 + SETTLE / 2)
    assert schedule.next_due() == 10.0 + SETTLE
    assert schedule.take(10.0 + SETTLE / 2, 9) == []
    assert schedule.take(10.0 + SETTLE, 9) == ["%1"]


def test_a_painted_pane_is_captured_once_more_when_the_painting_stopped() -> None:
    """What tmux had not read in time for the first capture is seen by the second."""
    schedule = CaptureSchedule[str]()
    for tenth in range(5):
        schedule.painted("%1", tenth / 10)
        schedule.take(tenth / 10 + SETTLE, 9)

    assert schedule.next_due() == 0.4 + CONFIRM
    assert schedule.take(0.4 + CONFIRM, 9) == ["%1"]
    assert schedule.next_due() is None


def test_a_flood_is_captured_once_a_gap() -> None:
    """The pane is painted on every millisecond for a second."""
    schedule, taken = CaptureSchedule[str](), 0
    for millisecond in range(1000):
        now = 100 + millisecond / 1000
        schedule.painted("%1", now)
        taken += len(schedule.take(now, 9))
    assert 1 / GAP - 2 <= taken <= 1 / GAP + 1


def test_the_owner_may_widen_the_gap() -> None:
    """A wider gap holds from the next mark on."""
    schedule = CaptureSchedule[str]()
    schedule.mark("%1", 0.0)
    schedule.take(0.0, 9)
    schedule.gap = 1.0
    schedule.mark("%1", 0.1)
    assert schedule.next_due() == 1.0


def test_panes_that_waited_longest_come_first() -> None:
    """What does not fit into one turn comes in the next one, in order of its due time."""
    schedule = CaptureSchedule[str]()
    for number in (3, 1, 2):
        schedule.mark(f"%{number}", float(number))
    assert schedule.take(9.0, 2) == ["%1", "%2"]
    assert schedule.take(9.0, 2) == ["%3"]


def test_silent_panes_are_swept_by_age() -> None:
    """A pane never captured is due at once; one captured lately is not."""
    schedule = CaptureSchedule[str]()
    schedule.mark("%1", 0.0)
    schedule.take(0.0, 9)
    schedule.mark_stale(["%1", "%2"], now=1.5, age=2.0)
    assert schedule.take(1.5, 9) == ["%2"]
    schedule.mark_stale(["%1", "%2"], now=2.0, age=2.0)
    assert schedule.take(2.0, 9) == ["%1"]


def test_a_sweep_keeps_no_painted_pane_waiting() -> None:
    """However many are stale, a few are captured at a time, and the painted ones with the first."""
    schedule = CaptureSchedule[str]()
    stale = [f"%{number}" for number in range(3 * SWEPT)]
    schedule.mark_stale(stale, now=9.0, age=2.0)
    schedule.mark_stale(stale, now=9.5, age=2.0)
    assert schedule.next_due() == 9.0
    schedule.painted("%99", 9.9 - SETTLE)
    schedule.mark(stale[SWEPT], 10.0)
    assert schedule.take(10.0, 9) == ["%99", stale[SWEPT], *stale[:SWEPT]]
    assert schedule.take(10.0, 9) == stale[SWEPT + 1 : 2 * SWEPT + 1]
    assert schedule.take(10.0, 9) == stale[2 * SWEPT + 1 :]
    assert schedule.next_due() == 9.9 - SETTLE + CONFIRM


def test_a_forgotten_pane_is_new_when_it_comes_back() -> None:
    """Neither its due capture nor its gap survives: ids begin anew with another server."""
    schedule = CaptureSchedule[str]()
    schedule.mark("%1", 0.0)
    schedule.take(0.0, 9)
    schedule.mark("%1", 0.001)
    schedule.forget("%1")
    assert schedule.next_due() is None
    schedule.mark("%1", 0.002)
    assert schedule.take(0.002, 9) == ["%1"]
    schedule.forget("%9")


STEPS = st.lists(
    st.tuples(
        st.floats(0, 0.2), st.sampled_from(["mark", "take"]), st.sampled_from(["%1", "%2", "%3"])
    ),
    max_size=60,
)


@given(STEPS)
def test_no_paint_is_lost_and_no_gap_broken(steps: list[tuple[float, str, str]]) -> None:
    """Every paint is followed by a capture within settle plus gap, and none come closer."""
    schedule, now = CaptureSchedule[str](), 0.0
    owed: dict[str, float] = {}
    last: dict[str, float] = {}
    for pause, step, pane in steps:
        now += pause
        if step == "mark":
            schedule.mark(pane, now)
            owed.setdefault(pane, now)
            continue
        for taken in schedule.take(now, 9):
            assert now - last.get(taken, -1.0) >= GAP - 1e-9
            last[taken] = now
            owed.pop(taken)
        assert all(now < since + SETTLE + GAP + 1e-9 for since in owed.values())
    assert schedule.next_due() is None or schedule.next_due() <= now + SETTLE + GAP + 1e-9  # type: ignore[operator]
