"""A recording has everything the tracker takes in while it is wanted, and nothing else."""

from collections.abc import Mapping

import pytest

from houmao.detect.signals import Frame
from workers.watch.recorder import LEASE_SECONDS, Recorder, Sink

Entries = list[Mapping[str, str]]


@pytest.fixture
def sinks() -> list[Entries]:
    """What each recording got, in the order in which they were begun."""
    return []


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def record(
    recorder: Recorder, now: float, sinks: list[Entries], shown: Frame | None = None
) -> None:
    def open_sink() -> Sink:
        sinks.append([])
        return sinks[-1].append

    recorder.record(now, open_sink, shown)


def test_nothing_is_copied_unless_somebody_asked(recorder: Recorder) -> None:
    recorder.frame(Frame("a", 1.0), 1.0)
    recorder.input(2.0)


def test_a_recording_begins_with_the_screen_as_it_is(
    recorder: Recorder, sinks: list[Entries]
) -> None:
    """The screen is as old as it may be; its place in the recording is the beginning."""
    record(recorder, 100.0, sinks, Frame("idle", 3.0, title="t"))
    recorder.input(100.5)
    recorder.frame(Frame("busy", 101.25), 101.25)
    assert sinks == [
        [
            {"kind": "frame", "number": "1", "at": "100.000", "raw": "idle", "title": "t"},
            {"kind": "input", "number": "2", "at": "100.500"},
            {"kind": "frame", "number": "3", "at": "101.250", "raw": "busy"},
        ]
    ]


def test_who_asks_again_goes_on(recorder: Recorder, sinks: list[Entries]) -> None:
    """The screen is not told twice: the tracker did not take it in twice."""
    record(recorder, 0.0, sinks, Frame("a", 0.0))
    record(recorder, LEASE_SECONDS - 1, sinks, Frame("a", 0.0))
    recorder.frame(Frame("b", LEASE_SECONDS + 1), LEASE_SECONDS + 1)
    assert [entry["raw"] for entry in sinks[0]] == ["a", "b"]
    assert len(sinks) == 1


def test_nobody_asks_any_more(recorder: Recorder, sinks: list[Entries]) -> None:
    """The next one who does gets a recording of its own, numbered from 1."""
    record(recorder, 0.0, sinks)
    recorder.frame(Frame("late", LEASE_SECONDS), LEASE_SECONDS)
    assert sinks == [[]]
    record(recorder, 60.0, sinks, Frame("new", 60.0))
    assert [entry["number"] for entry in sinks[1]] == ["1"]
