"""A value becomes one word of a tmux command file."""

import pytest

from houmao.tmux.lifecycle import quoted


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("", "''"),
        ("plain", "'plain'"),
        ("$HOME ~ \\n", "'$HOME ~ \\n'"),
        ("it's", "'it'\"'\"'s'"),
        ("a\nb", "'a'\"\\n\"'b'"),
    ],
)
def test_quoting(value: str, word: str) -> None:
    """Single quotes keep everything but themselves and line ends."""
    assert quoted(value) == word
