"""The grammar of key sequences."""

import pytest

from houmao.errors import UsageError
from houmao.sessions.control.key_sequence import KEYS, KeyPress, LiteralText, parse_sequence


def test_text_and_keys_come_in_order() -> None:
    assert parse_sequence("/model<[Enter]>gpt<[Down]><[Enter]>") == (
        LiteralText("/model"),
        KeyPress("Enter"),
        LiteralText("gpt"),
        KeyPress("Down"),
        KeyPress("Enter"),
    )


@pytest.mark.parametrize("name", KEYS)
def test_every_key_is_known(name: str) -> None:
    assert parse_sequence(f"<[{name}]>") == (KeyPress(name),)


@pytest.mark.parametrize("text", ["<[two words]>", "<[ Enter ]>", "<[]>", "<Enter>", "a < b"])
def test_what_is_no_exact_token_is_text(text: str) -> None:
    assert parse_sequence(text) == (LiteralText(text),)


def test_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"<\[enter\]>.*Enter, Escape"):
        parse_sequence("x<[enter]>")


def test_keys_can_be_taken_as_text() -> None:
    assert parse_sequence("<[Enter]>", literally=True) == (LiteralText("<[Enter]>"),)


@pytest.mark.parametrize("literally", [True, False])
def test_an_empty_sequence_is_refused(literally: bool) -> None:
    with pytest.raises(UsageError, match="empty"):
        parse_sequence("", literally=literally)


def test_blanks_are_text_and_are_kept() -> None:
    assert parse_sequence("  ") == (LiteralText("  "),)
