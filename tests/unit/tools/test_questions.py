"""Recorded questions of every tool: what they ask, which choices answer, and their digests."""

from pathlib import Path

import pytest

from houmao.detect.question import Question
from houmao.detect.signals import Frame
from houmao.tools.catalog import select_detector, tool_named

FOLDER = Path(__file__).parents[2] / "questions"
VERSIONS = {"claude": "2.1.332", "codex": "0.171.0", "gemini": "0.61.0"}


def read(name: str, change: tuple[str, str] = ("", "")) -> Question:
    """The question of a recorded screen, in which a text may be put for another."""
    tool = name.partition("-")[0]
    raw = (FOLDER / f"{name}.txt").read_text("utf-8")
    frame = Frame(raw.replace(*change) if change[0] else raw, 0.0)
    signals = select_detector(tool, VERSIONS[tool]).detect(frame)
    found = tool_named(tool).questions.read(frame, signals)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "kind", "first", "choices"),
    [
        ("claude-approve", "approval", "Bash command", 4),
        ("claude-write", "approval", "Create file", 3),
        ("claude-question", "dialog", "☐ Color", 4),
        ("claude-trust", "trust", "Accessing workspace:", 2),
        ("codex-approve", "approval", "Would you like to run the following command?", 3),
        ("codex-trust", "trust", "Folder access", 2),
        ("gemini-approve", "approval", "? Shell  touch a2.txt", 3),
        ("gemini-write", "approval", "? WriteFile  Writing to c.txt", 4),
        ("gemini-question", "dialog", "Answer Questions", 3),
        ("gemini-trust", "trust", "Do you trust the files in this folder?", 3),
    ],
)
def test_a_question_begins_and_ends_where_its_tool_draws_it(
    name: str, kind: str, first: str, choices: int
) -> None:
    """Nothing of the conversation above, nothing of the keys below."""
    found = read(name)
    assert (found.kind.value, found.rows[0], len(found.choices)) == (kind, first, choices)
    assert found.whole
    assert [choice.number for choice in found.choices] == list(range(1, choices + 1))
    assert found.selected == found.choices[0]
    last = found.choices[-1]
    assert (last.detail or last.label) in found.rows[-1]


@pytest.mark.parametrize(
    ("name", "yes", "no", "words"),
    [
        ("claude-approve", 1, 4, None),
        ("claude-write", 1, 3, None),
        ("claude-question", None, None, 3),
        ("claude-trust", 2, 1, None),
        ("codex-approve", 1, 3, None),
        ("codex-trust", 1, None, None),
        ("gemini-approve", 1, 3, None),
        ("gemini-write", 1, 4, None),
        ("gemini-question", None, None, 3),
        ("gemini-trust", 1, 3, None),
    ],
)
def test_which_choice_says_yes_and_which_no(
    name: str, yes: int | None, no: int | None, words: int | None
) -> None:
    """Yes for this once alone; what allows more is only taken by its number."""
    found, model = read(name), tool_named(name.partition("-")[0]).questions
    ways = (model.approving(found), model.denying(found), model.writing(found))
    assert [it.number if it else None for it in ways] == [yes, no, words]


@pytest.mark.parametrize("name", ["claude-multi", "gemini-multi"])
def test_choices_that_are_ticked_are_told_apart(name: str) -> None:
    """A key would tick one, and the question would stay."""
    found = read(name)
    assert found.takes_several
    assert tool_named(name.partition("-")[0]).questions.writing(found) is None


def test_a_digest_changes_with_a_word_of_the_command() -> None:
    """And with nothing else that moves on a screen."""
    question = read("codex-approve")
    assert read("codex-approve", ("a2.txt", "a3.txt")).digest != question.digest
    below = ("Press enter to confirm", "Press enter to go on")
    assert read("codex-approve", below).digest == question.digest


@pytest.mark.parametrize(("before", "after"), [("question", "words")])
@pytest.mark.parametrize("tool", ["claude", "gemini"])
def test_words_in_the_field_change_no_more_than_the_field(
    tool: str, before: str, after: str
) -> None:
    asked, typed = read(f"{tool}-{before}"), read(f"{tool}-{after}")
    assert asked.digest != typed.digest
    assert asked.but_for(3) == typed.but_for(3)
    field = typed.choice(3)
    assert field is not None
    assert (field.label, field.selected) == ("green", True)


def test_numbers_in_what_is_shown_are_no_choices() -> None:
    """A plan or a file may hold a list of its own above the choices."""
    listed = read("claude-write", ("  1 x", "1. x"))
    assert [choice.label[:3] for choice in listed.choices] == ["Yes", "Yes", "No"]
