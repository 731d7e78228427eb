"""Every state of every tool paints within the terminal, whatever its size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.demo.keys import KeyKind, TypedKey
from houmao.demo.play import Play, advance, next_due, press
from houmao.demo.rows import Size, clipped, redraw, row_cells
from houmao.demo.screens import FRAMES_PER_SECOND, TOOLS, ScreenContext, next_frame, paint
from tests.unit.demo.terminal import Terminal

NBSP = "\u00a0"
AT_80 = ScreenContext(Size(80, 24), "~/demo")


def typed(tool: str, text: str, enter: bool = True) -> Play:
    play = press(Play(tool), TypedKey(KeyKind.TEXT, text), 0.0)
    return press(play, TypedKey(KeyKind.ENTER), 0.0) if enter else play


def after(play: Play, now: float) -> Play:
    while (due := next_due(play)) is not None and due <= now:
        play = advance(play, due, "09:03")
    return play


def shown(play: Play, now: float = 0.0) -> list[str]:
    terminal = Terminal(80, 24)
    terminal.feed(redraw(None, paint(play, now, AT_80), AT_80.size))
    return terminal.text


def test_claude_composer_between_rules() -> None:
    lines = shown(Play("claude"))
    at = lines.index(f"❯{NBSP}")
    assert lines[at - 1] == lines[at + 1] == "─" * 80
    assert lines[at + 2].startswith("  ? for shortcuts")


def test_claude_shows_rows_of_an_answer_when_they_are_full() -> None:
    play = typed("claude", "turn 9")
    assert "●" in shown(after(play, 1.5), 1.5), "a lone bullet until the first row is full"
    assert any(line.startswith("● This is a stub agent of") for line in shown(play, 6.0))


def test_claude_active_and_finished() -> None:
    play = typed("claude", "turn 3")
    active = shown(play, 2.0)
    assert any("… (2s · ↓" in line for line in active)
    assert any(line.startswith("  esc to interrupt") for line in active)
    finished = shown(after(play, 5.0), 5.0)
    assert any(line.startswith("✻ ") and line.endswith(" for 3s") for line in finished)
    assert not any("esc to interrupt" in line for line in finished)


def test_claude_draft_empties_the_footer() -> None:
    lines = shown(typed("claude", "half", enter=False))
    assert f"❯{NBSP}half" in lines
    assert not any("for shortcuts" in line for line in lines)


def test_codex_is_on_the_alternate_screen_with_its_composer_below() -> None:
    screen = paint(Play("codex"), 0.0, AT_80)
    assert screen.alternate
    assert screen.cursor.visible
    assert shown(Play("codex"))[-4] == "› Ask Codex to do anything"


def test_codex_working_row_goes_when_words_arrive() -> None:
    play = typed("codex", "turn 9")
    assert "• Working (0s • esc to interrupt)" in shown(play, 0.1)
    assert not any("Working (" in line for line in shown(play, 3.0))
    assert "  Worked for 9s • 09:03" in shown(after(play, 9.0), 9.0)


def test_codex_pins_the_latest_prompt() -> None:
    play = Play("codex")
    for _ in range(6):
        play = press(
            press(play, TypedKey(KeyKind.TEXT, "turn 0.1"), 0.0), TypedKey(KeyKind.ENTER), 0.0
        )
        play = after(play, 1.0)
    small = paint(play, 1.0, ScreenContext(Size(80, 9)))
    assert small.rows[0][0].text == "› "


def test_gemini_thinking_row() -> None:
    assert any(
        "Thinking... (esc to cancel, 1s)" in x for x in shown(typed("gemini", "turn 5"), 1.2)
    )
    assert not any("Thinking" in x for x in shown(after(typed("gemini", "turn 5"), 6.0), 6.0))


@pytest.mark.parametrize(
    ("tool", "question"),
    [
        ("claude", "Do you want to proceed?"),
        ("codex", "Would you like to run the following command?"),
        ("gemini", "Allow execution of [Shell]?"),
    ],
)
def test_approval_dialogs_replace_the_composer(tool: str, question: str) -> None:
    lines = shown(after(typed(tool, "ask"), 2.0), 2.0)
    assert any(question in line for line in lines)
    assert not any(x in line for line in lines for x in (f"❯{NBSP}", "Ask Codex to", "Type your"))


@pytest.mark.parametrize(
    ("tool", "idle", "working"),
    [
        ("claude", "✳ Claude Code", "⠂ Demo task"),
        ("codex", "demo", "⠋ Demo task | demo"),
        ("gemini", "◇  Ready (demo)", "✦  Working… (demo)"),
    ],
)
def test_titles_tell_what_the_tool_does(tool: str, idle: str, working: str) -> None:
    """The terminal's title is a sign that a watcher may believe, so the stubs set it too."""
    assert paint(Play(tool), 0.0, AT_80).title.rstrip() == idle
    assert paint(typed(tool, "turn 5"), 0.0, AT_80).title.rstrip() == working


def test_still_screens_have_no_next_frame() -> None:
    """Idle and asking agents sleep; a working one moves some times per second."""
    assert next_frame(Play("claude"), 5.0) is None
    assert next_frame(after(typed("claude", "ask"), 2.0), 5.0) is None
    assert next_frame(typed("claude", "turn 9"), 0.0) == 1 / FRAMES_PER_SECOND


@given(
    tool=st.sampled_from(TOOLS),
    columns=st.integers(20, 200),
    rows=st.integers(4, 60),
    prompts=st.lists(st.sampled_from(["turn 2", "ask", "error", "漢字 " * 30, "a\nb"]), max_size=6),
    draft=st.text("ab\n漢 ", max_size=200),
    now=st.floats(0.0, 3.0),
)
def test_any_state_fits_any_terminal(
    tool: str, columns: int, rows: int, prompts: list[str], draft: str, now: float
) -> None:
    """No painter fails, none leaves the screen, and the cursor stays on it."""
    play, size = Play(tool), Size(columns, rows)
    for prompt in prompts:
        play = after(play, now)
        play = press(
            press(play, TypedKey(KeyKind.PASTE, prompt), now), TypedKey(KeyKind.ENTER), now
        )
    play = press(play, TypedKey(KeyKind.PASTE, draft), now)
    screen = paint(play, now, ScreenContext(size))
    assert len(screen.rows) == rows
    assert all(row_cells(clipped(line, columns)) <= columns for line in screen.rows)
    assert 0 <= screen.cursor.y < rows
    assert 0 <= screen.cursor.x <= columns
