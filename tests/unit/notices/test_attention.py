"""What calls for a person, once each: against the states that an agent goes through."""

from houmao.notices.attention import Attention, NoticeCause
from houmao.notices.notice import NoticeKind

READY = {"turn_phase": "ready", "last_turn_result": "none"}
ACTIVE = {"turn_phase": "active", "last_turn_result": "none"}
DONE = READY | {"last_turn_result": "success"}
FAILED = READY | {"last_turn_result": "known_failure"}
ASKS = {"turn_phase": "unknown", "last_turn_result": "none", "blocked_on": "approval"}
LIMIT = ASKS | {"blocked_on": "usage_limit"}
UNSEEN = {"turn_phase": "unknown", "last_turn_result": "none"}


def told(*states: dict[str, str]) -> list[str]:
    """Kinds of what is new in each of these states, one after the other."""
    attention, found = Attention(), []
    for state in states:
        attention, causes = attention.hear(state, 0.0)
        found += [cause.kind.value for cause in causes]
    return found


def test_each_turn_and_each_question_is_told_once() -> None:
    assert told(READY, ACTIVE, DONE, DONE, ACTIVE, DONE) == ["done", "done"]
    assert told(ACTIVE, ASKS, ASKS, ACTIVE, ASKS, ACTIVE, FAILED) == [
        "blocked",
        "blocked",
        "failed",
    ]
    assert told(ACTIVE, LIMIT, LIMIT) == ["usage_limit"]


def test_what_was_out_of_sight_is_not_told_again() -> None:
    """A watch process that restarts knows nothing for a moment, and then what it knew before."""
    assert told(ASKS, UNSEEN, ASKS) == ["blocked"]
    assert told(DONE, UNSEEN | {"last_turn_result": "success"}, DONE) == ["done"]


def test_another_question_is_another_one() -> None:
    assert told(ASKS, ASKS | {"blocked_on": "trust"}) == ["blocked", "blocked"]


def test_a_verdict_that_is_there_with_a_question_is_told_beside_it() -> None:
    assert told(ACTIVE, DONE | {"blocked_on": "usage_limit"}) == ["usage_limit", "done"]


def test_idleness_is_told_once_for_each_time_without_work() -> None:
    idle, _ = Attention().hear(READY, 100.0)
    assert idle.idle_long(159.0, 60.0)[1] == ()
    idle, causes = idle.idle_long(160.0, 60.0)
    assert causes == (NoticeCause(NoticeKind.IDLE),)
    assert idle.idle_long(1000.0, 60.0)[1] == ()
    at_work, _ = idle.hear(ACTIVE, 1000.0)
    assert at_work.idle_long(2000.0, 60.0)[1] == ()
    again, _ = at_work.hear(DONE, 2000.0)
    assert again.idle_long(2060.0, 60.0)[1] == (NoticeCause(NoticeKind.IDLE),)


def test_an_agent_that_asks_is_not_idle() -> None:
    asks, _ = Attention().hear(READY | {"blocked_on": "menu"}, 0.0)
    assert asks.idle_long(1e6, 60.0)[1] == ()


def test_steps_of_a_headless_turn_tell_its_end_once() -> None:
    step = {"turn_id": "t-1", "status": "active"}
    attention, causes = Attention().hear_turn(step)
    assert causes == ()
    attention, causes = attention.hear_turn(step | {"status": "failed"})
    assert causes == (NoticeCause(NoticeKind.FAILED, "t-1"),)
    assert attention.hear_turn(step | {"status": "failed"})[1] == ()
    assert attention.hear_turn({"turn_id": "t-2", "status": "completed"})[1] != ()
