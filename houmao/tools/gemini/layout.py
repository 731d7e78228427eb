"""Where things are on Gemini CLI's screen: the composer, submitted prompts, the latest turn.

The composer is a padded field on a background of its own or, without backgrounds (`NO_COLOR`, or
so set), a row between two rules; above it come a row that names the mode and a rule. A prompt of
the past looks like the field, but holds no cursor; without backgrounds it stands at the margin.
What is drawn in which colour matters nowhere: a theme chooses that.
"""

import re

from houmao.detect.reading import Composer, Draft, Layout
from houmao.detect.screen import Row, Run

#: The composer's first row: its glyph, or the sign of a search that takes its place.
_FIELD = re.compile(r" (?:\([a-z]:\) |[>!*] )")
_SEARCH = re.compile(r" \([a-z]:\) ")
_PAST = re.compile(r" [>!*$] ")
_BARE_PAST = re.compile(r"> \S")
#: Edges of the field where half a row can be drawn.
_EDGE = re.compile(r"[▀▄]{8,}$")
#: Rows that may stand between the rule and the field: the mode, and what does not fit beside it;
#: on the alternate screen a list of suggestions, too.
_MAX_HEADROOM, _MAX_LIST = 5, 16


def find_layout(rows: tuple[Row, ...]) -> Layout:
    """Where the parts of a screen are; total, whatever the rows say."""
    field = next((at for at in range(len(rows) - 1, -1, -1) if _is_field(rows, at)), None)
    stop = len(rows) if field is None else _top(rows, field)
    composer = None if field is None else _composer(rows, field)
    # Where something is asked, there is no field.
    bare = not _on_field(rows[field], 1) if field is not None else _is_bare(rows)
    prompts = tuple(number for number in range(stop) if _is_prompt(rows, number, bare))
    start = _after_prompt(rows, prompts[-1]) if prompts else 0
    return Layout(composer, prompts, start, stop)


def is_search(row: Row) -> bool:
    """Whether a composer's first row says that what is typed goes into a search."""
    return _SEARCH.match(row.text) is not None


def is_edge(row: Row) -> bool:
    """Whether a row is nothing but the upper or lower edge of a field."""
    return _EDGE.match(row.plain) is not None


def below(rows: tuple[Row, ...], composer: Composer) -> range:
    """The rows below the composer's field."""
    first = composer.last + 1
    if first < len(rows) and (rows[first].is_rule or not rows[first].plain or is_edge(rows[first])):
        first += 1
    return range(first, len(rows))


def _is_field(rows: tuple[Row, ...], number: int) -> bool:
    row = rows[number]
    if not _FIELD.match(row.text + " "):
        return False
    if _on_field(row, 1):
        held = any(_cursor(rows[it]) for it in range(number, _end(rows, number) + 1))
        return held or _rule_above(rows, number, _MAX_HEADROOM) is not None
    return number > 0 and rows[number - 1].is_rule and _bare_end(rows, number) is not None


def _on_field(row: Row, column: int) -> bool:
    return row.style_at(column).background is not None


def _is_bare(rows: tuple[Row, ...]) -> bool:
    return all(run.style.background is None for row in rows for run in row.runs)


def _cursor(row: Row) -> bool:
    return any(run.style.inverse for run in row.runs)


def _end(rows: tuple[Row, ...], first: int) -> int:
    """The last row of text in the field that begins with `first`."""
    if not _on_field(rows[first], 1):
        return _bare_end(rows, first) or first
    last = first
    while last + 1 < len(rows) and rows[last + 1].plain.startswith("   "):
        if not _on_field(rows[last + 1], 3):
            break
        last += 1
    return last


def _bare_end(rows: tuple[Row, ...], first: int) -> int | None:
    """The last row above the rule that ends a field without a background, None without one."""
    for number in range(first + 1, len(rows)):
        if rows[number].is_rule:
            return number - 1
        if rows[number].plain and not rows[number].plain.startswith("   "):
            return None
    return None


def _top(rows: tuple[Row, ...], field: int) -> int:
    """The first row that belongs to the composer rather than to the conversation."""
    over = rows[field - 1] if field else None
    edge = field - 1 if over and (over.is_rule or is_edge(over) or not over.plain) else field
    rule = _rule_above(rows, edge, _MAX_LIST)
    return edge if rule is None else rule


def _rule_above(rows: tuple[Row, ...], number: int, within: int) -> int | None:
    for above in range(number - 1, max(number - 1 - within, -1), -1):
        if rows[above].is_rule:
            return above
    return None


def _is_prompt(rows: tuple[Row, ...], number: int, bare: bool) -> bool:
    row = rows[number]
    if not bare:
        return _on_field(row, 1) and _PAST.match(row.text + " ") is not None
    # What a tool prints stands in a box, what the model says further to the right.
    return _BARE_PAST.match(row.text) is not None and (number == 0 or not rows[number - 1].plain)


def _after_prompt(rows: tuple[Row, ...], prompt: int) -> int:
    number = prompt + 1
    if _on_field(rows[prompt], 1):
        while number < len(rows) and _on_field(rows[number], rows[number].indent):
            number += 1
    else:
        while number < len(rows) and rows[number].plain.startswith("  "):
            number += 1
    return number


def _composer(rows: tuple[Row, ...], first: int) -> Composer:
    last = _end(rows, first)
    found = _FIELD.match(rows[first].text + " ")
    glyph, more = found.end() if found else 0, rows[first + 1 : last + 1]
    runs = [*rows[first].after(glyph), *(run for row in more for run in row.runs)]
    lines = [rows[first].plain[glyph:].strip(), *(row.stripped for row in more)]
    text = "\n".join(lines).strip()
    bare = not _on_field(rows[first], 1)
    return Composer(first, last, _held(runs, bare), text, rows[first].text[1] == "!")


def _held(runs: list[Run], bare: bool) -> Draft:
    """What the field holds, by the cursor alone: a placeholder begins below it, with a blank.

    A draft puts the cursor behind what was typed, or on a letter of it. Without a cursor keys go
    elsewhere, and nothing tells the two apart.
    """
    if not "".join(run.text for run in runs).strip():
        return Draft.EMPTY
    if not any(run.style.inverse for run in runs):
        # At the end of a row without a background the capture leaves the cursor out.
        return Draft.TYPED if bare else Draft.UNKNOWN
    first = next(run for run in runs if run.text)
    return Draft.PLACEHOLDER if first.style.inverse and first.text == " " else Draft.TYPED
