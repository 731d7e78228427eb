"""A stub agent behaves like the tool it plays, in virtual time."""

from dataclasses import replace

import pytest

from houmao.demo.keys import KeyKind, TypedKey
from houmao.demo.play import MOST_BLOCKS, Play, advance, next_due, press, start, words
from houmao.demo.script import parse_script
from houmao.demo.view import Block, BlockKind

TOOLS = ("claude", "codex", "gemini")
ENTER, ESCAPE, CTRL_C = TypedKey(KeyKind.ENTER), TypedKey(KeyKind.ESCAPE), TypedKey(KeyKind.CTRL_C)


def typed(play: Play, text: str, now: float, *more: TypedKey) -> Play:
    for key in (TypedKey(KeyKind.TEXT, text), *more):
        play = press(play, key, now)
    return play


def run(play: Play, until: float) -> Play:
    """Let everything happen that is due before `until`."""
    while (due := next_due(play)) is not None and due <= until:
        play = advance(play, due, "09:03")
    return play


def kinds(play: Play) -> list[BlockKind]:
    return [block.kind for block in play.blocks]


@pytest.mark.parametrize("tool", TOOLS)
def test_prompt_runs_a_turn(tool: str) -> None:
    play = typed(Play(tool, turn_seconds=2.0), "hello", 10.0, ENTER)
    assert play.draft == ""
    assert play.marks == ("turn_begin",)
    play = run(play, 99.0)
    assert play.turn is None
    assert play.marks == ("turn_begin", "turn_end")
    assert kinds(play) == [BlockKind.PROMPT, BlockKind.ANSWER, BlockKind.FINISHED]
    assert play.blocks[-1] == Block(BlockKind.FINISHED, "2", "09:03")


@pytest.mark.parametrize("tool", TOOLS)
def test_escape_interrupts_a_talking_turn(tool: str) -> None:
    play = typed(Play(tool, turn_seconds=9.0), "hello", 0.0, ENTER)
    play = press(play, ESCAPE, 5.0)
    assert play.turn is None
    assert kinds(play) == [BlockKind.PROMPT, BlockKind.ANSWER, BlockKind.INTERRUPTED]
    assert play.marks[-1] == "interrupted"


def test_claude_takes_an_unanswered_prompt_back() -> None:
    """Interrupted before any output, Claude shows the prompt in the editor and no trace."""
    play = press(typed(Play("claude"), "hello", 0.0, ENTER), ESCAPE, 0.1)
    assert (play.draft, play.blocks) == ("hello", ())


def test_ctrl_c_clears_a_draft() -> None:
    assert press(typed(Play("gemini"), "half", 0.0), CTRL_C, 0.0).draft == ""


@pytest.mark.parametrize("tool", ["claude", "gemini"])
def test_ctrl_c_twice_ends(tool: str) -> None:
    once = press(Play(tool), CTRL_C, 0.0)
    assert not once.ended
    assert press(once, CTRL_C, 1.0).ended
    assert not press(advance(once, 5.0), CTRL_C, 5.0).ended


def test_codex_ends_at_the_first_ctrl_c() -> None:
    assert press(Play("codex"), CTRL_C, 0.0).ended


def test_exit_command_ends() -> None:
    assert typed(Play("claude"), "/exit", 0.0, ENTER).marks == ("exit",)


def test_approval_waits_for_a_person_and_then_goes_on() -> None:
    play = run(typed(Play("claude"), "ask", 0.0, ENTER), 1000.0)
    assert play.marks[-1] == "dialog"
    assert next_due(play) is None
    play = run(press(play, ENTER, 1000.0), 1001.0)
    assert play.marks[-2:] == ("dialog_answered", "turn_end")


@pytest.mark.parametrize(
    "keys", [[ESCAPE], [TypedKey(KeyKind.TEXT, "3")], [TypedKey(KeyKind.DOWN)] * 5 + [ENTER]]
)
def test_refused_approval_interrupts(keys: list[TypedKey]) -> None:
    play = run(typed(Play("codex"), "ask", 0.0, ENTER), 5.0)
    for key in keys:
        play = press(play, key, 5.0)
    assert kinds(play) == [BlockKind.PROMPT, BlockKind.TOOL_REFUSED, BlockKind.INTERRUPTED]


def test_prompt_during_a_turn_is_queued_by_claude_and_steers_codex() -> None:
    claude = typed(typed(Play("claude"), "one", 0.0, ENTER), "two", 1.0, ENTER)
    assert claude.queued == ("two",)
    assert run(claude, 4.0).turn is not None, "the queued prompt is the next turn"
    codex = typed(typed(Play("codex"), "one", 0.0, ENTER), "two", 1.0, ENTER)
    assert codex.queued == ()
    assert codex.turns == 1


def test_error_leaves_codex_without_a_finished_row() -> None:
    claude, codex = (run(typed(Play(t), "error", 0.0, ENTER), 9.0) for t in ("claude", "codex"))
    assert kinds(claude)[-2:] == [BlockKind.ERROR, BlockKind.FINISHED]
    assert kinds(codex)[-1] == BlockKind.ERROR


def test_script_plays_by_itself() -> None:
    play = start(Play("claude", parse_script("idle 2, turn 1, again")), 0.0)
    assert run(play, 2.5).turn is not None
    assert run(play, 12.5).turns == 4


def test_script_waits_while_a_person_types() -> None:
    """A scripted turn never swallows somebody's half-typed draft."""
    play = typed(start(Play("claude", parse_script("idle 1, turn 1")), 0.0), "mine", 0.5)
    assert next_due(play) is None
    assert advance(press(play, CTRL_C, 9.0), 9.0).turn is not None


def test_script_can_end_the_tool() -> None:
    assert run(start(Play("gemini", parse_script("idle 1, exit")), 0.0), 2.0).ended


def test_transcript_stays_bounded() -> None:
    play = run(start(Play("claude", parse_script("turn 0.1, again")), 0.0), 100.0)
    assert len(play.blocks) <= MOST_BLOCKS + 3
    assert play.edition > 0


def test_words_arrive_after_a_silence() -> None:
    play = typed(Play("claude", turn_seconds=4.0), "hello", 0.0, ENTER)
    assert play.turn is not None
    counts = [len(words(play.turn, at)) for at in (0.0, 0.9, 1.1, 2.0, 4.0)]
    assert counts[:2] == [0, 0]
    assert counts == sorted(counts)
    assert counts[-1] > 10


def test_editing_moves_within_the_draft() -> None:
    play = typed(Play("claude"), "ac", 0.0, TypedKey(KeyKind.LEFT), TypedKey(KeyKind.TEXT, "b"))
    assert (play.draft, play.cursor) == ("abc", 2)
    assert press(play, TypedKey(KeyKind.BACKSPACE), 0.0).draft == "ac"
    assert press(play, TypedKey(KeyKind.CLEAR), 0.0).draft == "c"
    assert press(replace(play, draft="", cursor=0), TypedKey(KeyKind.BACKSPACE), 0.0).draft == ""
