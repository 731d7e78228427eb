"""A variables file gives exactly the allowed pairs, and its values are in no error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.agents.variables import kept_variables
from houmao.errors import DefinitionError


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=a", "a"),
        ("export KEY=a", "a"),
        ("  KEY = a b ", "a b"),
        ("KEY='a b'", "a b"),
        ('KEY="a"', "a"),
        ("KEY='a\"", "'a\""),
        ("KEY=a=b", "a=b"),
        ("KEY=", ""),
        ("KEY=''", ""),
        ("KEY='", "'"),
        ("KEY=a # b", "a # b"),
        ("KEY=a\nKEY=b", "b"),
        ("# KEY=a", None),
        ("KEY", None),
        ("OTHER=a", None),
        ("", None),
    ],
)
def test_lines(line: str, value: str | None) -> None:
    expected = {} if value is None else {"KEY": value}
    assert kept_variables(f"\n{line}\n", ["KEY"], "vars.env") == expected


def test_a_nul_is_refused_without_telling_the_value() -> None:
    with pytest.raises(DefinitionError) as caught:
        kept_variables("KEY=se\0cret", ["KEY"], "vars.env")
    assert caught.value.message == "vars.env, line 1: KEY: found a NUL, expected text"


@given(st.text(st.characters(exclude_characters="\0")))
def test_any_text_is_read(text: str) -> None:
    """Whatever else the file holds, only allowed names come out of it."""
    assert set(kept_variables(f"{text}\nA=1", ["A"], "vars.env")) == {"A"}


def test_only_a_line_feed_ends_a_line() -> None:
    assert kept_variables("KEY=a\u2028b\r\nX=1", ["KEY"], "vars.env") == {"KEY": "a\u2028b"}
