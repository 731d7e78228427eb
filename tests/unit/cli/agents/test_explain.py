"""`houmao-mgr agents explain` shows every part of an explanation that says something."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from houmao.api.explain.routes import ExplainSchema
from houmao.cli.agents.explain import explain_lines
from houmao.clock import parse_iso
from tests.unit.cli.recorded import RECORDED, Recorded

NOW = parse_iso("2026-11-21T10:00:00+00:00")
BETA: dict[str, Any] = RECORDED["beta"]
TOLD: dict[str, Any] = {
    "agent_id": BETA["agent_id"],
    "agent_name": "beta",
    "tool": "codex",
    "tool_version": "0.169.0",
    "detector": "codex_tui 0.169.x",
    "notes": ["prompt_kind=draft"],
    "no_journal_because": None,
    "contradictions": 0,
    "state": BETA,
    "phase_reason": {"rule": "default_snapshot", "means": "anything else", "age_seconds": 12.4},
    "phase_age_seconds": 12.4,
    "last_turn_reason": None,
    "capture_age_seconds": 0.5,
    "evidence": [
        {
            "rule": "approval_dialog",
            "rows": [{"row": 18, "text": "Do you want to \x1b[31mproceed?"}],
            "excerpt": "Do you want to",
            "sign": "own:3",
        },
        {"rule": "title", "rows": [], "excerpt": "working", "sign": None},
    ],
    "background": [],
    "expected": [{"name": "settle", "means": "the turn counts as a success", "in_seconds": 0.75}],
    "recent": [
        {
            "recorded_at_utc": "2026-11-21T09:59:48+00:00",
            "summary": "default_snapshot",
            "means": "anything else",
            "changed_fields": ["turn_phase", "blocked_on"],
        }
    ],
    "needed_for_ready": [
        {
            "field": "surface.blocked_on",
            "now": "approval",
            "needed": "none",
            "how": "somebody has to approve or reject what the tool asks for",
        }
    ],
}


def lines(**changes: Any) -> list[str]:
    return list(explain_lines(TOLD | changes, NOW))


@pytest.fixture
def fleet(api: Recorded) -> Recorded:
    api.answers["/houmao/agents/beta/explain"] = TOLD
    return api


def test_the_object_is_what_the_api_promises() -> None:
    assert ExplainSchema().validate(TOLD) == {}


def test_card_and_parts(fleet: Recorded, mgr: Callable[..., Result]) -> None:
    result = mgr("agents", "explain", "beta")
    assert result.exit_code == 0, result.stderr
    shown = result.stdout
    assert "tool       codex 0.169.0\n" in shown
    assert "state      blocked: approval\n" in shown
    assert "because    it asks for permission to go on; answer in its pane\n" in shown
    titles = [line for line in shown.splitlines() if line and line[0] != " "][-4:]
    assert titles == [
        "evidence, 0.5 s old",
        "will happen by itself unless the screen changes",
        "latest changes",
        "needed for ready",
    ]


def test_json_is_the_servers_object(fleet: Recorded, mgr: Callable[..., Result]) -> None:
    assert json.loads(mgr("agents", "explain", "beta", "--json").stdout) == TOLD


def test_rows_are_told_with_their_text_and_without_escapes() -> None:
    """What an agent painted must not drive this terminal; evidence without rows has its excerpt."""
    shown = lines()
    assert "    18 | Do you want to  [31mproceed?" in shown
    assert "       | working" in shown
    assert not any("\x1b" in line for line in shown if "proceed" in line)


def test_timers_and_the_way_to_ready() -> None:
    shown = lines()
    assert "  in 0.8 s: the turn counts as a success" in shown
    how = "somebody has to approve or reject what the tool asks for"
    assert f"  {how} (surface.blocked_on is approval)" in shown


def test_without_a_dialog_the_rule_is_the_reason() -> None:
    """The reason has its age, and the last turn one of its own."""
    calm = BETA | {"surface": BETA["surface"] | {"blocked_on": None}}
    settled = {"rule": "success_settled", "means": "it stayed so", "age_seconds": None}
    shown = lines(state=calm, last_turn_reason=settled)
    assert "because    anything else (default snapshot, 12 s ago)" in shown
    assert "which is   it stayed so (success settled, an unknown time ago)" in shown


def test_an_unknown_version_is_said_so() -> None:
    shown = lines(tool_version=None, notes=["fallback_detector"])
    assert "tool       codex of unknown version" in shown
    assert "read by    codex_tui 0.169.x: no profile knows this version" in shown


def test_parts_that_say_nothing_are_left_out() -> None:
    shown = lines(evidence=[], expected=[], recent=[], needed_for_ready=[], phase_reason=None)
    assert "" not in shown


def test_the_sign_that_decided_is_named_with_its_file() -> None:
    """A rule that reads a shape has none."""
    for sign, named in [
        ("own:3", "approval dialog (line 3 of your own signs)"),
        ("shipped:12", "approval dialog (line 12 of Houmao's signs)"),
        (None, "approval dialog"),
    ]:
        shown = lines(evidence=[TOLD["evidence"][0] | {"sign": sign}])
        assert named in [line.strip() for line in shown]
