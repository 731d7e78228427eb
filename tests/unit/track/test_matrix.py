"""The matrix knows what is true of a frame, and counts as wrong what is told otherwise."""

import json
from pathlib import Path
from typing import Any

from tests.live.clis import clis
from tests.live.matrix.looks import Look, looks
from tests.live.matrix.scenes import IDLE, MENU, Act, steps
from tests.live.matrix.score import scored

RULE = "─" * 40
EMPTY = "\x1b[7m \x1b[27m Type your message"
STANDING = {name: getattr(IDLE, name) for name in ("phase", "accepting", "editing", "blocked_on")}
WORKS = {**STANDING, "phase": "active"}


def screen(draft: str = EMPTY) -> str:
    """Gemini CLI's composer without colours."""
    return "\n".join(["", RULE, " Shift+Tab", RULE, f" > {draft}", RULE, " workspace", ""])


def recorded(*truths: tuple[float, dict[str, Any] | None, str | None], seconds: int = 4) -> Any:
    """An idle composer, looked at four times a second, with what is said to be true of it."""
    frames = [{"at_seconds": n / 4, "raw": screen(), "title": ""} for n in range(seconds * 4)]
    told = [{"at": at, "label": "idle", "standing": it, "result": r} for at, it, r in truths]
    case = {"id": "a", "tool": "gemini", "version": "0.61.0", "frames": frames, "inputs": []}
    return {**case, "truths": told}


def test_what_is_as_it_is_told_agrees() -> None:
    score = scored(recorded((0.0, STANDING, "none")))
    assert (score.tally.phase, score.tally.frames, score.disagreements) == (10, 10, ())


def test_a_ready_that_is_not_is_a_false_ready_and_shown_once() -> None:
    score = scored(recorded((0.0, WORKS, "none")))
    assert score.tally.false_ready == 10
    (only,) = score.disagreements
    assert (only.frames, only.told["turn_phase"]) == (10, "ready")


def test_frames_after_a_change_and_those_of_which_nobody_knows_are_not_judged() -> None:
    score = scored(recorded((0.0, None, None), (1.0, STANDING, None), (3.0, None, None)))
    assert score.tally.frames == 2


def test_a_picture_during_which_something_happened_is_not_judged() -> None:
    case = recorded((0.0, STANDING, None), (2.6, None, None))
    case["frames"][10]["taken_seconds"] = 2.7
    assert scored(case).tally.frames == 4


def test_a_verdict_outside_of_a_turn_is_nobodys_business() -> None:
    assert scored(recorded((0.0, STANDING, None))).disagreements == ()
    assert len(scored(recorded((0.0, STANDING, "interrupted"))).disagreements) == 1


def test_a_success_may_be_told_three_seconds_late() -> None:
    (only,) = scored(recorded((0.0, STANDING, "success"))).disagreements
    assert (only.at_seconds, only.frames) == (3.0, 4)


def test_a_look_adds_to_the_settings_and_takes_none_away() -> None:
    plain = clis("http://127.0.0.1:1", Path("/work"))["gemini"]
    name = ".gemini/settings.json"
    worn = Look("light", {"NO_COLOR": "1"}, {name: {"ui": {"theme": "Xcode"}}}).worn(plain)
    before, after = json.loads(plain.files[name]), json.loads(worn.files[name])
    assert after == {**before, "ui": {"theme": "Xcode"}}
    assert worn.environ == {**plain.environ, "NO_COLOR": "1"}


def test_the_small_matrix_is_a_part_of_the_whole() -> None:
    for tool in ("claude", "codex", "gemini"):
        assert {it.title for it in looks(tool, True)} < {it.title for it in looks(tool, False)}
        few, all_steps = steps(tool, quick=True), steps(tool, quick=False)
        assert [it for it in all_steps if it in few] == list(few)
        assert any(isinstance(it, Act) and it.standing == MENU for it in few)
