"""Bytes become keys, however the terminal cuts them into reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.demo.keys import KeyKind, TypedKey, decode


def kinds(data: bytes) -> list[KeyKind]:
    return [key.kind for key in decode(data)[0]]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\r", KeyKind.ENTER),
        (b"\n", KeyKind.NEWLINE),
        (b"\x03", KeyKind.CTRL_C),
        (b"\x1b", KeyKind.ESCAPE),
        (b"\x1b[A", KeyKind.UP),
        (b"\x1bOB", KeyKind.DOWN),
        (b"\x1b[1;5C", KeyKind.RIGHT),
        (b"\x7f", KeyKind.BACKSPACE),
        (b"\x01", KeyKind.OTHER),
        (b"\x1b[15~", KeyKind.OTHER),
    ],
)
def test_single_keys(data: bytes, kind: KeyKind) -> None:
    assert kinds(data) == [kind]


def test_text_and_enter_in_one_read() -> None:
    assert decode(b"go\r") == ([TypedKey(KeyKind.TEXT, "go"), TypedKey(KeyKind.ENTER)], b"")


def test_paste_keeps_its_line_breaks() -> None:
    """Line breaks inside a paste are text, never Enter."""
    keys, rest = decode(b"\x1b[200~one\rtwo\x1b[201~\r")
    assert keys == [TypedKey(KeyKind.PASTE, "one\ntwo"), TypedKey(KeyKind.ENTER)]
    assert rest == b""


def test_unfinished_paste_waits() -> None:
    assert decode(b"\x1b[200~half") == ([], b"\x1b[200~half")


@given(text=st.text("aé漢🙂", min_size=1, max_size=8), cut=st.integers(0, 31))
def test_text_survives_any_cut(text: str, cut: int) -> None:
    """A character cut in two by a read arrives whole."""
    data = text.encode()
    first, rest = decode(data[:cut])
    second, left = decode(rest + data[cut:])
    assert "".join(key.text for key in first + second) == text
    assert left == b""


@given(st.binary(max_size=40))
def test_any_bytes_are_digested(data: bytes) -> None:
    """No input makes the decoder fail or lose its place."""
    keys, rest = decode(data)
    assert keys or rest == data
