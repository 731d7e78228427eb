"""Where the parts of Claude Code's screen are, and what its composer holds.

The composer is the prompt glyph between two rules; a prompt glyph on a background is a prompt of
the past. This file places things; what they mean is `screen`'s business.
"""

import re
from dataclasses import dataclass

from houmao.detect.colour import is_grey
from houmao.detect.reading import Composer, Draft, Ink, Layout, classify
from houmao.detect.screen import Row, Run, Style
from houmao.detect.signals import Tristate
from houmao.tools.parts.signs import Signs

PROMPT = "❯"
#: A row above the composer that is no part of the conversation, and notices at the right edge.
_EFFORT = re.compile(r"\s*\S \w+ · /eff(?:ort|\w*…)")
_NOTICE_INDENT, _NOTICE_MARGIN = 8, 3
#: The composer's upper rule may bear the session's name, or say how much is scrolled off.
_TITLED_RULE = re.compile(r"─{3,} \S.* ─+")
_SCROLLED = re.compile(r"─{3,} ↑ \d+ more ─+")
#: A row of a list of numbered choices; the selected one bears the prompt glyph.
_CHOICE = re.compile(r"❯?\s*\d+\. \S")


@dataclass(frozen=True, slots=True)
class ClaudeProfile:
    """What differs between versions of Claude Code."""

    version: str
    #: Answer to "is it ready" while the footer offers an interrupt.
    active_posture: Tristate = Tristate.NO
    #: Plain text in the composer is surely a draft.
    trusts_drafts: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaudeLayout(Layout):
    """The layout of a Claude Code screen."""

    #: The composer stands between two rules.
    framed: bool
    #: First row below the composer.
    footer: int
    coloured: bool
    #: How the version's signs look.
    signs: Signs

    def shows(self, name: str, text: str) -> bool:
        """Whether a text shows a sign."""
        return self.signs.find(name, text) is not None


def find_layout(rows: tuple[Row, ...], profile: ClaudeProfile, signs: Signs) -> ClaudeLayout:
    """Where the parts of a screen are; total, whatever the rows say."""
    coloured = any(row.is_coloured for row in rows)
    glyph = _composer_row(rows)
    if glyph is None:
        glyph = _scrolled_composer(rows)
    if glyph is None:
        prompts = tuple(it for it in _prompts(rows, len(rows), signs) if not _is_choice(rows, it))
        start = _after_prompt(rows, prompts[-1]) if prompts else 0
        return ClaudeLayout(None, prompts, start, len(rows), False, len(rows), coloured, signs)
    top = glyph - 1 if glyph and _is_frame(rows[glyph - 1]) else glyph
    stop = top - 1 if top < glyph and top and _is_notice(rows[top - 1], rows[top]) else top
    bottom = _bottom_rule(rows, glyph)
    last = glyph if bottom is None else bottom - 1
    framed = top < glyph and bottom is not None
    prompts = _prompts(rows, stop, signs)
    start = _after_prompt(rows, prompts[-1]) if prompts else 0
    composer = _composer(rows, range(glyph, last + 1), profile, coloured, signs)
    footer = last + 1 if bottom is None else bottom + 1
    return ClaudeLayout(composer, prompts, start, stop, framed, footer, coloured, signs)


def _is_notice(row: Row, rule: Row) -> bool:
    """Whether the row above the composer's rule is the tool's own: effort, a hint at the right."""
    at_the_edge = len(row.plain) >= len(rule.plain) - _NOTICE_MARGIN
    hint = at_the_edge and row.indent >= _NOTICE_INDENT
    coloured = row.style_at(row.indent).foreground is not None
    return _EFFORT.fullmatch(row.plain) is not None or (hint and coloured)


def _composer_row(rows: tuple[Row, ...]) -> int | None:
    loose: int | None = None
    for number in range(len(rows) - 1, -1, -1):
        text = rows[number].text
        if text[:1] not in (PROMPT, "!"):
            continue
        framed = _is_framed(rows, number)
        if framed or (text[0] == PROMPT and text[1:2] == "\xa0"):
            return number
        if text[0] == PROMPT and loose is None and not _on_background(rows[number]):
            loose = number
    return None if loose is not None and _is_choice(rows, loose) else loose


def _is_frame(row: Row) -> bool:
    return row.is_rule or _TITLED_RULE.fullmatch(row.plain) is not None


def _is_framed(rows: tuple[Row, ...], number: int) -> bool:
    return bool(number) and _is_frame(rows[number - 1]) and _bottom_rule(rows, number) is not None


def _is_choice(rows: tuple[Row, ...], number: int) -> bool:
    """Whether the row is one of several numbered choices, which the prompt glyph selects."""
    if _on_background(rows[number]):
        return False
    near = rows[max(number - 1, 0) : number] + rows[number + 1 : number + 2]
    return _CHOICE.match(rows[number].plain) is not None and any(
        _CHOICE.match(row.stripped) for row in near
    )


def _scrolled_composer(rows: tuple[Row, ...]) -> int | None:
    """First row of a composer whose own first row, with the glyph, is scrolled off."""
    for number in range(len(rows) - 2, -1, -1):
        if _SCROLLED.fullmatch(rows[number].plain):
            return number + 1
    return None


def _bottom_rule(rows: tuple[Row, ...], glyph: int) -> int | None:
    for number in range(glyph + 1, len(rows)):
        if _is_frame(rows[number]):
            return number
        if rows[number].plain and rows[number].indent < 2:
            return None
    return None


def _on_background(row: Row) -> bool:
    return row.style_at(0).background is not None


def _prompts(rows: tuple[Row, ...], stop: int, signs: Signs) -> tuple[int, ...]:
    """Rows where a submitted prompt starts, queued ones left out."""
    return tuple(
        number
        for number in range(stop)
        if _is_prompt(rows[number])
        and not (number + 1 < stop and signs.find("queued_row", rows[number + 1].plain))
    )


def _is_prompt(row: Row) -> bool:
    shell = row.text.startswith("! ") and _on_background(row)
    return (shell or row.text.startswith(PROMPT)) and bool(row.plain[1:].strip())


def _after_prompt(rows: tuple[Row, ...], prompt: int) -> int:
    """First row below a submitted prompt; its wrapped rows share its background."""
    background = rows[prompt].style_at(0).background
    number = prompt + 1
    while (
        background is not None
        and number < len(rows)
        and rows[number].plain
        and not rows[number].text.startswith(PROMPT)
        and rows[number].style_at(rows[number].indent).background == background
    ):
        number += 1
    return number


def _composer(
    rows: tuple[Row, ...], place: range, profile: ClaudeProfile, coloured: bool, signs: Signs
) -> Composer:
    glyph, last = place[0], place[-1]
    runs = [*rows[glyph].after(1)]
    for row in rows[glyph + 1 : last + 1]:
        runs.extend(row.runs)
    kind = classify(runs, _ink)
    lines = [rows[glyph].plain[1:].strip(), *(r.stripped for r in rows[glyph + 1 : last + 1])]
    text = "\n".join(lines).strip()
    if kind is Draft.TYPED and not coloured and signs.find("placeholder", text):
        kind = Draft.PLACEHOLDER
    if not profile.trusts_drafts and (
        kind is Draft.TYPED or (kind is Draft.PLACEHOLDER and not _any_dim(runs))
    ):
        kind = Draft.UNKNOWN
    return Composer(glyph, last, kind, text, shell=rows[glyph].text[:1] == "!")


def _any_dim(runs: list[Run]) -> bool:
    return any(run.style.dim and run.text.strip() for run in runs)


def _ink(style: Style) -> Ink:
    if style.inverse:
        return Ink.CURSOR
    if style.other or style.bold:
        return Ink.ODD
    if style.dim or is_grey(style.foreground):
        return Ink.FAINT
    return Ink.PLAIN


def region(layout: ClaudeLayout) -> range:
    """Rows of the latest turn, its prompt left out."""
    return range(layout.start, layout.stop)


def last_shown(rows: tuple[Row, ...], layout: ClaudeLayout, name: str) -> int | None:
    """The lowest row of the turn that the tool drew itself and that shows the sign."""
    for number in reversed(region(layout)):
        if layout.shows(name, rows[number].plain) and is_chrome(rows[number], layout):
            return number
    return None


def is_own_note(row: Row, layout: ClaudeLayout) -> bool:
    """What Claude Code itself says of a limit is grey from its bullet to its end."""
    if not layout.shows("own_note", row.plain):
        return False
    return not layout.coloured or all(
        is_grey(run.style.foreground) for run in row.runs if run.text.strip()
    )


def is_chrome(row: Row, layout: ClaudeLayout) -> bool:
    """Drawn by the tool rather than said by the model: chrome is coloured where colours are on."""
    return not layout.coloured or row.style_at(row.indent).foreground is not None
