"""Recorded turns of real tools, each judged against the scripted API that answered them.

With the pane's titles and without: a recording need not have them.
"""

import json
from pathlib import Path

import pytest

from tests.live.run_recorder import rejudged

SERIES = Path(__file__).parents[2] / "series"


@pytest.mark.parametrize("titles", [True, False], ids=["titled", "untitled"])
@pytest.mark.parametrize("file", sorted(SERIES.glob("*.json")), ids=lambda file: file.stem)
def test_a_recorded_turn_is_told_as_it_went(file: Path, titles: bool) -> None:
    verdicts = rejudged(json.loads(file.read_text("utf-8")), titles)
    assert [(it.wanted, it.told, it.lies) for it in verdicts if not it.right] == []
    assert verdicts
