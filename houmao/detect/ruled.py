"""An editor between two rules: a glyph at the margin, its text, and a rule above and below.

It knows no tool's glyphs and none of its colours.
"""

from houmao.detect.screen import Row

#: Columns before the text of an editor's further rows.
_MARGIN = 2


def ruled_editor(rows: tuple[Row, ...], glyphs: tuple[str, ...]) -> range | None:
    """The rows of text of the lowest editor that begins with one of the glyphs."""
    for number in range(len(rows) - 2, 0, -1):
        # The glyph's own blank may be the end of the row.
        begins = f"{rows[number].plain} ".startswith(glyphs)
        if begins and rows[number - 1].is_rule and (stop := _rule_below(rows, number)):
            return range(number, stop)
    return None


def editor_text(rows: tuple[Row, ...], place: range, glyph: int) -> str:
    """What the editor holds; its first row begins with a glyph of that many columns."""
    first, *more = (rows[number] for number in place)
    return "\n".join([first.plain[glyph:].strip(), *(row.stripped for row in more)]).strip()


def _rule_below(rows: tuple[Row, ...], first: int) -> int | None:
    for number in range(first + 1, len(rows)):
        if rows[number].is_rule:
            return number
        if rows[number].plain and rows[number].indent < _MARGIN:
            return None
    return None
