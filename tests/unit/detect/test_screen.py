"""A capture becomes rows of styled text; escape sequences never show in the text."""

from houmao.detect.screen import MAX_COLUMNS, PLAIN, Style, parse


def test_styles_are_read_and_kept_over_line_ends() -> None:
    screen = parse("\x1b[1;2m› \x1b[0mhello\n\x1b[38;5;231m\x1b[48;5;237mone\ntwo\x1b[49m three")
    first, second, third = screen.rows
    assert first.text == "› hello"
    assert first.style_at(0) == Style(bold=True, dim=True)
    assert first.style_at(2) == PLAIN
    assert second.style_at(0) == Style(foreground=231, background=237)
    assert third.style_at(0) == Style(foreground=231, background=237)
    assert third.style_at(4) == Style(foreground=231)


def test_colours_of_every_notation_are_understood() -> None:
    def style(codes: str) -> Style:
        return parse(f"\x1b[{codes}mx").rows[0].style_at(0)

    assert style("31") == Style(foreground=1)
    assert style("97") == Style(foreground=15)
    assert style("44") == Style(background=4)
    assert style("38;2;1;2;3") == Style(foreground=0x1010203)
    assert style("38:5:9") == Style(foreground=9)
    assert style("1;38;5;9;7") == Style(bold=True, inverse=True, foreground=9)
    assert style("1;22") == PLAIN
    assert style("4;24") == PLAIN
    assert style("38;5") == PLAIN


def test_hyperlinks_titles_and_other_sequences_leave_no_trace() -> None:
    raw = "\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\ \x1b]0;title\x07a\x1b[2K\x1b(Bb\x1b[?25lc\x0e"
    assert parse(raw).rows[0].text == "link abc"


def test_an_unclosed_sequence_does_not_swallow_the_next_row() -> None:
    assert [row.text for row in parse("a\x1b]8;;never closed\nb\x1b[").rows] == ["a", "b["]


def test_no_break_spaces_are_spaces_in_plain_text_only() -> None:
    row = parse("❯\xa0draft").rows[0]
    assert (row.text, row.plain) == ("❯\xa0draft", "❯ draft")


def test_only_a_line_of_rule_characters_is_a_rule() -> None:
    rows = parse("────────\n  ────────  \n───────\n──────── x\n────────").rows
    assert [row.is_rule for row in rows] == [True, True, False, False, True]


def test_blank_rows_at_the_bottom_are_dropped_and_those_above_kept() -> None:
    assert [row.plain for row in parse("a\n\nb\n\n  \n").rows] == ["a", "", "b"]
    assert parse("").rows == ()


def test_a_row_is_cut_where_no_terminal_goes() -> None:
    assert len(parse("x" * (MAX_COLUMNS + 5)).rows[0].text) == MAX_COLUMNS


def test_the_runs_after_a_column_start_in_the_middle_of_a_run() -> None:
    row = parse("❯ ab\x1b[2mcd").rows[0]
    assert [(run.text, run.style.dim) for run in row.after(3)] == [("b", False), ("cd", True)]
