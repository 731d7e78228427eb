"""How readiness and anchored completion follow parsed surfaces in virtual time."""

from dataclasses import replace

import pytest

from houmao.detect.projection import ParsedSurface
from houmao.track.lifecycle import CompletionKernel, ReadinessKernel, Windows
from houmao.track.scheduler import LoopScheduler
from houmao.track.snapshots import Readiness
from houmao.track.vocabulary import CompletionState, ReadinessState
from tests.values import IDLE

WORKING = replace(IDLE, business_state="working", input_mode="closed")
UNKNOWN = replace(IDLE, business_state="unknown", input_mode="unknown")
ASKING = replace(IDLE, business_state="awaiting_operator", input_mode="modal")
GONE = replace(IDLE, availability="disconnected")
ANSWERED = replace(IDLE, normalized_projection_text="baseline\nanswer")


class ReadinessClock:
    """A readiness kernel that stalls after 5 s, with its clock and everything it said."""

    def __init__(self) -> None:
        self.scheduler = LoopScheduler()
        self.kernel = ReadinessKernel(self.scheduler, 5.0)
        self.said: list[Readiness] = []
        self.kernel.snapshots.subscribe(self.said.append)

    def see(self, surface: ParsedSurface, at: float) -> Readiness:
        self.scheduler.advance_to(at)
        self.kernel.observe(surface)
        return self.said[-1]

    def status(self, at: float) -> ReadinessState:
        self.scheduler.advance_to(at)
        return self.said[-1].status


@pytest.mark.parametrize("poll_seconds", [0.5, 2.0, 4.9])
def test_doubt_stalls_from_the_first_unknown_however_fast_the_polls(poll_seconds: float) -> None:
    clock = ReadinessClock()
    at = 0.0
    while at < 5.0:
        assert clock.see(UNKNOWN, at).status is ReadinessState.UNKNOWN
        at += poll_seconds
    clock.scheduler.advance_to(5.0)
    stalled = clock.said[-1]
    assert stalled.status is ReadinessState.STALLED
    assert stalled.doubt.entered_stalled
    assert stalled.doubt.unknown_elapsed_seconds == pytest.approx(5.0)


def test_a_known_surface_between_two_unknown_ones_begins_the_doubt_anew() -> None:
    clock = ReadinessClock()
    clock.see(UNKNOWN, 0.0)
    clock.see(IDLE, 4.0)
    clock.see(UNKNOWN, 4.5)
    assert clock.status(9.4) is ReadinessState.UNKNOWN
    assert clock.status(9.5) is ReadinessState.STALLED


@pytest.mark.parametrize(
    ("surface", "status", "label"),
    [
        (IDLE, ReadinessState.READY, "submit_ready"),
        (WORKING, ReadinessState.WAITING, "working"),
        (ASKING, ReadinessState.BLOCKED, "blocked_operator"),
        (GONE, ReadinessState.FAILED, "disconnected"),
        (
            replace(IDLE, input_mode="modal"),
            ReadinessState.WAITING,
            "supported/idle/modal",
        ),
    ],
)
def test_the_first_known_surface_says_what_a_stall_ended_in(
    surface: ParsedSurface, status: ReadinessState, label: str
) -> None:
    clock = ReadinessClock()
    clock.see(UNKNOWN, 0.0)
    clock.scheduler.advance_to(5.0)
    after = clock.see(surface, 6.0)
    assert (after.status, after.doubt.recovered_to) == (status, label)
    assert clock.see(surface, 7.0).doubt.recovered_to is None


def test_a_closed_kernel_stalls_no_more() -> None:
    clock = ReadinessClock()
    clock.see(UNKNOWN, 0.0)
    clock.kernel.close()
    assert clock.status(60.0) is ReadinessState.UNKNOWN


class CompletionClock:
    """A completion kernel with a 1 s stability and a 5 s stall window, and its clock."""

    def __init__(self) -> None:
        self.scheduler = LoopScheduler()
        self.kernel = CompletionKernel(self.scheduler, Windows(1.0, 5.0), "baseline")

    def see(self, surface: ParsedSurface, at: float) -> CompletionState:
        self.scheduler.advance_to(at)
        self.kernel.observe(surface)
        return self.status(at)

    def status(self, at: float) -> CompletionState:
        self.scheduler.advance_to(at)
        assert self.kernel.latest is not None
        return self.kernel.latest.status


def test_an_idle_screen_after_the_prompt_is_waited_on_for_ever() -> None:
    clock = CompletionClock()
    assert clock.see(IDLE, 0.0) is CompletionState.WAITING
    assert clock.status(60.0) is CompletionState.WAITING


def test_work_that_leaves_no_text_completes_exactly_one_window_later() -> None:
    clock = CompletionClock()
    clock.see(WORKING, 0.0)
    assert clock.see(IDLE, 2.0) is CompletionState.CANDIDATE_COMPLETE
    assert clock.kernel.complete_due == 3.0
    assert clock.status(2.99) is CompletionState.CANDIDATE_COMPLETE
    assert clock.status(3.0) is CompletionState.COMPLETED
    assert clock.kernel.complete_due is None


def test_a_changed_text_restarts_the_window_and_takes_a_completion_back() -> None:
    clock = CompletionClock()
    clock.see(WORKING, 0.0)
    clock.see(IDLE, 1.0)
    assert clock.see(ANSWERED, 1.9) is CompletionState.CANDIDATE_COMPLETE
    assert clock.status(2.8) is CompletionState.CANDIDATE_COMPLETE
    assert clock.status(2.9) is CompletionState.COMPLETED
    assert clock.see(IDLE, 3.0) is CompletionState.CANDIDATE_COMPLETE


def test_a_dialog_ends_a_candidate() -> None:
    clock = CompletionClock()
    clock.see(ANSWERED, 0.0)
    assert clock.see(ASKING, 0.5) is CompletionState.BLOCKED
    assert clock.status(5.0) is CompletionState.BLOCKED


def test_doubt_during_a_turn_stalls_and_keeps_what_was_seen_before() -> None:
    clock = CompletionClock()
    clock.see(WORKING, 0.0)
    clock.see(UNKNOWN, 1.0)
    clock.see(UNKNOWN, 5.0)
    assert clock.status(6.0) is CompletionState.STALLED
    assert clock.see(IDLE, 7.0) is CompletionState.CANDIDATE_COMPLETE
    latest = clock.kernel.latest
    assert latest is not None
    assert latest.doubt.recovered_to == "submit_ready"
