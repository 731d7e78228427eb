"""`houmao-mgr explain --file` tells what a saved screen says."""

import json
from pathlib import Path

from click.testing import CliRunner

from houmao.cli.main import main

SCREEN = Path(__file__).parents[2] / "questions" / "codex-approve.txt"


def test_a_saved_question_is_explained_by_its_rows() -> None:
    """For people with the rows themselves, for programs with their numbers."""
    words = ["explain", "--file", str(SCREEN), "--tool", "codex", "--tool-version", "0.171.0"]
    shown = CliRunner().invoke(main, words)
    assert shown.exit_code == 0
    assert "approval_choices:" in shown.output
    assert "1. Yes, proceed (y)" in shown.output
    told = json.loads(CliRunner().invoke(main, [*words, "--json"]).output)
    assert (told["blocked_on"], told["accepting_input"]) == ("approval", "no")
    assert told["evidence"][0]["rule"] == "approval_choices"


def test_a_tool_has_to_be_named() -> None:
    assert CliRunner().invoke(main, ["explain", "--file", str(SCREEN)]).exit_code == 2
