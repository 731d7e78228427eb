"""The log of paints: one line each, with both clocks."""

import json
from pathlib import Path

import pytest

from houmao import clock
from houmao.demo.play import Play
from houmao.demo.truth import TruthLog


def test_each_paint_is_one_line(tmp_path: Path) -> None:
    log = TruthLog(tmp_path / "truth.jsonl")
    log.painted("alpha", "turn_begin", Play("claude", turns=3))
    log.painted("alpha", "turn_end", Play("claude", turns=3))
    first, second = map(json.loads, (tmp_path / "truth.jsonl").read_text().splitlines())
    assert (first["agent"], first["mark"], first["turn"]) == ("alpha", "turn_begin", 3)
    assert second["mark"] == "turn_end"
    assert second["monotonic"] >= first["monotonic"]
    assert second["monotonic"] == pytest.approx(clock.monotonic(), abs=5)
    assert second["epoch"] == pytest.approx(clock.now(), abs=5)


def test_two_logs_share_a_file(tmp_path: Path) -> None:
    """Several processes may note into one file; nobody overwrites anybody."""
    logs = [TruthLog(tmp_path / "truth.jsonl") for _ in range(2)]
    for log in logs * 2:
        log.painted("alpha", "turn_begin", Play("codex"))
    assert len((tmp_path / "truth.jsonl").read_text().splitlines()) == 4
