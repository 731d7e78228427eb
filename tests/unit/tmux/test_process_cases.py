"""Tools are found in recorded process tables, but for the differences we mean."""

from typing import Any

import pytest

from houmao.tmux.process import ProcessFacts, ProcessTable
from houmao.tools.catalog import NAMES
from tests.unit.track.shared_cases import Case, cases, check, differences

FILE = "process_cases.jsonl"


@pytest.mark.parametrize("case", cases(FILE))
def test_recorded_case(case: Case) -> None:
    """The tool's state, its names and its topmost process are the recorded ones."""
    expected = case["expected"]
    matched = expected["matched_processes"]
    wanted = {
        "process_state": expected["process_state"],
        "matched_process_names": expected["matched_process_names"],
        "pid": matched[0]["pid"] if matched else None,
    }
    different = differences(_described(case), wanted)
    check(FILE, case, {"0": different} if different else {})


def _described(case: Case) -> dict[str, Any]:
    rows = dict(filter(None, map(_row, case["ps_rows"])))
    parents = {pid: parent for pid, (parent, _) in rows.items()}
    facts = {pid: process for pid, (_, process) in rows.items()}
    found = ProcessTable(parents, facts.get).find_tool(case["pane_pid"] or 0, case["tool"])
    absent = "tui_down" if case["tool"] in NAMES else "unsupported_tool"
    return {
        "process_state": "tui_up" if found else absent,
        "matched_process_names": list(found.names) if found else [],
        "pid": found.pid if found else None,
    }


def _row(text: str) -> tuple[int, tuple[int, ProcessFacts]] | None:
    """Pid, parent and facts of a row; None for a row that is no process."""
    words = text.split()
    if len(words) < 3 or not words[0].isdigit():
        return None
    pid, parent, name, *argv = words
    return int(pid), (int(parent), ProcessFacts(int(pid), name, tuple(argv)))
