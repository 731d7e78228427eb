"""One clock for all hosts, however wrong the own one is."""

from houmao.state.redis_clock import RedisClock


def test_redis_time_wins_over_a_wrong_clock() -> None:
    """From its first word on, and time goes on evenly between two of them."""
    at = [10.0]
    clock = RedisClock(lambda: at[0], lambda: 5_300.0)
    assert clock.now() == 5_300.0
    clock.note(sent=10.0, received=10.2, told=5_000.1)
    assert clock.now() == 5_000.0
    at[0] = 12.0
    assert clock.now() == 5_002.0


def test_the_way_of_an_answer_moves_nothing() -> None:
    """A slow answer says less than what is known already."""
    clock = RedisClock(lambda: 10.0, lambda: 5_000.0)
    clock.note(sent=8.0, received=10.0, told=5_000.0 - 1.9)
    assert clock.now() == 5_000.0
