"""The kernels give the recorded snapshots, but for the differences we mean."""

from typing import Any

import pytest

from houmao.detect.projection import ParsedSurface
from houmao.track.lifecycle import CompletionKernel, ReadinessKernel, Windows
from houmao.track.scheduler import LoopScheduler
from houmao.track.snapshots import Completion, Readiness
from tests.unit.track.shared_cases import Case, cases, check, differences

FILE = "lifecycle_cases.jsonl"


@pytest.mark.parametrize("case", cases(FILE))
def test_recorded_case(case: Case) -> None:
    """Each step emits as many snapshots as recorded, and the newest is the recorded one."""
    scheduler = LoopScheduler()
    kernel = _kernel(case, scheduler)
    emitted: list[Readiness | Completion] = []
    kernel.snapshots.subscribe(emitted.append)
    found: dict[str, dict[str, Any]] = {}
    for number, (step, expected) in enumerate(zip(case["steps"], case["expected"], strict=True)):
        before = len(emitted)
        scheduler.advance_to(step["at_seconds"])
        if step["op"] == "observe":
            kernel.observe(_surface(step))
        given = {"emitted": len(emitted) - before, "latest": described(emitted[-1])}
        wanted = {"emitted": expected["emitted"], "latest": expected["latest"]}
        if different := differences(given, wanted):
            found[str(number)] = different
    check(FILE, case, found)


def described(snapshot: Readiness | Completion) -> dict[str, Any]:
    """A snapshot under the recorded names."""
    doubt = snapshot.doubt
    found: dict[str, Any] = {
        "status": snapshot.status.value,
        "unknown_elapsed_seconds": doubt.unknown_elapsed_seconds,
        "elapsed_stalled_seconds": doubt.elapsed_stalled_seconds,
        "entered_stalled": doubt.entered_stalled,
        "recovered_from_stalled": doubt.recovered_from_stalled,
        "recovered_to": doubt.recovered_to,
    }
    if isinstance(snapshot, Completion):
        found |= {
            "candidate_elapsed_seconds": snapshot.candidate_elapsed_seconds,
            "projection_changed": snapshot.saw_projection_change,
            "saw_working": snapshot.saw_working,
            "saw_projection_change": snapshot.saw_projection_change,
        }
    return found


def _kernel(case: Case, scheduler: LoopScheduler) -> ReadinessKernel | CompletionKernel:
    stall = case["stall_timeout_seconds"]
    if case["kind"] == "readiness":
        return ReadinessKernel(scheduler, stall)
    windows = Windows(case["stability_seconds"], stall)
    return CompletionKernel(scheduler, windows, case["baseline_projection_text"])


def _surface(step: Case) -> ParsedSurface:
    return ParsedSurface(
        parser_family="",
        parser_preset_id="",
        parser_preset_version="",
        availability=step["availability"],
        business_state=step["business_state"],
        input_mode=step["input_mode"],
        ui_context=step["ui_context"],
        normalized_projection_text=step["projection_text"],
        dialog_text="",
        dialog_head="",
        dialog_tail="",
        baseline_invalidated=step["baseline_invalidated"],
    )
