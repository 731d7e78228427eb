"""Values become lines that people and programs can read."""

import pytest

from houmao.cli.render.output import Word, age, ago, card, paint, plain, pretty, table
from houmao.clock import iso

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86399, "23h"),
        (864000, "10d"),
    ],
)
def test_age_is_told_in_its_largest_unit(seconds: int, text: str) -> None:
    """Ages are cut, never rounded up."""
    assert age(iso(NOW - seconds), NOW) == text


def test_a_clock_that_is_behind_gives_no_negative_age() -> None:
    """The server's clock may be ahead of ours."""
    assert age(iso(NOW + 5), NOW) == "0s"


def test_no_time_has_no_age() -> None:
    """A dash in tables, nothing in phrases."""
    assert (age(None, NOW), ago(None, NOW), ago(iso(NOW - 12), NOW)) == ("-", "", "12s ago")


def test_table_aligns_columns_whatever_the_colours() -> None:
    """Colours take no room."""
    lines = table(["NAME", "STATE"], [["a", Word("ready", "green")], ["longer", "x"]])
    assert lines == ["NAME    STATE", "a       " + paint(Word("ready", "green")), "longer  x"]


def test_table_without_rows_is_its_header() -> None:
    """Nothing to align is no error."""
    assert table(["A", "B"], []) == ["A  B"]


def test_card_leaves_out_what_is_not_known() -> None:
    """Labels are padded to the longest one shown."""
    assert card([("a", "1"), ("longlabel", ""), ("bb", "2")]) == ["a   1", "bb  2"]


def test_control_characters_never_reach_the_terminal() -> None:
    """Text from a screen cannot move the cursor or set the title."""
    assert plain("a\x1b]0;owned\x07b\x9b2Jc") == "a ]0;owned b 2Jc"
    assert "\x1b" not in table(["A"], [["\x1b[2J"]])[1]


def test_json_is_sorted_and_indented() -> None:
    """The same answer always gives the same text."""
    assert pretty({"b": "ü", "a": [1]}) == '{\n  "a": [\n    1\n  ],\n  "b": "ü"\n}'


def test_a_table_fits_its_terminal() -> None:
    """The widest column is cut, and it shows."""
    rows = [["alpha", "a very long state of this agent", "x"]]
    (_, line) = table(("NAME", "STATE", "S"), rows, 24)
    assert line == "alpha  a very long s…  x"
    assert table(("NAME", "STATE", "S"), rows)[1].endswith("agent  x")
