"""A turn's verdict: the tool's word and the process's end, in every combination that matters."""

import pytest

from houmao.headless.reading import Said, Told
from houmao.headless.turn import TurnStatus
from houmao.headless.verdict import Ending, judge

COMPLETED, FAILED = TurnStatus.COMPLETED, TurnStatus.FAILED
INTERRUPTED, ABANDONED = TurnStatus.INTERRUPTED, TurnStatus.ABANDONED


@pytest.mark.parametrize(
    ("said", "ending", "status"),
    [
        (Said.SUCCESS, Ending(0), COMPLETED),
        # The interrupt came too late to change anything.
        (Said.SUCCESS, Ending(0, interrupt_requested=True), COMPLETED),
        (Said.SUCCESS, Ending(-15, interrupt_requested=True), COMPLETED),
        (Said.SUCCESS, Ending(-9, timed_out=True), COMPLETED),
        # Nobody saw the exit code, but the work was done and said to be.
        (Said.SUCCESS, Ending(None), COMPLETED),
        (Said.SUCCESS, Ending(137), COMPLETED),
        (Said.SUCCESS, Ending(1), FAILED),
        (Said.ERROR, Ending(0), FAILED),
        (Said.ERROR, Ending(144), FAILED),
        (Said.ERROR, Ending(None), FAILED),
        (Said.ERROR, Ending(1, interrupt_requested=True), INTERRUPTED),
        (Said.INTERRUPTED, Ending(0), INTERRUPTED),
        # Our own signal at the limit is nobody's interrupt.
        (Said.INTERRUPTED, Ending(0, timed_out=True), FAILED),
        (Said.INTERRUPTED, Ending(0, True, True), INTERRUPTED),
        (None, Ending(0), FAILED),
        (None, Ending(0, interrupt_requested=True), INTERRUPTED),
        (None, Ending(1), FAILED),
        (None, Ending(-9), FAILED),
        (None, Ending(-9, timed_out=True), FAILED),
        (None, Ending(None), ABANDONED),
        (None, Ending(None, interrupt_requested=True), INTERRUPTED),
        (None, Ending(None, timed_out=True), FAILED),
    ],
)
def test_verdict(said: Said | None, ending: Ending, status: TurnStatus) -> None:
    assert judge("claude", Told(said=said), ending).status is status


@pytest.mark.parametrize(
    ("told", "ending", "error"),
    [
        (Told(said=Said.ERROR, error="API Error: 401"), Ending(1), "API Error: 401"),
        (
            Told(error="Reconnecting... waiting for network"),
            Ending(-9, timed_out=True),
            "ended at its time limit: Reconnecting... waiting for network",
        ),
        (
            Told(complaint=("Error: no such session", "Use --list")),
            Ending(42),
            "gemini ended with exit code 42 without saying how the turn went: "
            "Error: no such session / Use --list",
        ),
        (
            Told(),
            Ending(0),
            "gemini ended with exit code 0 without saying how the turn went; "
            "look at its stdout and its launch arguments",
        ),
        (Told(said=Said.SUCCESS), Ending(1), "gemini said success, then ended with exit code 1"),
        (Told(), Ending(-11), "gemini ended by signal 11 without saying how the turn went"),
    ],
)
def test_error_says_what_a_person_needs(told: Told, ending: Ending, error: str) -> None:
    assert judge("gemini", told, ending).error == error
