"""Which conversation the next turn continues."""

import pytest

from houmao.headless.conversation import is_lost, next_one
from houmao.headless.reading import ToolReport


def test_a_turn_continues_what_the_last_one_was_in() -> None:
    assert next_one("claude", None, ToolReport(session_id="new")) == "new"
    assert next_one("claude", "old", ToolReport(session_id="new")) == "new"


def test_a_turn_that_never_told_of_one_leaves_it_as_it_was() -> None:
    assert next_one("codex", "old", ToolReport()) == "old"
    assert next_one("codex", None, ToolReport()) is None


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ("claude", ToolReport("x", error="No conversation found with session ID: old")),
        ("codex", ToolReport(complaint=("Error: no rollout found for thread id old",))),
        (
            "gemini",
            ToolReport(complaint=('Error resuming session: Invalid session identifier "old".',)),
        ),
    ],
)
def test_a_conversation_that_the_tool_does_not_have_is_given_up(
    tool: str, told: ToolReport
) -> None:
    """Or every turn from now on would fail for the same reason."""
    assert is_lost(tool, told)
    assert next_one(tool, "old", told) is None


def test_any_other_failure_is_no_reason_to_begin_anew() -> None:
    assert not is_lost("claude", ToolReport("old", error="API Error: 529 overloaded"))
