"""No open page misses an event over a restart of the web process or of the whole server."""

from benchmarks.restarts import Rounds, measured


def test_no_event_is_lost_or_told_twice() -> None:
    """A real server with agents at work; the clients resume from the last event that they had."""
    told = measured(Rounds(agents=4, pages=3, restarts=1))
    assert told.told > 0
    assert (told.lost, told.twice) == (0, 0), told
    # One restart of each kind; whoever was asked to come again did so once more.
    assert told.resumed >= 6
    assert told.gaps == 0
