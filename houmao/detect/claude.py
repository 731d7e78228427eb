"""Reads Claude Code's screen: composer, spinner, status rows, dialogs and menus.

The composer is the prompt glyph between two rules; a prompt glyph on a background is a prompt of
the past. Signs count only where Claude Code draws them (column, colour, place), so an answer that
quotes one means nothing. What differs between versions is data in `ClaudeProfile`.
"""

import re
from dataclasses import dataclass

from houmao.detect.dialogs import Dialog, find_dialog
from houmao.detect.reading import (
    Composer,
    Draft,
    End,
    Ink,
    Reading,
    classify,
    continues_answer,
    signals,
    squeeze,
    title_evidence,
    turn_view,
)
from houmao.detect.screen import Row, Run, Screen, Style, parse
from houmao.detect.shell import shell_row
from houmao.detect.signals import (
    BlockedOn,
    Evidence,
    Frame,
    GrowthRule,
    Signals,
    Tristate,
    TurnView,
)

PROMPT = "❯"
_SPINNER = re.compile(r"[✢✻✽✶·*] \S.*(?:…(?: \(.*)?$|[Rr]etrying in \d)|[✢✻✽✶·*] \S[^…]*…$")
_FINISHED = re.compile(r"[✢✻✽✶·*] \S.* for (?:\d+[hms] ?)+(?: · .*)?$|─+ Worked for \d+[hms].*")
_MARKER = re.compile(r"Worked for \d+[smh]")
_STATUS = re.compile(r"\s{0,4}⎿\s")
_INTERRUPTED = re.compile(r"Interrupted · What should Claude do instead\?$")
_API_ERROR = re.compile(r"API Error\b")
_INTERRUPTABLE = re.compile(r"esc to(?: ?…| i|\s*$)")
_WORKING_TITLE = re.compile(r"[\u2801-\u28ff◐◓◑◒] ")
_QUEUED_CELL = re.compile(r"\s*⎿\s+Queued\b")
#: A row above the composer that is no part of the conversation.
_EFFORT = re.compile(r"\s*\S \w+ · /effort")
_INTERVENING = re.compile(r"[●⎿✢✻✽✶·*]|(?:Bash|Read|Write|Edit|Task)\(")
#: Palette entries in which Claude Code draws errors and warnings.
_ALARM = frozenset({1, 3, 9, 11, 196, 203, 211, 214, 220})
_GHOST_FOREGROUND, _GHOST_BACKGROUND = 231, 237


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
class ClaudeDetector:
    """Detector of one family of Claude Code versions."""

    profile: ClaudeProfile
    name: str = "claude_code"

    @property
    def version(self) -> str:
        return self.profile.version

    @property
    def growth(self) -> GrowthRule | None:
        return None

    def detect(self, frame: Frame) -> Signals:
        """What `frame` shows."""
        screen = parse(frame.raw)
        reading = _read(screen, self.profile, title_evidence(frame.title, _WORKING_TITLE))
        return signals(reading, screen, self.name, self.version)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the parts of the screen are: row numbers, `stop` exclusive."""

    composer: Composer | None
    #: The composer stands between two rules.
    framed: bool
    #: First row of the latest turn and first row after it.
    start: int
    stop: int
    #: First row below the composer.
    footer: int
    prompts: tuple[int, ...]
    coloured: bool


def _read(
    screen: Screen, profile: ClaudeProfile, titled: tuple[Evidence, ...] = ()
) -> Reading:
    rows = screen.rows
    layout = _layout(rows, profile)
    dialog = _dialog(rows, layout)
    if dialog is not None and (layout.composer is None or not layout.framed):
        return Reading(
            blocked_on=dialog.kind,
            turn=_turn(rows, layout, answered=False, finished=False),
            evidence=(dialog.evidence,),
        )
    if layout.composer is None:
        return Reading(shell_screen=shell_row(rows, 0) is not None, notes=profile.notes)
    if (gone := shell_row(rows, layout.footer)) is not None:
        return Reading(shell_screen=True, evidence=(Evidence("shell_below", (gone,)),))
    return _composed(rows, layout, profile, titled)


def _composed(
    rows: tuple[Row, ...],
    layout: _Layout,
    profile: ClaudeProfile,
    titled: tuple[Evidence, ...],
) -> Reading:
    composer = layout.composer
    assert composer is not None
    finished = _last(rows, layout, _FINISHED)
    status = _status_row(rows, layout)
    end, end_evidence = _end(rows, layout, status)
    interruptable = _interruptable(rows, layout)
    activity = _activity(rows, layout, finished, interruptable) + titled
    answered = _answered(rows, layout)
    menu = _menu(rows, layout)
    blocked = menu[0] if menu else (BlockedOn.SHELL_MODE if composer.shell else None)
    if activity and blocked is BlockedOn.MENU:
        blocked = None
    return Reading(
        composer=composer,
        blocked_on=blocked,
        activity=activity,
        active_posture=profile.active_posture if interruptable else Tristate.NO,
        pending=_pending(rows, layout),
        end=None if titled else end,
        concluded=answered or finished is not None,
        draft_may_conclude=True,
        turn=_turn(rows, layout, answered=answered, finished=finished is not None),
        marker=_marker(rows, finished),
        status=rows[status].stripped if status is not None else None,
        evidence=end_evidence + ((menu[1],) if menu else ()),
        notes=(*profile.notes, f"prompt_kind={composer.kind.value}"),
    )


# --- where things are ---------------------------------------------------------------------


def _layout(rows: tuple[Row, ...], profile: ClaudeProfile) -> _Layout:
    coloured = any(row.is_coloured for row in rows)
    glyph = _composer_row(rows)
    if glyph is None:
        prompts = _prompts(rows, len(rows))
        start = _after_prompt(rows, prompts[-1]) if prompts else 0
        return _Layout(None, False, start, len(rows), len(rows), prompts, coloured)
    top = glyph - 1 if glyph and rows[glyph - 1].is_rule else glyph
    stop = top - 1 if top and _EFFORT.fullmatch(rows[top - 1].plain) else top
    bottom = _bottom_rule(rows, glyph)
    last = glyph if bottom is None else bottom - 1
    framed = top < glyph and bottom is not None
    prompts = _prompts(rows, stop)
    start = _after_prompt(rows, prompts[-1]) if prompts else 0
    composer = _composer(rows, glyph, last, profile)
    footer = last + 1 if bottom is None else bottom + 1
    return _Layout(composer, framed, start, stop, footer, prompts, coloured)


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
    return loose


def _is_framed(rows: tuple[Row, ...], number: int) -> bool:
    return bool(number) and rows[number - 1].is_rule and _bottom_rule(rows, number) is not None


def _bottom_rule(rows: tuple[Row, ...], glyph: int) -> int | None:
    for number in range(glyph + 1, len(rows)):
        if rows[number].is_rule:
            return number
        if rows[number].plain and rows[number].indent < 2:
            return None
    return None


def _on_background(row: Row) -> bool:
    return row.style_at(0).background is not None


def _prompts(rows: tuple[Row, ...], stop: int) -> tuple[int, ...]:
    """Rows where a submitted prompt starts, queued ones left out."""
    return tuple(
        number
        for number in range(stop)
        if rows[number].text.startswith(PROMPT)
        and rows[number].plain[1:].strip()
        and not (number + 1 < stop and _QUEUED_CELL.match(rows[number + 1].plain))
    )


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


def _composer(rows: tuple[Row, ...], glyph: int, last: int, profile: ClaudeProfile) -> Composer:
    runs = [*rows[glyph].after(1)]
    for row in rows[glyph + 1 : last + 1]:
        runs.extend(row.runs)
    kind = classify(runs, _ink)
    if kind is Draft.TYPED and not profile.trusts_drafts:
        kind = Draft.UNKNOWN
    if kind is Draft.PLACEHOLDER and not profile.trusts_drafts and not _any_dim(runs):
        kind = Draft.UNKNOWN
    lines = [rows[glyph].plain[1:].strip(), *(r.stripped for r in rows[glyph + 1 : last + 1])]
    text = "\n".join(lines).strip()
    return Composer(glyph, last, kind, text, shell=rows[glyph].text[0] == "!")


def _any_dim(runs: list[Run]) -> bool:
    return any(run.style.dim and run.text.strip() for run in runs)


def _ink(style: Style) -> Ink:
    if style.inverse:
        return Ink.CURSOR
    if style.other or style.bold:
        return Ink.ODD
    if style.dim or (style.foreground, style.background) == (_GHOST_FOREGROUND, _GHOST_BACKGROUND):
        return Ink.FAINT
    return Ink.PLAIN


def _region(layout: _Layout) -> range:
    return range(layout.start, layout.stop)


def _last(rows: tuple[Row, ...], layout: _Layout, pattern: re.Pattern[str]) -> int | None:
    for number in reversed(_region(layout)):
        if pattern.match(rows[number].plain) and _is_chrome(rows[number], layout):
            return number
    return None


def _is_chrome(row: Row, layout: _Layout) -> bool:
    """Drawn by the tool rather than said by the model: chrome is coloured where colours are on."""
    return not layout.coloured or row.style_at(row.indent).foreground is not None


# --- what they say ------------------------------------------------------------------------


def _interruptable(rows: tuple[Row, ...], layout: _Layout) -> bool:
    footer = [row.plain for row in rows[layout.footer :] if row.plain]
    return any(_INTERRUPTABLE.search(text) for text in footer[-4:])


def _activity(
    rows: tuple[Row, ...], layout: _Layout, finished: int | None, interruptable: bool
) -> tuple[Evidence, ...]:
    start = layout.start if finished is None else finished + 1
    found: list[Evidence] = []
    for number in range(layout.stop - 1, start - 1, -1):
        row = rows[number]
        if _SPINNER.match(row.plain) and _is_chrome(row, layout):
            found.append(Evidence("thinking_line", (number,), row.plain[:80]))
            break
    if interruptable:
        for number in range(layout.stop - 1, start - 1, -1):
            text = rows[number].text
            if text.startswith("● ") and "Worked for" not in text:
                found.append(Evidence("active_block", (number,)))
                break
        if not found:
            found.append(Evidence("interruptable_footer", (layout.footer,)))
    return tuple(found)


def _status_row(rows: tuple[Row, ...], layout: _Layout) -> int | None:
    """The last status row of the turn, unless an answer follows it."""
    for number in reversed(_region(layout)):
        if rows[number].text.startswith("● "):
            return None
        if _STATUS.match(rows[number].plain):
            return number
    return None


def _end(
    rows: tuple[Row, ...], layout: _Layout, status: int | None
) -> tuple[End | None, tuple[Evidence, ...]]:
    if status is not None:
        row = rows[status]
        text = row.stripped.removeprefix("⎿").strip()
        if _INTERRUPTED.match(text) and _is_chrome(row, layout):
            return End.INTERRUPTED, (Evidence("interrupted_row", (status,), text),)
        if _is_failure_status(rows, layout, row, text):
            return End.FAILED, (Evidence("failure_status_row", (status,), text[:80]),)
    for number in reversed(_region(layout)):
        row = rows[number]
        if row.text.startswith("● "):
            if _is_error_block(row, layout):
                return End.FAILED, (Evidence("error_block", (number,), row.plain[:80]),)
            break
    return None, ()


def _is_error_block(row: Row, layout: _Layout) -> bool:
    text = row.plain[2:].strip()
    if not layout.coloured:
        return _API_ERROR.match(text) is not None
    return row.style_at(2).foreground in _ALARM and not row.style_at(2).bold


def _is_failure_status(rows: tuple[Row, ...], layout: _Layout, row: Row, text: str) -> bool:
    if _API_ERROR.match(text):
        return _is_chrome(row, layout)
    colours = _colours(row) - {246}
    return any(colours & _colours(below) for below in rows[layout.footer :])


def _colours(row: Row) -> set[int]:
    return {
        run.style.foreground
        for run in row.runs
        if run.style.foreground is not None and run.text.strip()
    }


def _marker(rows: tuple[Row, ...], finished: int | None) -> str | None:
    if finished is None:
        return None
    found = _MARKER.search(rows[finished].plain)
    return found.group() if found else rows[finished].stripped


def _menu(rows: tuple[Row, ...], layout: _Layout) -> tuple[BlockedOn, Evidence] | None:
    composer = layout.composer
    assert composer is not None
    below = range(layout.footer, len(rows))
    if composer.kind is Draft.TYPED and composer.text.startswith("/"):
        above = range(max(layout.stop - 12, layout.start), layout.stop)
        for number in (*below, *above):
            text = rows[number].stripped.removeprefix(PROMPT).strip()
            if text.startswith("/") and number not in layout.prompts:
                return BlockedOn.MENU, Evidence("slash_menu_visible", (number,), text[:80])
    told = " ".join(rows[number].plain for number in below)
    if ("for shell mode" in told or "for bash mode" in told) and "for commands" in told:
        return BlockedOn.MENU, Evidence("shortcuts_visible", (layout.footer,))
    return None


def _dialog(rows: tuple[Row, ...], layout: _Layout) -> Dialog | None:
    if layout.framed:
        return None
    if layout.composer is not None:
        return find_dialog(rows, layout.composer.first + 1)
    return find_dialog(rows, layout.start)


# --- the turn and the queue ---------------------------------------------------------------


def _turn(rows: tuple[Row, ...], layout: _Layout, *, answered: bool, finished: bool) -> TurnView:
    prompt: list[str] = []
    if layout.prompts:
        first = layout.prompts[-1]
        prompt = [row.plain.removeprefix(PROMPT) for row in rows[first : layout.start]]
    body = _body(rows, layout)
    return turn_view(prompt, len(layout.prompts), body, answered=answered, finished=finished)


def _body(rows: tuple[Row, ...], layout: _Layout) -> list[str]:
    """The turn's rows without spinner and finished row."""
    texts = [rows[number].plain for number in _region(layout)]
    return [text for text in texts if not _SPINNER.match(text) and not _FINISHED.match(text)]


def _answered(rows: tuple[Row, ...], layout: _Layout) -> bool:
    if any(rows[number].text.startswith("● ") for number in _region(layout)):
        return True
    return not layout.prompts and continues_answer(_body(rows, layout))


def _pending(rows: tuple[Row, ...], layout: _Layout) -> Tristate:
    """Whether a prompt waits in the queue drawn directly above the composer."""
    if not layout.framed or layout.stop < 1 or layout.footer >= len(rows):
        return Tristate.UNKNOWN
    for number in _region(layout):
        if _QUEUED_CELL.match(rows[number].plain):
            return Tristate.YES
    number = layout.stop - 1
    if not rows[number].plain:
        number -= 1
    if number < 0 or not rows[number].plain:
        return Tristate.NO
    nearest = rows[number]
    for row in reversed(rows[max(number - 7, 0) : number + 1]):
        if not row.plain:
            break
        if PROMPT in row.plain:
            return _queued(row)
        if _INTERVENING.match(row.stripped):
            return Tristate.NO
    return Tristate.UNKNOWN if nearest.indent >= 2 else Tristate.NO


def _queued(row: Row) -> Tristate:
    column = row.text.index(PROMPT)
    if column < 2 or not squeeze([row.plain[column + 1 :]]):
        return Tristate.UNKNOWN
    styles = {run.style for run in row.after(column + 1) if run.text.strip()}
    drawn_as_queued = all(
        style.background is not None and not (style.dim or style.inverse or style.other)
        for style in styles
    )
    return Tristate.YES if drawn_as_queued else Tristate.UNKNOWN
