"""The text below a prompt, as each tool draws it."""

import pytest

from houmao.detect.answer import Answer, answer_text
from houmao.tools.catalog import tool_named

RULE = "─" * 40
BACK = "\x1b[48;5;240m{}\x1b[0m"

CLAUDE = f"""\
❯ first

● One.

❯ tell me
  more

● A line
  that goes on

● Bash(ls)
  ⎿  file

✻ Brewed for 2s

{RULE}
❯\xa0
{RULE}
  ? for shortcuts
"""
CODEX = """\
› tell me
  more


• A line
  that goes on

  └ Tip: drink water
  Worked for 6s • 09:03


› Ask Codex to do anything

  gpt default · /w
"""
GEMINI = f"""\
{BACK.format(" > tell me                ")}
{BACK.format("   more                   ")}

✦ A line
  that goes on

                                        ? for shortcuts
{RULE}
 Shift+Tab to accept edits
{BACK.format(" >   Type your message    ")}
"""
SAID = "A line\nthat goes on"


def answered(tool: str, raw: str, prompt: str, *, keeps_history: bool) -> Answer:
    return answer_text(tool_named(tool).transcript, raw, prompt, keeps_history=keeps_history)


@pytest.mark.parametrize(
    ("tool", "raw", "said"),
    [
        ("claude", CLAUDE, f"{SAID}\n\nBash(ls)\n⎿  file"),
        ("codex", CODEX, SAID),
        ("gemini", GEMINI, SAID),
    ],
)
def test_the_answer_to_a_prompt_of_several_lines(tool: str, raw: str, said: str) -> None:
    """Neither the prompt, nor rows about the turn, nor the composer are part of it."""
    assert answer_text(
        tool_named(tool).transcript, raw, "tell me\nmore", keeps_history=True
    ) == Answer(said, True)


def test_an_earlier_prompt_has_all_that_came_after_it() -> None:
    """A person may have prompted again meanwhile; nothing of ours is lost."""
    found = answered("claude", CLAUDE, "first", keeps_history=True)
    assert found.text.startswith("One.\n")
    assert found.text.endswith("⎿  file")


def test_a_prompt_that_is_not_to_be_seen_makes_the_answer_doubtful() -> None:
    found = answer_text(
        tool_named("codex").transcript, CODEX, "something else", keeps_history=False
    )
    assert found == Answer(SAID, False)


def test_a_prompt_pinned_to_the_top_row_makes_the_answer_doubtful() -> None:
    """On the alternate screen what scrolled away below a pinned prompt is gone."""
    assert not answer_text(
        tool_named("codex").transcript, CODEX, "tell me\nmore", keeps_history=False
    ).whole
    below = answer_text(
        tool_named("codex").transcript, f"\n{CODEX}", "tell me\nmore", keeps_history=False
    )
    assert below == Answer(SAID, True)


def test_a_long_paste_is_known_by_its_stand_in() -> None:
    raw = CLAUDE.replace("❯ tell me\n  more", "❯ [Pasted text #1 +70 lines]")
    found = answered("claude", raw, "line\n" * 70, keeps_history=True)
    assert found.text.startswith(SAID)
    assert found.whole


@pytest.mark.parametrize("tool", ["claude", "codex", "gemini", "other"])
@pytest.mark.parametrize("raw", ["", "\n\n", "$ ls\nfile", RULE, "❯", "› x"])
def test_any_screen_has_some_text(tool: str, raw: str) -> None:
    """Also one that is no screen of the tool; nothing is ever raised."""
    assert isinstance(answered(tool, raw, "p", keeps_history=True).text, str)
