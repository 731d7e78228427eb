"""What is told of a turn's end: the verdict, the screen in old clients' words, the answer."""

import pytest

from houmao.detect.signals import Frame
from houmao.sessions.driving.report import TurnEnd, event, payload
from houmao.tools.catalog import select_detector

SCREEN = """\
❯ what is it?

● Forty-two.

✻ Brewed for 2s

────────────────────────────────────────
❯\xa0
────────────────────────────────────────
  ? for shortcuts
"""
DIALOG = """\
❯ touch it

● Bash(touch x)

 Do you want to proceed?
 ❯ 1. Yes
   2. No

 Esc to cancel
"""


def ending(raw: str, result: str | None, detail: str = "") -> TurnEnd:
    frame = Frame(raw, 0.0)
    signals = select_detector("claude", "2.1.197").detect(frame)
    return TurnEnd("claude", "HOUMAO-gpu-1", "what is it?", frame, signals, raw, result, detail)


def test_a_finished_turn() -> None:
    told = payload(ending(SCREEN, "success"), 2.34567)
    assert told["result"] == "success"
    assert told["canonical_runtime_status"] == "completed"
    assert told["output_text"] == "Forty-two."
    assert told["duration_seconds"] == 2.346
    assert told["terminal_id"] == "HOUMAO-gpu-1"
    assert told["parser_family"] == "claude_shadow"
    assert told["surface_assessment"]["input_mode"] == "freeform"
    assert told["mode_diagnostics"]["output_is_whole"] is True


@pytest.mark.parametrize(
    ("result", "status"),
    [("interrupted", "completed"), ("known_failure", "error"), ("unknown", "unknown")],
)
def test_every_verdict_has_a_word_for_old_clients(result: str, status: str) -> None:
    assert payload(ending(SCREEN, result), 1.0)["canonical_runtime_status"] == status


def test_without_a_verdict_the_screen_decides() -> None:
    told = payload(ending(DIALOG, None, "waited in vain"), 1.0)
    assert told["canonical_runtime_status"] == "waiting_user_answer"
    assert told["surface_assessment"]["blocked_on"] == "approval"
    assert told["mode_diagnostics"]["detail"] == "waited in vain"
    assert told["result"] is None


def test_an_event_has_five_keys() -> None:
    assert event("done", "over", 3, {"a": 1}, 1_774_602_000.0) == {
        "kind": "done",
        "message": "over",
        "turn_index": 3,
        "payload": {"a": 1},
        "timestamp_utc": "2026-03-27T09:00:00+00:00",
    }
