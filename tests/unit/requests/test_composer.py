"""Our text in a composer."""

import pytest

from houmao.requests.composer import fills, holds_more, shows
from houmao.tools.catalog import tool_named


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
        ("e\u0301tude", "\xe9tude", True),
        ("zero\u200bwidth, soft\xadhyphen", "zerowidth, softhyphen", True),
        ("a\u3164b\u115fc", "abc", True),
        ("above\n────\n│ below", "above\n below", True),
        ("above\n────\n│ below", "above\n above below", False),
        ("────", "anything", False),
        ("thumbs 👍🏽 up", "thumbs 👍 up", True),
        ("thumbs 👍 up", "thumbs 👎 up", False),
        ("hi 👨\u200d👩\u200d👧\u200d👦 there", "hi 👨\u200d👩\u200d👧\u200d there", True),
        ("👩\u200d👧" * 3, "👩\u200d👩\u200d👧\u200d", True),
        ("👩\u200d👧 done", "👩\u200d👧 undone", False),
        ("why\n\n\n\nnot", "\n\nnot", True),
        ("👩🏽\u200d💻 coder", "👩 coder", True),
        ("क\u094d\u200dष", "क\u094dष", True),
        ("why\n \n\nnot", "why", True),
        ("why\n \n\nnot", "w", False),
        ("what is [Pasted text #1]?", "what is [Pasted text #1]?", True),
        ("what is [Pasted text #1]?", "what is [Pasted text #2]?", False),
    ],
)
def test_shows(prompt: str, composer: str | None, ours: bool) -> None:
    """Whole, wrapped, folded or scrolled it is ours; beside other text it is not."""
    assert shows(prompt, composer) is ours


@pytest.mark.parametrize(
    ("tool", "prompt", "composer", "ours"),
    [
        ("claude", "line\n" * 100, "[Pasted text #1 +99 lines]", True),
        ("claude", "line\n" * 100, "my draft [Pasted text #1 +99 lines]", False),
        (
            "claude",
            "see [Pasted text #1]\n" + "line\n" * 100,
            "see [Pasted text #3 +101 lines]",
            True,
        ),
        ("codex", "head " + "x" * 2000, "head [Pasted Content 1990 chars]", True),
        ("codex", "line\n" * 100, "[Pasted text #1 +99 lines]", False),
        ("gemini", "line\n" * 100, "[Pasted Text: 100 lines]", True),
        ("qwen", "line\n" * 100, "[Pasted Content 500 chars]", True),
        ("copilot", "line\n" * 100, "[Paste #1 - 49 lines][Paste\n  #2 - 52 lines]", True),
        ("opencode", "line\n" * 100, "[Pasted~100lines]", True),
    ],
)
def test_what_stands_for_a_long_text(tool: str, prompt: str, composer: str, ours: bool) -> None:
    """Each tool has words of its own, in rows or without blanks."""
    assert shows(prompt, composer, tool_named(tool).texts.stand_in) is ours


def test_a_text_that_fills_the_screen_is_known_by_its_end() -> None:
    """What is taken for its composer is a part of it; another text's end is not ours."""
    text = "above\n" + "─" * 80 + "\nbelow"
    screen = "❯ above\n  " + "─" * 76 + "\n  ────\n  below\n" + "─" * 80
    assert fills(text, "above", screen)
    assert fills(text, None, screen)
    assert not fills(text, "a person's draft", screen)
    assert not fills(text, "above", "❯ above\n  and so on")


def test_a_text_with_more_beside_it() -> None:
    """Somebody else has typed there, too."""
    assert holds_more("write the tests", "write the tests, please")
    assert not holds_more("write the tests", "write the tests")
    assert not holds_more("write the tests", None)
