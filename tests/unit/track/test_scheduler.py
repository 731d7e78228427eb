"""The scheduler moves only when told, and runs what is due in order."""

import reactivex

from houmao.track.scheduler import LoopScheduler


def test_a_timer_fires_when_the_clock_reaches_it_and_not_before() -> None:
    scheduler = LoopScheduler(100.0)
    fired: list[float] = []
    reactivex.timer(1.5, scheduler=scheduler).subscribe(lambda _: fired.append(scheduler.seconds))

    scheduler.advance_to(101.4)
    assert fired == []
    scheduler.advance_to(101.5)
    assert fired == [101.5]


def test_next_due_names_the_earliest_timer_that_is_still_wanted() -> None:
    scheduler = LoopScheduler(10.0)
    early = reactivex.timer(1.0, scheduler=scheduler).subscribe()
    reactivex.timer(3.0, scheduler=scheduler).subscribe()

    assert scheduler.next_due() == 11.0
    early.dispose()
    assert scheduler.next_due() == 13.0
    scheduler.advance_to(13.0)
    assert scheduler.next_due() is None


def test_timers_due_in_one_step_run_in_order_of_their_due_times() -> None:
    scheduler = LoopScheduler()
    order: list[str] = []
    reactivex.timer(2.0, scheduler=scheduler).subscribe(lambda _: order.append("second"))
    reactivex.timer(1.0, scheduler=scheduler).subscribe(lambda _: order.append("first"))

    scheduler.advance_to(9.0)

    assert order == ["first", "second"]
    assert scheduler.seconds == 9.0


def test_a_timer_set_by_a_firing_timer_counts_from_its_own_due_time() -> None:
    scheduler = LoopScheduler()
    fired: list[float] = []

    def again(_: int) -> None:
        fired.append(scheduler.seconds)
        if len(fired) < 3:
            reactivex.timer(1.0, scheduler=scheduler).subscribe(again)

    reactivex.timer(1.0, scheduler=scheduler).subscribe(again)
    scheduler.advance_to(10.0)

    assert fired == [1.0, 2.0, 3.0]


def test_the_clock_never_goes_back() -> None:
    scheduler = LoopScheduler(5.0)
    scheduler.advance_to(4.0)
    assert scheduler.seconds == 5.0


def test_many_cancelled_timers_leave_nothing_due() -> None:
    scheduler = LoopScheduler()
    for _ in range(500):
        reactivex.timer(1.0, scheduler=scheduler).subscribe().dispose()
    assert scheduler.next_due() is None
