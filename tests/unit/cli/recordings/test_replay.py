"""`houmao-mgr replay` tells what the tracker says of recorded frames."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from houmao.cli.main import main
from tests.unit.track import screens

TURN: dict[str, Any] = {
    "id": "turn",
    "tool": "claude",
    "version": "2.1.197",
    "frames": [
        {"at_seconds": 0.0, "raw": screens.IDLE},
        {"at_seconds": 1.0, "raw": screens.BUSY},
        {"at_seconds": 1.5, "raw": screens.BUSY},
        {"at_seconds": 2.0, "raw": screens.FINISHED},
        {"at_seconds": 4.0, "raw": screens.FINISHED},
    ],
    "inputs": [],
}


def replay(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["replay", *words], prog_name="houmao-mgr", input=given)


def test_json_has_the_transitions_too() -> None:
    """A verdict that the next frame takes back is not lost."""
    frames = [*TURN["frames"][:4], {"at_seconds": 4.0, "raw": screens.BUSY}]
    told = json.loads(replay("-", "--json", given=lines(TURN | {"frames": frames})).stdout)
    assert "success" not in {it["result"] for it in told["states"]}
    settled = next(it for it in told["transitions"] if it["result"] == "success")
    assert (settled["at_seconds"], settled["cause"]) == (3.0, "timer")
    assert settled["note"] == "success_settled"


def lines(*cases: object) -> str:
    return "\n".join(map(json.dumps, cases)) + "\n"


def test_json_has_one_line_a_case_and_one_state_a_frame(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(lines(TURN, TURN | {"id": "again"}))
    result = replay(str(file), "--json")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [it["id"] for it in told] == ["turn", "again"]
    states = told[0]["states"]
    assert [it["phase"] for it in states] == ["ready", "active", "active", "ready", "ready"]
    assert [it["result"] for it in states] == [*["none"] * 4, "success"]
    named = {"at_seconds", "phase", "result", "source", "accepting", "editing", "ready"}
    assert named | {"blocked_on", "evidence"} <= states[0].keys()


def test_table_has_what_changed() -> None:
    """Standard input is read too; a verdict between two frames has its own time."""
    result = replay("-", given=lines(TURN))
    head, columns, *rows = result.stdout.splitlines()
    assert head == "turn  (claude 2.1.197, 5 frames)"
    assert columns.split() == ["AT", "STATE", "TAKES", "INPUT", "LAST", "TURN", "BECAUSE"]
    assert [row.split()[:2] for row in rows[:-1]] == [
        ["0.000", "ready"],
        ["1.000", "active"],
        ["2.000", "ready"],
        ["3.000", "ready"],
    ]
    assert "active signal: thinking line (row 2)" in rows[1]
    assert "success" in rows[3]
    assert "success settled" in rows[3]


def test_a_tool_nobody_knows_has_a_state_too() -> None:
    result = replay("-", given=lines(TURN | {"tool": "vi"}))
    assert "0.000  unknown" in result.stdout


def test_bad_line_is_named_and_the_others_still_run() -> None:
    bad = TURN | {"frames": [{"at_seconds": 0}]}
    result = replay("-", "--json", given=lines(bad) + "\n" + lines(TURN))
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["turn"]
    assert "line 1: frames[0].raw: give a text" in result.stderr
    assert "1 of 3 lines could not be replayed" in result.stderr
    assert result.exit_code == 1


def test_unknown_profile_is_a_bad_line() -> None:
    result = replay("-", given=lines(TURN | {"detector_override": "9.x"}))
    assert result.exit_code == 1
    assert "'9.x' is unknown for claude" in result.stderr


def test_half_a_character_and_control_characters_do_no_harm() -> None:
    """What a recording holds reaches neither the terminal nor the encoder as it is."""
    frame = {"at_seconds": 0, "raw": screens.BUSY.replace("fix it", "\ud800")}
    case = {"id": "\x1b[2J", "tool": "claude", "frames": [frame]}
    for words in (["-"], ["-", "--json"]):
        result = replay(*words, given=lines(case))
        assert result.exit_code == 0
        assert "\x1b" not in result.stdout


def test_nothing_to_replay_is_no_error() -> None:
    result = replay("-", "--json", given="")
    assert (result.exit_code, result.stdout) == (0, "")
