"""What a person is told: the poll first, then the lifecycle, then the tracker's word."""

from dataclasses import replace

import pytest

from houmao.detect.projection import ParsedSurface
from houmao.detect.signals import Tristate
from houmao.track.diagnostics import Diagnostics
from houmao.track.operator_view import (
    Lifecycle,
    OperatorView,
    anchored,
    background,
    corrected,
    operator_view,
)
from houmao.track.snapshots import Completion, Doubt, Readiness
from houmao.track.state import LastTurn, LastTurnResult, Surface, TrackedState, TurnPhase
from houmao.track.vocabulary import CompletionState, OperatorStatus, ReadinessState
from tests.unit.track.hosting import DOWN, GARBLED, MISSING, PARSED, UNSUPPORTED
from tests.values import IDLE

WORKING = replace(IDLE, business_state="working", input_mode="closed")
READY = Lifecycle(ReadinessState.READY)
AT_PROMPT = Surface(ready_posture=Tristate.YES)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (MISSING, OperatorStatus.UNAVAILABLE),
        (DOWN, OperatorStatus.TUI_DOWN),
        (UNSUPPORTED, OperatorStatus.UNKNOWN),
        (GARBLED, OperatorStatus.ERROR),
        (PARSED, OperatorStatus.READY),
    ],
)
def test_the_outcome_of_the_poll_wins(outcome: Diagnostics, status: OperatorStatus) -> None:
    assert operator_view(outcome, IDLE, READY).status is status


def test_without_a_surface_only_the_poll_speaks() -> None:
    assert operator_view(PARSED, None, READY) == OperatorView()


@pytest.mark.parametrize(
    ("lifecycle", "status"),
    [
        (Lifecycle(ReadinessState.READY, CompletionState.COMPLETED), OperatorStatus.COMPLETED),
        (Lifecycle(ReadinessState.STALLED, CompletionState.STALLED), OperatorStatus.UNKNOWN),
        (
            Lifecycle(ReadinessState.BLOCKED, CompletionState.BLOCKED),
            OperatorStatus.WAITING_USER_ANSWER,
        ),
        (Lifecycle(ReadinessState.READY, CompletionState.CANDIDATE_COMPLETE), OperatorStatus.READY),
        (
            Lifecycle(ReadinessState.WAITING, CompletionState.IN_PROGRESS),
            OperatorStatus.PROCESSING,
        ),
        (Lifecycle(ReadinessState.WAITING, CompletionState.WAITING), OperatorStatus.UNKNOWN),
    ],
)
def test_then_the_lifecycle_speaks(lifecycle: Lifecycle, status: OperatorStatus) -> None:
    assert operator_view(PARSED, IDLE, lifecycle).status is status


@pytest.mark.parametrize(
    ("readiness", "surface", "completion"),
    [
        (ReadinessState.READY, IDLE, CompletionState.INACTIVE),
        (ReadinessState.WAITING, WORKING, CompletionState.IN_PROGRESS),
        (ReadinessState.WAITING, replace(IDLE, input_mode="modal"), CompletionState.WAITING),
        (ReadinessState.FAILED, IDLE, CompletionState.FAILED),
        (ReadinessState.BLOCKED, IDLE, CompletionState.BLOCKED),
        (ReadinessState.UNKNOWN, IDLE, CompletionState.UNKNOWN),
        (ReadinessState.STALLED, IDLE, CompletionState.STALLED),
    ],
)
def test_nobody_who_does_not_wait_is_told_of_a_completion(
    readiness: ReadinessState, surface: ParsedSurface, completion: CompletionState
) -> None:
    found = background(Readiness(readiness), surface)
    assert (found.readiness, found.completion) == (readiness, completion)


def test_who_waits_is_told_how_long() -> None:
    completion = Completion(CompletionState.CANDIDATE_COMPLETE, Doubt(), 0.5, True, True)
    found = anchored(Readiness(ReadinessState.READY), completion)
    assert found.timing.completion_candidate == 0.5
    assert found.projection_changed


@pytest.mark.parametrize(
    ("tracked", "error", "expected"),
    [
        (
            TrackedState(AT_PROMPT, TurnPhase.ACTIVE),
            False,
            (OperatorStatus.PROCESSING, ReadinessState.WAITING, CompletionState.IN_PROGRESS),
        ),
        (
            TrackedState(AT_PROMPT, TurnPhase.READY, LastTurn(LastTurnResult.KNOWN_FAILURE)),
            False,
            (OperatorStatus.READY, ReadinessState.READY, CompletionState.FAILED),
        ),
        (
            TrackedState(Surface(), TurnPhase.UNKNOWN, LastTurn(LastTurnResult.KNOWN_FAILURE)),
            True,
            (OperatorStatus.ERROR, ReadinessState.FAILED, CompletionState.FAILED),
        ),
        (
            TrackedState(AT_PROMPT, TurnPhase.READY),
            True,
            (OperatorStatus.READY, ReadinessState.READY, CompletionState.INACTIVE),
        ),
        (
            TrackedState(Surface(), TurnPhase.UNKNOWN),
            True,
            (OperatorStatus.UNKNOWN, ReadinessState.UNKNOWN, CompletionState.INACTIVE),
        ),
    ],
)
def test_the_tracker_has_the_last_word(
    tracked: TrackedState,
    error: bool,
    expected: tuple[OperatorStatus, ReadinessState, CompletionState],
) -> None:
    before = OperatorView(OperatorStatus.COMPLETED, ReadinessState.READY, CompletionState.COMPLETED)
    view = corrected(before, tracked, error)
    assert (view.status, view.readiness, view.completion) == expected


def test_a_calm_tracker_changes_nothing() -> None:
    before = OperatorView(OperatorStatus.COMPLETED, ReadinessState.READY, CompletionState.COMPLETED)
    assert corrected(before, TrackedState(AT_PROMPT, TurnPhase.READY), False) == before
