"""Stability is a digest and a time; everything else is derived when somebody reads it."""

from houmao.track.stability import Stability, observe


def test_the_same_payload_keeps_the_time_of_its_first_sight() -> None:
    first = observe(None, {"phase": "ready", "result": "none"}, 10.0)
    again = observe(first, {"result": "none", "phase": "ready"}, 12.5)

    assert again is first
    assert len(again.signature) == 40
    assert again.stable_for(12.5) == 2.5


def test_any_change_starts_the_clock_again() -> None:
    first = observe(None, {"phase": "ready"}, 10.0)
    changed = observe(first, {"phase": "active"}, 12.0)

    assert changed.signature != first.signature
    assert changed.stable_for(12.0) == 0.0


def test_stable_means_unchanged_for_the_threshold() -> None:
    seen = observe(None, {"phase": "ready"}, 10.0)
    assert not seen.stable(10.9, threshold_seconds=1.0)
    assert seen.stable(11.0, threshold_seconds=1.0)


def test_nothing_published_is_not_stable() -> None:
    assert not Stability().stable(1000.0, threshold_seconds=0.0)
    assert Stability().stable_for(1000.0) == 0.0
