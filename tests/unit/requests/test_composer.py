"""Our text in a composer."""

import pytest

from houmao.requests.composer import shows


@pytest.mark.parametrize(
    ("prompt", "composer", "ours"),
    [
        ("write the tests", "write the tests", True),
        ("write the tests", "write\n  the tests", True),
        ("write the tests", "write the", False),
        ("write the tests", "a draft: write the tests", False),
        ("write the tests", "", False),
        ("write the tests", None, False),
        ("many words " * 50, "words many words many words", True),
        ("line\n" * 100, "[Pasted text #1 +99 lines]", True),
        ("line\n" * 100, "my draft [Pasted text #1 +99 lines]", False),
        ("head " + "x" * 2000, "head [Pasted Content 1990 chars]", True),
        ("e\u0301tude", "\xe9tude", True),
        ("zero\u200bwidth, soft\xadhyphen", "zerowidth, softhyphen", True),
        ("thumbs 👍🏽 up", "thumbs 👍 up", True),
        ("thumbs 👍 up", "thumbs 👎 up", False),
        ("why\n \n\nnot", "why", True),
        ("why\n \n\nnot", "w", False),
        ("what is [Pasted text #1]?", "what is [Pasted text #1]?", True),
        ("what is [Pasted text #1]?", "what is [Pasted text #2]?", False),
        ("see [Pasted text #1]\n" + "line\n" * 100, "see [Pasted text #3 +101 lines]", True),
    ],
)
def test_shows(prompt: str, composer: str | None, ours: bool) -> None:
    """Whole, wrapped, folded or scrolled it is ours; beside other text it is not."""
    assert shows(prompt, composer) is ours
