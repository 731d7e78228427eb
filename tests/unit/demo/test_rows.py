"""Rows fit the terminal, and a redraw touches what changed and nothing else."""

from dataclasses import replace

from houmao.demo.rows import (
    BLANK,
    Cursor,
    PaintedScreen,
    Size,
    Span,
    as_text,
    cells,
    clipped,
    folded,
    redraw,
    row,
    row_cells,
    spread,
    window,
    wrapped,
)
from tests.unit.demo.terminal import Terminal

SIZE = Size(10, 3)


def screen(*texts: str, scrolled: int = 0) -> PaintedScreen:
    return PaintedScreen(tuple(row(text) for text in texts), Cursor(0, 0, False), scrolled=scrolled)


def test_first_paint_fills_a_dirty_terminal() -> None:
    """Whatever stood on the terminal before is gone after the first paint."""
    terminal = Terminal(10, 3)
    terminal.feed("\x1b[2;1Hrubbish")
    terminal.feed(redraw(None, screen("one", "", "three"), SIZE))
    assert terminal.text == ["one", "", "three"]


def test_redraw_writes_changed_rows_only() -> None:
    """An unchanged row is not sent again, so that a spinner costs a few bytes."""
    text = redraw(screen("same", "old", ""), screen("same", "new", ""), SIZE)
    assert "same" not in text
    assert "new" in text


def test_equal_screens_need_no_byte() -> None:
    assert redraw(screen("a", "b", "c"), screen("a", "b", "c"), SIZE) == ""


def test_title_is_set_when_it_changes() -> None:
    terminal = Terminal(10, 3)
    first = replace(screen("", "", ""), title="one")
    terminal.feed(redraw(None, first, SIZE))
    terminal.feed(redraw(first, replace(first, title="two"), SIZE))
    assert terminal.title == "two"
    assert "two" not in redraw(first, replace(first, alternate=True), SIZE)


def test_full_row_keeps_its_last_cell() -> None:
    """Erasing to the end of a full row would take its last character away."""
    terminal = Terminal(10, 3)
    terminal.feed(redraw(None, screen("0123456789", "", ""), SIZE))
    assert terminal.text[0] == "0123456789"


def test_shorter_row_leaves_no_rest_of_the_old_one() -> None:
    terminal = Terminal(10, 3)
    first = screen("long text", "", "")
    terminal.feed(redraw(None, first, SIZE))
    terminal.feed(redraw(first, screen("s", "", ""), SIZE))
    assert terminal.text[0] == "s"


def test_growth_scrolls_rows_into_the_scrollback() -> None:
    """A main screen grows as real ones do: what leaves at the top can be scrolled back to."""
    terminal = Terminal(10, 3)
    first, second = screen("a", "b", "c"), screen("c", "d", "e", scrolled=2)
    terminal.feed(redraw(None, first, SIZE))
    terminal.feed(redraw(first, second, SIZE))
    assert terminal.scrollback == ["a", "b"]
    assert terminal.text == ["c", "d", "e"]


def test_growth_by_more_than_the_screen() -> None:
    terminal = Terminal(10, 3)
    first, second = screen("a", "b", "c"), screen("x", "y", "z", scrolled=9)
    terminal.feed(redraw(None, first, SIZE))
    terminal.feed(redraw(first, second, SIZE))
    assert terminal.text == ["x", "y", "z"]


def test_window_shows_the_end_and_never_takes_rows_back() -> None:
    """After a document shrinks, blank rows stay below it."""
    document = [row(str(number)) for number in range(5)]
    shown, top = window(document, SIZE, 0)
    assert (shown, top) == (tuple(document[2:]), 2)
    assert window(document[:4], SIZE, top) == ((*document[2:4], BLANK), 2)


def test_clipping_counts_wide_characters_twice() -> None:
    line = row("ab", Span("漢字x", "1"))
    assert "".join(span.text for span in clipped(line, 5)) == "ab漢"
    assert cells("漢字x") == 5
    assert cells("e\u0301") == 1


def test_styles_are_closed_on_their_row() -> None:
    assert as_text(row("a", Span("b", "1")), 10) == "a\x1b[1mb\x1b[0m"


def test_spread_drops_the_right_part_when_there_is_no_room() -> None:
    assert row_cells(spread(row("left"), row("right"), 12)) == 12
    assert spread(row("left"), row("right"), 9) == row("left")


def test_folded_text_is_never_empty() -> None:
    """An editor has a row even when nothing is typed."""
    assert folded("", 4) == [""]
    assert folded("abcdef\n", 4) == ["abcd", "ef", ""]
    assert folded("a漢字", 4) == ["a漢", "字"]
    assert wrapped("", 4) == [""]
