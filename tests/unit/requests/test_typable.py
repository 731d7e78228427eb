"""Which texts may be typed, and why others may not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.errors import UsageError
from houmao.requests.typable import check_prompt, check_prompt_for


@pytest.mark.parametrize("prompt", ["hello", "two\nlines", "tab\there", "猴毛 🐒", " padded "])
def test_texts_are_typed_as_they_are(prompt: str) -> None:
    """Line ends, tabs and every script are text."""
    assert check_prompt(prompt) == prompt


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("", "blank"),
        (" \n\t", "blank"),
        ("a\x1b[201~rm -rf", "U\\+001B at position 1"),
        ("a\rb", "U\\+000D"),
        ("a\x03", "U\\+0003"),
        ("a\x9b31m", "U\\+009B"),
        ("a\ud800", "U\\+D800"),
        ("x" * 1_000_001, "longer than"),
    ],
)
def test_hostile_texts_are_refused_with_the_reason(prompt: str, reason: str) -> None:
    """What a terminal would not take as text is refused, and never repeated."""
    with pytest.raises(UsageError, match=reason) as error:
        check_prompt(prompt)

    assert "rm -rf" not in error.value.message


@given(st.text())
def test_any_text_is_typed_whole_or_refused(prompt: str) -> None:
    """There is nothing in between."""
    with suppress(UsageError):
        assert check_prompt(prompt) == prompt


@pytest.mark.parametrize(
    ("tool", "prompt", "reason"),
    [
        ("claude", "all:\n\tmake", "U\\+0009 at position 5"),
        ("claude", "e\u0301tude", "NFC"),
        ("claude", "a\u202eb", "U\\+202E"),
        ("gemini", "zero\u200bwidth", "U\\+200B"),
        ("codex", "line\u2028end", "U\\+2028"),
    ],
)
def test_texts_that_a_tool_would_change_are_refused(tool: str, prompt: str, reason: str) -> None:
    """A tool's composer may be pickier than a terminal."""
    with pytest.raises(UsageError, match=reason) as error:
        check_prompt_for(tool, prompt)
    assert prompt not in error.value.message


@pytest.mark.parametrize(
    ("tool", "prompt"),
    [
        ("claude", "étude, \u05e9\u05dc\u05d5\u05dd, \u00a0👩\u200d👧 C:\\"),
        ("codex", "tab\t e\u0301 \u202e \u200b C:\\"),
        ("gemini", "tab\t e\u0301 \u00ad a\\"),
        ("unheard-of", "tab\t e\u0301 \u202e C:\\"),
    ],
)
def test_other_texts_are_not(tool: str, prompt: str) -> None:
    """What arrives as it was typed is typed."""
    check_prompt_for(tool, prompt)
