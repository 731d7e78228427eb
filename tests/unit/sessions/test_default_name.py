"""An adopted agent without a name gets one that says tool and session and is free."""

import pytest

from houmao.ids import check_user_name
from houmao.sessions.identity import MAX_LENGTH, default_name


@pytest.mark.parametrize(
    ("tool", "session", "expected"),
    [
        ("claude", "0", "claude-0"),
        ("claude", "my work", "claude-my-work"),
        ("claude", "claude", "claude"),
        ("claude", "claude-api", "claude-api"),
        ("claude", "claudette", "claude-claudette"),
        ("codex", "claude-api", "codex-claude-api"),
        ("claude", "HOUMAO-gpu-1", "claude-gpu-1"),
        ("gemini", "AGENTSYS-x", "gemini-x"),
        ("codex", "日本", "codex-x"),
    ],
)
def test_default_name(tool: str, session: str, expected: str) -> None:
    """Tool and session, the tool not twice, and always a name a person could have chosen."""
    assert default_name(tool, session, []) == expected
    assert check_user_name(expected) == expected


def test_taken_names_get_a_number() -> None:
    """A live agent's name is not given again, in none of its spellings."""
    assert default_name("claude", "0", ["claude-0", "other"]) == "claude-0-2"
    assert default_name("claude", "0", ["HOUMAO-claude-0", "claude-0-2"]) == "claude-0-3"


def test_long_sessions_are_cut() -> None:
    """A name stays short enough to read, whatever the session is called."""
    assert len(default_name("claude", "x" * 200, [])) == MAX_LENGTH


def test_taken_names_get_a_word_before_a_number() -> None:
    """Such as the window's name, then the folder's; a word that is taken as well is passed over."""
    words = ("api", "my shop")
    assert default_name("claude", "0", ["claude-0"], words) == "claude-0-api"
    assert default_name("claude", "0", ["claude-0", "claude-0-api"], words) == "claude-0-my-shop"
    taken = ["claude-0", "claude-0-api", "claude-0-my-shop"]
    assert default_name("claude", "0", taken, words) == "claude-0-2"
