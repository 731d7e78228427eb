"""A list of choices is a question, and its words say which."""

import pytest

from houmao.detect.dialogs import find_dialog, find_editor
from houmao.detect.screen import parse
from houmao.detect.signals import BlockedOn

ASKED = {
    BlockedOn.APPROVAL: " Do you want to proceed?\n ❯ 1. Yes\n   2. No\n\n Esc to cancel",
    BlockedOn.TRUST: " Do you trust the files in this folder?\n ❯ No, exit\n   Yes, I trust it",
    BlockedOn.LOGIN: " Select login method:\n ❯ 1. Subscription\n   2. Console\n Esc to cancel",
    BlockedOn.USAGE_LIMIT: " Usage limit reached\n ❯ 1. Wait\n   2. Upgrade",
    BlockedOn.DIALOG: " Theme\n   1. Light\n ❯ 2. Dark\n Enter to select · Esc to close",
}


@pytest.mark.parametrize("kind", ASKED)
def test_the_words_of_the_question_name_its_kind(kind: BlockedOn) -> None:
    dialog = find_dialog(parse(ASKED[kind]).rows, 0)
    assert dialog is not None
    assert dialog.kind is kind
    assert dialog.evidence.rows


def test_what_a_person_wants_to_do_is_nothing_that_the_tool_wants_to_do() -> None:
    asked = "What do you want to do?\n ❯ 1. {}\n   2. Upgrade your plan\n Esc to cancel"
    limited = find_dialog(parse(asked.format("Stop and wait for limit to reset")).rows, 0)
    other = find_dialog(parse(asked.format("Go back")).rows, 0)
    assert limited is not None
    assert limited.kind is BlockedOn.USAGE_LIMIT
    assert other is not None
    assert other.kind is BlockedOn.DIALOG


def test_choices_in_a_box_are_choices() -> None:
    box = "│ Allow execution of [Shell]?   │\n│ ● 1. Allow once  │\n│   2. No         │"
    dialog = find_dialog(parse(box).rows, 0)
    assert dialog is not None
    assert dialog.kind is BlockedOn.APPROVAL


@pytest.mark.parametrize("text", ["", "● an answer", "  1. first\n  2. second", "press the key"])
def test_other_text_is_no_dialog(text: str) -> None:
    assert find_dialog(parse(text).rows, 0) is None


def test_a_row_that_tells_of_work_is_no_question_where_half_a_screen_is_drawn() -> None:
    assert (
        find_dialog(parse("  an answer\n\n  ⠋ Musing... (2s · esc to cancel)\n────").rows, 0)
        is None
    )


def test_an_answer_with_another_mark_is_no_choice() -> None:
    """A tool's bullet blinks above the dialog; what the dialog rests on must not blink with it."""
    asked = "● Running a command\n\n Do you want to proceed?\n ❯ 1. Yes\n   2. No"
    dialog = find_dialog(parse(asked).rows, 0)
    assert dialog is not None
    assert dialog.evidence.rows == (3, 4)


def test_an_answered_dialog_above_does_not_name_the_one_below() -> None:
    """Some tools leave a dialog standing when they begin anew below it."""
    answered = "Do you trust this folder?\n● 1. Trust folder\n  2. Don't trust\n"
    banner = "Restarting...\n\nTips for getting started\n1. Be specific\n\n\n"
    asked = "How would you like to authenticate?\n  1. Sign in\n● 2. Use a key\n"
    dialog = find_dialog(parse(answered + banner + asked).rows, 0)
    assert dialog is not None
    assert dialog.kind is BlockedOn.LOGIN


@pytest.mark.parametrize(
    "text",
    ['the draft\n~\n~\n~\n~\n"/tmp/draft.md" 1L, 10B', "  GNU nano 7.2    draft.md\n\nthe draft"],
)
def test_an_editor_in_the_tools_place_holds_the_draft(text: str) -> None:
    editor = find_editor(parse(text).rows)
    assert editor is not None
    assert editor.kind is BlockedOn.DIALOG
    assert find_editor(parse("~ $ ls\n~\n").rows) is None
