"""Colours are told by what they are for, whatever theme and palette they come from."""

import pytest

from houmao.detect.colour import is_grey, is_warm, rgb, warns
from houmao.detect.screen import parse

TRUE = 0x1000000


@pytest.mark.parametrize(
    ("colour", "parts"),
    [(9, (255, 0, 0)), (16, (0, 0, 0)), (211, (255, 135, 175)), (246, (148, 148, 148))],
)
def test_palette_entries_are_looked_up(colour: int, parts: tuple[int, int, int]) -> None:
    assert rgb(colour) == parts


@pytest.mark.parametrize(
    "colour", [1, 3, 9, 11, 137, 203, 211, 220, TRUE | 0xFFC107, TRUE | 0xFF6B80]
)
def test_pink_to_yellow_warns(colour: int) -> None:
    assert is_warm(colour)


@pytest.mark.parametrize("colour", [None, 2, 4, 7, 15, 114, 153, 231, 246, TRUE | 0x999999])
def test_greys_blues_greens_and_the_terminals_own_colour_do_not(colour: int | None) -> None:
    assert not is_warm(colour)


@pytest.mark.parametrize("colour", [7, 8, 15, 231, 241, 246, TRUE | 0x888888])
def test_a_chosen_colour_without_hue_is_grey(colour: int) -> None:
    assert is_grey(colour)


def test_the_terminals_own_colour_is_no_grey() -> None:
    assert not is_grey(None)


def test_a_row_warns_when_all_of_it_does() -> None:
    whole, part = parse("● \x1b[31mAPI Error\x1b[39m\n● \x1b[31mred\x1b[39m and plain").rows
    assert warns(whole, 2)
    assert not warns(part, 2)
