"""An agent's situation is told in the order in which it matters."""

from typing import Any

import pytest

from houmao.cli.render.agent_state import (
    ADVICE,
    Situation,
    after,
    flat,
    last_turn_word,
    situation,
    state_word,
)
from houmao.clock import iso
from houmao.detect.signals import BlockedOn
from tests.unit.cli.recorded import RECORDED

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param({"turn_phase": "ready"}, "ready", id="ready"),
        pytest.param({"turn_phase": "active"}, "active", id="active"),
        pytest.param({}, "unknown", id="nothing is known"),
        pytest.param({"turn_phase": "ready", "editing_input": "yes"}, "draft typed", id="draft"),
        pytest.param(
            {"turn_phase": "active", "editing_input": "yes"}, "active", id="draft while it works"
        ),
        pytest.param(
            {"turn_phase": "active", "pending_input": "yes"}, "active, prompt queued", id="queued"
        ),
        pytest.param(
            {"turn_phase": "active", "blocked_on": "approval"},
            "blocked: approval",
            id="a dialog matters more than the turn it interrupts",
        ),
        pytest.param(
            {"turn_phase": "active", "blocked_on": "menu"}, "active", id="menu over a turn"
        ),
        pytest.param({"blocked_on": "usage_limit"}, "blocked: usage limit", id="words"),
        pytest.param(
            {"availability": "tui_down", "process_state": "tui_down", "blocked_on": "approval"},
            "down",
            id="what was seen before the end is not told",
        ),
        pytest.param(
            {"availability": "unavailable", "transport_state": "tmux_missing"},
            "down: no tmux session",
            id="session gone",
        ),
        pytest.param(
            {"availability": "tui_down", "process_state": "unsupported_tool"},
            "unsupported tool",
            id="unsupported",
        ),
        pytest.param(
            {"availability": "error", "turn_phase": "ready"}, "cannot be seen", id="parse error"
        ),
    ],
)
def test_the_most_important_fact_is_the_word(fields: dict[str, Any], text: str) -> None:
    """What cannot be seen, what a person must answer, then the agent's own work."""
    seen = Situation(availability="available", process_state="tui_up", transport_state="tmux_up")
    assert state_word(after(seen, fields)).text == text


def test_every_kind_of_dialog_has_advice() -> None:
    """A new kind of dialog needs its sentence."""
    assert set(ADVICE) == {kind.value for kind in BlockedOn}


def test_a_state_reads_the_same_as_the_event_that_led_to_it() -> None:
    """Both carry the public fields, in two shapes."""
    state, event = RECORDED["beta"], RECORDED["events"][1]
    event = {**event, "accepting_input": "no", "ready_posture": "no", "blocked_on": "approval"}
    assert situation(state) == after(Situation(), event)
    assert {name for name in event if name not in flat(state)} == {
        "agent_id",
        "agent_name",
        "host",
        "recorded_at",
        "summary",
        "changed_fields",
    }


def test_a_problem_is_one_text_in_flat_form() -> None:
    """As events carry it."""
    problem = {"kind": "watch_stalled", "message": "nobody looks", "details": {}}
    state = RECORDED["alpha"]
    broken = {**state, "diagnostics": {**state["diagnostics"], "probe_error": problem}}
    assert flat(broken)["probe_error"] == "watch_stalled: nobody looks"


def test_an_event_that_names_no_dialog_closes_it() -> None:
    """Null in an event is a value: no dialog is open any more."""
    assert after(Situation(blocked_on="approval"), {"blocked_on": None}).blocked_on is None


@pytest.mark.parametrize(
    ("result", "at", "text"),
    [
        ("none", None, "-"),
        ("success", NOW - 12, "success 12s ago"),
        ("known_failure", NOW - 120, "failure 2m ago"),
        ("interrupted", None, "interrupted"),
    ],
)
def test_last_turn_tells_how_and_when(result: str, at: float | None, text: str) -> None:
    """The time is left out when the server does not know it."""
    assert last_turn_word(result, iso(at) if at else None, NOW).text == text
