"""`houmao-mgr signs` shows what screens are read by, and fails on a line that cannot be used."""

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Mgr = Callable[..., Result]


def test_own_signs_are_listed_before_those_of_houmao(mgr: Mgr, tmp_path: Path) -> None:
    (tmp_path / "gemini.toml").write_text('\n[[cancelled_row]]\ntext = "Stopped"\nsince = "0.62"\n')
    told = mgr("signs", "gemini", "--json", env={"HOUMAO_SIGNS_DIR": str(tmp_path)})
    named = [it for it in json.loads(told.output)["signs"] if it["sign"] == "cancelled_row"]
    assert [it["own"] for it in named] == [True, False]
    assert (named[0]["line"], named[0]["since"], named[0]["pattern"]) == (2, "0.62.0", "Stopped")


def test_a_line_that_cannot_be_used_is_named(mgr: Mgr, tmp_path: Path) -> None:
    file = tmp_path / "gemini.toml"
    file.write_text('[[cancelled_row]]\npattern = "("\n')
    told = mgr("signs", "gemini", env={"HOUMAO_SIGNS_DIR": str(tmp_path)})
    assert told.exit_code == 1
    assert f"{file}:2: the pattern cannot be used" in told.stderr
    assert "cancelled_row" in told.stdout


def test_a_replay_reads_by_own_signs(mgr: Mgr, tmp_path: Path) -> None:
    rule = "─" * 40
    rows = ["* pondering", rule, " Shift+Tab", rule, " > \x1b[7m \x1b[27m Type", rule, " workspace"]
    frame = {"at_seconds": 0.0, "raw": "\n".join(rows)}
    case = {"id": "a", "tool": "gemini", "version": "0.62.0", "frames": [frame], "inputs": []}
    (tmp_path / "case.jsonl").write_text(json.dumps(case))
    (tmp_path / "gemini.toml").write_text('[[spinner_row]]\ntext = "* pond"\n')
    words = ("replay", str(tmp_path / "case.jsonl"), "--json")
    told = json.loads(mgr(*words, env={"HOUMAO_SIGNS_DIR": str(tmp_path)}).stdout)
    (state,) = told["states"]
    assert (state["phase"], state["evidence"][0]["sign"]) == ("active", "own:1")
    assert json.loads(mgr(*words).stdout)["states"][0]["phase"] == "ready"
