"""`houmao-mgr agents record` writes what came into a private file, and says what is missing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from houmao.cli.recordings.record import read_recording
from tests.unit.cli.agents.test_explain import TOLD
from tests.unit.cli.recorded import Recorded
from tests.unit.track import screens

Run = Callable[..., Result]
ABOUT = TOLD | {"tool": "claude", "tool_version": "2.1.197"}


def text(*events: tuple[str, Any]) -> str:
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)


def frame(number: int, at: float, raw: str) -> tuple[str, Any]:
    return "frame", {"number": number, "at_seconds": at, "raw": raw, "title": None}


TURN = (frame(1, 10.0, screens.BUSY), frame(2, 11.0, screens.FINISHED))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "beta.jsonl"


@pytest.fixture
def record(api: Recorded, mgr: Run, out: Path) -> Run:
    """Runs the command against a server whose stream is the given events."""

    def run(*events: tuple[str, Any]) -> Result:
        api.answers["/houmao/agents/beta/explain"] = ABOUT
        target = f"/houmao/agents/{ABOUT['agent_id']}/frames?seconds=2.000"
        api.answers[target] = text(*events)
        return mgr("agents", "record", "beta", "--seconds", "2", "--out", str(out))

    return run


def test_the_file_is_a_case_that_replays(record: Run, mgr: Run, out: Path) -> None:
    result = record(*TURN, ("input", {"number": 3, "at_seconds": 11.0}), ("end", {}))
    assert result.exit_code == 0, result.stderr
    assert "Screens may hold secrets" in result.stderr
    assert result.stdout == f"{out}: 2 screens in 1.0 s\n"
    assert out.stat().st_mode & 0o777 == 0o600
    case = json.loads(out.read_text())
    assert (case["tool"], case["version"], case["inputs"]) == (
        "claude",
        "2.1.197",
        [{"at_seconds": 1.0}],
    )
    assert case["id"].startswith("beta 20")
    replayed = json.loads(mgr("replay", str(out), "--json").stdout)
    assert [it["phase"] for it in replayed["states"]] == ["active", "ready", "ready"]


def test_what_came_before_it_broke_is_kept(record: Run, out: Path) -> None:
    """Without its end nobody knows what is missing."""
    result = record(*TURN)
    assert result.exit_code == 1
    assert "broke off, what came is kept" in result.stderr
    assert len(json.loads(out.read_text())["frames"]) == 3


def test_missing_screens_are_told(record: Run, out: Path) -> None:
    result = record(TURN[0], ("gap", {}), TURN[1], ("end", {}))
    assert result.exit_code == 1
    assert "screens are missing at 1 places" in result.stderr
    assert out.exists()


def test_nothing_seen_is_no_file(record: Run, out: Path) -> None:
    result = record(("end", {}))
    assert result.exit_code == 1
    assert "beta showed no screen" in result.stderr
    assert not out.exists()


def test_a_place_where_no_file_can_be_made_is_told_at_once(api: Recorded, mgr: Run) -> None:
    """Before anything is recorded: nobody is asked."""
    result = mgr("agents", "record", "beta", "--out", "/nowhere/x.jsonl")
    assert result.exit_code == 2
    assert "no file can be made in /nowhere" in result.stderr
    assert api.asked == []


def test_interrupt_keeps_what_came() -> None:
    """Ctrl-C is a wish to stop, not to lose."""

    def lines() -> Iterator[str]:
        yield from text(*TURN).splitlines(keepends=True)
        raise KeyboardInterrupt

    found = read_recording(lines())
    assert (len(found.frames), found.broken) == (3, "")


def test_help_tells_of_secrets(mgr: Run) -> None:
    assert "secrets" in mgr("agents", "record", "--help").stdout
