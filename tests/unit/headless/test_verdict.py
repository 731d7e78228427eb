"""A turn's verdict: the tool's word and the process's end, in every combination that matters."""

import pytest

from houmao.headless.reading import Said, ToolReport
from houmao.headless.turn_status import TurnStatus
from houmao.headless.verdict import ProcessEnd, judge

COMPLETED, FAILED = TurnStatus.COMPLETED, TurnStatus.FAILED
INTERRUPTED, ABANDONED = TurnStatus.INTERRUPTED, TurnStatus.ABANDONED


@pytest.mark.parametrize(
    ("said", "ending", "status"),
    [
        (Said.SUCCESS, ProcessEnd(0), COMPLETED),
        # The interrupt came too late to change anything.
        (Said.SUCCESS, ProcessEnd(0, interrupt_requested=True), COMPLETED),
        (Said.SUCCESS, ProcessEnd(-9, timed_out=True), COMPLETED),
        # Nobody saw the exit code, but the work was done and said to be.
        (Said.SUCCESS, ProcessEnd(None), COMPLETED),
        (Said.SUCCESS, ProcessEnd(137), COMPLETED),
        (Said.SUCCESS, ProcessEnd(1), FAILED),
        (Said.ERROR, ProcessEnd(0), FAILED),
        (Said.ERROR, ProcessEnd(144), FAILED),
        (Said.ERROR, ProcessEnd(None), FAILED),
        (Said.ERROR, ProcessEnd(1, interrupt_requested=True), INTERRUPTED),
        (Said.INTERRUPTED, ProcessEnd(0), INTERRUPTED),
        # Our own signal at the limit is nobody's interrupt.
        (Said.INTERRUPTED, ProcessEnd(0, timed_out=True), FAILED),
        (Said.INTERRUPTED, ProcessEnd(0, True, True), INTERRUPTED),
        (None, ProcessEnd(0), FAILED),
        (None, ProcessEnd(0, interrupt_requested=True), INTERRUPTED),
        (None, ProcessEnd(1), FAILED),
        (None, ProcessEnd(-9), FAILED),
        (None, ProcessEnd(-9, timed_out=True), FAILED),
        (None, ProcessEnd(None), ABANDONED),
        (None, ProcessEnd(None, interrupt_requested=True), INTERRUPTED),
        (None, ProcessEnd(None, timed_out=True), FAILED),
    ],
)
def test_verdict(said: Said | None, ending: ProcessEnd, status: TurnStatus) -> None:
    assert judge("claude", ToolReport(said=said), ending).status is status


def test_a_success_without_an_answer_that_our_signal_cut_off() -> None:
    """Copilot CLI may say so of a turn that it was told to end."""
    cut_off = ProcessEnd(-2, interrupt_requested=True)
    assert judge("copilot", ToolReport(said=Said.SUCCESS), cut_off).status is INTERRUPTED
    answered = ToolReport(said=Said.SUCCESS, answer="done")
    assert judge("copilot", answered, cut_off).status is COMPLETED
    assert judge("copilot", ToolReport(said=Said.SUCCESS), ProcessEnd(-2)).status is COMPLETED


@pytest.mark.parametrize(
    ("told", "ending", "error"),
    [
        (ToolReport(said=Said.ERROR, error="API Error: 401"), ProcessEnd(1), "API Error: 401"),
        (
            ToolReport(error="Reconnecting... waiting for network"),
            ProcessEnd(-9, timed_out=True),
            "ended at its time limit: Reconnecting... waiting for network",
        ),
        (
            ToolReport(complaint=("Error: no such session", "Use --list")),
            ProcessEnd(42),
            "gemini ended with exit code 42 without saying how the turn went: "
            "Error: no such session / Use --list",
        ),
        (
            ToolReport(),
            ProcessEnd(0),
            "gemini ended with exit code 0 without saying how the turn went; "
            "look at its stdout and its launch arguments",
        ),
        (
            ToolReport(said=Said.SUCCESS),
            ProcessEnd(1),
            "gemini said success, then ended with exit code 1",
        ),
        (
            ToolReport(),
            ProcessEnd(-11),
            "gemini ended by signal 11 without saying how the turn went",
        ),
    ],
)
def test_error_says_what_a_person_needs(told: ToolReport, ending: ProcessEnd, error: str) -> None:
    assert judge("gemini", told, ending).error == error
