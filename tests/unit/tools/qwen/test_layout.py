"""Where things are on Qwen Code's screen."""

import pytest

from houmao.detect.screen import parse
from houmao.tools.qwen.layout import texts

RULE = "─" * 24


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("  > a short prompt     │", "  > a short prompt"),
        ("  > as wide as the page│", "  > as wide as the page"),
        ("  > the thumb beside it█", "  > the thumb beside it"),
        ("  > nothing beside it", "  > nothing beside it"),
        ("  > a|b│c│", "  > a|b│c│"),
    ],
)
def test_the_scrollbar_is_no_part_of_what_is_said(line: str, text: str) -> None:
    rows = parse("\n".join((line, RULE, ">   Type", RULE))).rows
    assert texts(rows, [0]) == [text]
