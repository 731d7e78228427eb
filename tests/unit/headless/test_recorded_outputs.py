"""Every recorded run of a real CLI gets the verdict a person would give it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from houmao.headless.turn_status import TurnStatus
from houmao.headless.verdict import ProcessEnd, judge
from tests.unit.headless.outputs import read_all
from tests.unit.track.shared_cases import folder

#: Runs in which the tool did what it was asked, signals or not: Gemini's parent process alone
#: takes no notice of one.
COMPLETED = {
    "claude": {
        *("success", "success-partial", "success-json", "success-stdin", "stream-input"),
        *("resume", "continue", "session-id", "tool-denied", "tool-allowed"),
        *("flaky-recovers", "resume-after-sigint"),
    },
    "codex": {
        *("success", "success-slow", "success-stdin", "success-last-message", "resume"),
        *("resume-last", "tool", "tool-escalation-refused", "flaky-recovers"),
        "resume-after-sigint",
    },
    "gemini": {
        *("success", "success-slow", "success-stdin", "resume", "resume-latest"),
        *("tool-denied", "tool-yolo", "flaky-recovers", "resume-after-sigint"),
        *("sigint", "sigterm"),
    },
}
#: Words that the error of a failed run must hold, for a person to know what to do.
REASONS = {
    "claude/error-400": "API Error: 400 stub error 400",
    "claude/resume-unknown": "No conversation found with session ID",
    "claude/session-id-again": "is already in use",
    "claude/bad-option": "unknown option '--no-such-option'",
    "claude/no-key": "Not logged in",
    "codex/error-400": "stub error 400",
    "codex/error-401": "unexpected status 401 Unauthorized",
    "codex/resume-unknown": "no rollout found for thread id",
    "codex/no-server": "Reconnecting... waiting for network",
    "codex/no-key": "Missing environment variable",
    "codex/not-a-git-repo": "Not inside a trusted directory",
    "gemini/error-400": "API Error: stub error 400",
    "gemini/resume-unknown": "Invalid session identifier",
    "gemini/error-429": "Attempt",
    "gemini/no-key": "GEMINI_API_KEY",
    "gemini/untrusted-folder": "not running in a trusted directory",
}


def runs() -> list[Any]:
    """One parameter for each recorded run: its tool, its folder and its case."""
    root = folder() / "corpus" / "screens"
    found = sorted(root.glob("*/headless/cases.json"))
    if not found:
        skip = pytest.mark.skip(reason=f"{root} is absent; set HOUMAO_SHARED_DIR")
        return [pytest.param("", root, {}, id="absent", marks=skip)]
    return [
        pytest.param(tool, path.parent, case, id=f"{tool}/{case['case']}")
        for path in found
        for tool in [path.parent.parent.name.split("-")[0]]
        for case in json.loads(path.read_text("utf-8"))
    ]


def expected(tool: str, case: dict[str, Any]) -> TurnStatus:
    """What a person would call the run's end."""
    if case["case"] in COMPLETED[tool]:
        return TurnStatus.COMPLETED
    interrupted = case["signals"] and not case["timed_out"]
    return TurnStatus.INTERRUPTED if interrupted else TurnStatus.FAILED


@pytest.mark.parametrize(("tool", "where", "case"), runs())
def test_run_gets_its_verdict(tool: str, where: Path, case: dict[str, Any]) -> None:
    name = case["case"]
    stdout, stderr = (
        (where / f"{name}.{stream}").read_text("utf-8") for stream in ("stdout", "stderr")
    )
    told, events = read_all(tool, stdout, stderr)
    asked = bool(case["signals"]) and not case["timed_out"]
    verdict = judge(tool, told, ProcessEnd(case["exit"], asked, case["timed_out"]))
    assert verdict.status is expected(tool, case)
    assert (verdict.error is None) == (verdict.status is TurnStatus.COMPLETED)
    assert REASONS.get(f"{tool}/{name}", "") in (verdict.error or "")
    printed = [line for line in (stdout + stderr).splitlines() if line.strip()]
    assert len(events) >= len(printed)
    assert json.loads(json.dumps([dict(event.payload or {}) for event in events]))


@pytest.mark.parametrize(("tool", "where", "case"), runs())
def test_a_conversation_goes_on_by_the_id_it_began_with(
    tool: str, where: Path, case: dict[str, Any]
) -> None:
    """Every run that reached a conversation tells its id, an interrupted one too."""
    stdout = (where / f"{case['case']}.stdout").read_text("utf-8")
    told, _ = read_all(tool, stdout)
    assert (told.session_id is not None) == ('_id":"' in stdout)
    resumed = re.search(r"resume ([0-9a-f]+-[0-9a-f-]+)", case["command"])
    if resumed and told.session_id:
        assert told.session_id == resumed.group(1)
