"""When a turn of Qwen Code is over, on its own word."""

from pathlib import Path

import pytest

from houmao.detect.signals import Frame, TurnView
from houmao.tools.catalog import select_detector

FRAMES = Path(__file__).parents[3] / "frames" / "qwen" / "0.24.4"


def turn_of(name: str) -> TurnView:
    raw = (FRAMES / f"{name}.txt").read_text("utf-8")
    return select_detector("qwen", "0.24.4").detect(Frame(raw, 0.0)).turn


@pytest.mark.parametrize(
    ("name", "finished"),
    [("finished", True), ("guessed-next-prompt", True), ("working", False), ("idle", False)],
)
def test_a_turn_is_over_once_it_has_an_answer_and_no_spinner(name: str, finished: bool) -> None:
    """Rows of its answer that come into sight later do not take its success back."""
    assert turn_of(name).finished is finished
