"""Where the parts of Codex's screen are, and what its composer holds.

The composer is the lowest prompt glyph that is neither a prompt of the past (dim glyph or own
background) nor a row of a list. This file places things; what they mean is `screen`'s business.
"""

import re
from dataclasses import dataclass

from houmao.detect.reading import Composer, Draft, Ink, Layout, classify, last_row
from houmao.detect.screen import PLAIN, Row, Style
from houmao.detect.signals import GrowthRule
from houmao.tools.parts.signs import Signs

PROMPT = "›"
BULLETS = ("• ", "◦ ")
#: How rows of the conversation begin that are no text.
CELLS = (*BULLETS, "■ ", "⚠ ", "✗ ", "✔ ")
_ANSWER_INDENT = 2
_CHOICE = re.compile(r"\s*(?:› ?)?\d+\. \S")
#: Drawn at the right of a composer whose first lines have scrolled off.
_SCROLLED = "↑"
_ASKING = re.compile(
    r"[Pp]ress enter to|enter to submit|esc to cancel|needs your approval\."
    r"|Would you like to (?:run|grant|make)|Install on ChatGPT|(?:Question|Field) \d+/\d+"
)


@dataclass(frozen=True, slots=True)
class CodexProfile:
    """What differs between versions of Codex."""

    version: str
    growth: GrowthRule
    #: Plain text in the composer is surely a draft.
    trusts_drafts: bool = True
    #: Rows about collaborating agents speak of the running turn.
    collaboration: bool = False
    #: A finished turn ends with a row that says how long it took, and the prompt of a turn that is
    #: longer than the screen stays in its top row.
    closes_turns: bool = False
    #: Nobody has checked how a finished turn looks.
    unseen: bool = False
    #: The composer takes text, and loses it, while the banner still says that the model is loading.
    loads: bool = False
    #: The composer appears before the session; then the footer does not name the model yet.
    starts_early: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodexLayout(Layout):
    """The layout of a Codex screen."""

    coloured: bool
    #: How the version's signs look.
    signs: Signs
    #: The row between conversation and composer that tells of background terminals.
    background: int | None = None

    def shows(self, name: str, text: str) -> bool:
        """Whether a text shows a sign."""
        return self.signs.find(name, text) is not None


def find_layout(rows: tuple[Row, ...], profile: CodexProfile, signs: Signs) -> CodexLayout:
    """Where the parts of a screen are; total, whatever the rows say."""
    coloured = any(row.is_coloured for row in rows)
    glyph = _composer_row(rows, coloured)
    stop, background = (
        (len(rows), None) if glyph is None else _below_conversation(rows, glyph, signs)
    )
    prompts = tuple(
        number
        for number in range(stop)
        if rows[number].text.startswith(PROMPT)
        and rows[number].plain[1:].strip()
        and not rows[number].style_at(0).inverse
        and not _is_choice(rows, number, coloured)
    )
    if not prompts and profile.closes_turns and _has_heading(rows[:stop], signs):
        prompts = (0,)
    start = _after_prompt(rows, prompts[-1], stop) if prompts else 0
    composer = None if glyph is None else _composer(rows, glyph, profile, coloured)
    return CodexLayout(composer, prompts, start, stop, coloured, signs, background)


def _below_conversation(rows: tuple[Row, ...], glyph: int, signs: Signs) -> tuple[int, int | None]:
    """First row below the conversation: notices stand above the composer and are none of it."""
    stop, background = glyph, None
    while (number := last_row(rows, 0, stop)) is not None:
        if signs.find("background_row", rows[number].plain):
            background = number
        elif not _is_notice(rows[number], signs):
            break
        stop = number
    return stop, background


def _is_notice(row: Row, signs: Signs) -> bool:
    """Whether a row tells of a limit that is near: set to the right, unlike a warning cell."""
    return row.indent > 0 and signs.find("limit_notice", row.stripped) is not None


def _composer_row(rows: tuple[Row, ...], coloured: bool) -> int | None:
    for number in range(len(rows) - 1, -1, -1):
        text = rows[number].text
        if rows[number].stripped == PROMPT:
            return number
        if text[:1] == "!" and rows[number].style_at(0).bold:
            return number
        if text[:1] != PROMPT:
            continue
        if _is_choice(rows, number, coloured):
            return None
        if not is_past(rows[number]) and not rows[number].style_at(0).inverse:
            return number
    return None


def _has_heading(rows: tuple[Row, ...], signs: Signs) -> bool:
    """Whether the top row repeats, without its glyph, the prompt of the answer that fills a screen.

    Only some versions do; an answer has no text at the margin, but a warning at the start may.
    """
    if not rows or not _is_margin_text(rows[0]):
        return False
    if any(signs.find("banner_row", row.plain) for row in rows):
        return False
    following = next((row for row in rows[1:] if row.plain), None)
    goes_on = following is not None and following.indent == _ANSWER_INDENT
    return goes_on or any(row.text.startswith(BULLETS) for row in rows[1:2])


def _is_margin_text(row: Row) -> bool:
    plain = all(run.style == PLAIN for run in row.runs)
    return plain and bool(row.plain) and not row.indent and not row.plain.startswith(CELLS)


def is_past(row: Row) -> bool:
    """Whether a prompt row is drawn as one that was sent."""
    style = row.style_at(0)
    # On a light screen the composer has a background, too, but its glyph is not dim.
    return (style.background is not None and not style.bold) or (style.bold and style.dim)


def _is_choice(rows: tuple[Row, ...], number: int, coloured: bool) -> bool:
    """Whether a row is the selected one of a numbered list, not a draft that looks like one.

    Codex draws the selected choice in bold, inverse or colour, a draft never; without colours some
    versions draw neither, though other texts are faint.
    """
    if not _CHOICE.match(rows[number].plain) or is_past(rows[number]):
        return False
    plain = rows[number].style_at(2) == PLAIN
    if coloured and (not plain or _has_colours(rows)):
        return not plain
    asking = any(_ASKING.search(row.plain) for row in rows[max(number - 12, 0) : number + 12])
    if asking or coloured:
        return asking
    near = [*range(max(number - 3, 0), number), *range(number + 1, min(number + 4, len(rows)))]
    return any(rows[other].indent >= 1 and _CHOICE.match(rows[other].plain) for other in near)


def _has_colours(rows: tuple[Row, ...]) -> bool:
    return any(run.style.foreground is not None for row in rows for run in row.runs)


def _after_prompt(rows: tuple[Row, ...], prompt: int, stop: int) -> int:
    """First row below a submitted prompt; its wrapped rows are indented and drawn like it."""
    background = rows[prompt].style_at(0).background
    number = prompt + 1
    while (
        number < stop
        and rows[number].plain
        and rows[number].indent >= 2
        and rows[number].style_at(rows[number].indent).background == background
    ):
        number += 1
    return number


def _composer(rows: tuple[Row, ...], glyph: int, profile: CodexProfile, coloured: bool) -> Composer:
    last = glyph
    # Plain captures may lack the blank row between an empty composer and its footer.
    wraps = coloured or rows[glyph].stripped != PROMPT
    while wraps and last + 1 < len(rows) and rows[last + 1].plain and rows[last + 1].indent >= 2:
        last += 1
    runs = [*rows[glyph].after(rows[glyph].indent + 1)]
    for row in rows[glyph + 1 : last + 1]:
        runs.extend(row.runs)
    kind = classify(runs, _ink)
    if kind is Draft.TYPED and not profile.trusts_drafts:
        kind = Draft.UNKNOWN
    first = _unscrolled(rows[glyph]).strip()[1:].strip()
    lines = [first, *(r.stripped for r in rows[glyph + 1 : last + 1])]
    return Composer(glyph, last, kind, "\n".join(lines).strip(), rows[glyph].stripped[:1] == "!")


def _unscrolled(row: Row) -> str:
    """The composer's first row without what says that others have scrolled off."""
    text = row.plain
    drawn = text.endswith(_SCROLLED) and row.style_at(len(text) - 1).dim
    return text.removesuffix(_SCROLLED) if drawn else text


def _ink(style: Style) -> Ink:
    if style.dim:
        return Ink.FAINT
    return Ink.PLAIN if style._replace(background=None) == PLAIN else Ink.ODD


def is_starting(
    rows: tuple[Row, ...], layout: CodexLayout, composer: Composer, profile: CodexProfile
) -> bool:
    """Whether the composer shows before anything listens: it has not been told its model yet."""
    loading = any(layout.shows("loading_banner", row.plain) for row in rows[: composer.first])
    if not profile.starts_early:
        return profile.loads and loading
    below = [row.stripped for row in rows[composer.last + 1 :] if row.plain]
    return loading or (bool(below) and not any(" · " in text for text in below))
