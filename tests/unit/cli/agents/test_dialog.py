"""`houmao-mgr agents dialog`: a question as a person gets it."""

from typing import Any

import pytest

from houmao.cli.agents.dialog import dialog_lines

ASKED: dict[str, Any] = {
    "kind": "approval",
    "digest": "d" * 16,
    "rows": ["Allow\x1b[31m?", "1. Yes", "2. No"],
    "whole": True,
    "choices": [{"number": 1}, {"number": 2}],
    "approve": 1,
    "deny": 2,
    "text": None,
    "takes_several": False,
}
FOUND: dict[str, Any] = {"agent_name": "gpu", "blocked_on": "approval", "dialog": ASKED}


def test_a_question_is_shown_with_its_digest_and_its_ways() -> None:
    """Nothing in it drives the terminal."""
    lines = list(dialog_lines(FOUND))
    assert lines[0] == f"gpu asks (approval), digest {'d' * 16}"
    assert "  Allow [31m?" in lines
    assert lines[-1] == "  answer with --choose 1..2, --approve (= 1), --deny (= 2)"


def test_ticked_choices_are_left_to_the_pane() -> None:
    lines = list(dialog_lines({**FOUND, "dialog": {**ASKED, "takes_several": True}}))
    assert "in its pane" in lines[-1]


@pytest.mark.parametrize(
    ("blocked", "said"), [(None, "gpu asks nothing"), ("menu", "without choices")]
)
def test_without_a_question_it_says_why(blocked: str | None, said: str) -> None:
    (line,) = dialog_lines({"agent_name": "gpu", "blocked_on": blocked, "dialog": None})
    assert said in line
