"""Reads Claude Code's screen: composer, spinner, status rows, dialogs and menus.

Signs count only where Claude Code draws them (column, colour, place), so an answer that quotes
one means nothing. Where things are is `layout`'s business; what differs between versions
is data in `ClaudeProfile`.
"""

import re
from functools import partial

from houmao.detect.dialogs import composer_block
from houmao.detect.reader import ScreenDetector, asked, left_to_shell, without_composer
from houmao.detect.reading import (
    Reading,
    squeeze,
    turn_view,
)
from houmao.detect.screen import Row, Screen
from houmao.detect.signals import (
    ENDED_WELL,
    Evidence,
    Tristate,
    TurnView,
)
from houmao.tools.claude.asks import composer_menu, find_question
from houmao.tools.claude.end import Ending, find_ending
from houmao.tools.claude.layout import (
    PROMPT,
    ClaudeLayout,
    ClaudeProfile,
    find_layout,
    is_chrome,
    is_own_note,
    last_shown,
    region,
)
from houmao.tools.claude.work import find_work
from houmao.tools.parts.signs import Signs

_MARKER = re.compile(r"Worked for \d+[smh]")
_INTERVENING = re.compile(r"[●⎿✢✻✽✶·*]|(?:Bash|Read|Write|Edit|Task)\(")


def claude(profile: ClaudeProfile, signs: Signs) -> ScreenDetector:
    """The detector of one family of Claude Code versions."""
    read = partial(_read, profile, signs)
    return ScreenDetector("claude_code", profile.version, read, signs.titled)


def _read(
    profile: ClaudeProfile, signs: Signs, screen: Screen, titled: tuple[Evidence, ...]
) -> Reading:
    rows = screen.rows
    layout = find_layout(rows, profile, signs)
    dialog = find_question(rows, layout)
    if dialog is not None:
        return asked(dialog, _turn(rows, layout, answered=False, finished=False))
    if layout.composer is None:
        return without_composer(rows, profile.notes)
    if (left := left_to_shell(rows, layout.footer)) is not None:
        return left
    return _composed(rows, layout, profile, titled)


def _composed(
    rows: tuple[Row, ...],
    layout: ClaudeLayout,
    profile: ClaudeProfile,
    titled: tuple[Evidence, ...],
) -> Reading:
    composer = layout.composer
    assert composer is not None
    finished = last_shown(rows, layout, "finished_row")
    work = find_work(rows, layout, finished)
    ending = find_ending(rows, layout, work.spinner)
    answered = _answered(rows, layout, working=bool(work.activity))
    turn = _turn(rows, layout, answered=answered, finished=finished is not None)
    menu = composer_menu(rows, layout)
    blocked = composer_block(menu, composer.shell, ending.evidence)
    return Reading(
        composer=composer,
        blocked_on=blocked,
        activity=work.activity + titled,
        active_posture=profile.active_posture if work.interruptable else Tristate.NO,
        pending=_pending(rows, layout),
        end=None if any(it.rule == "title" for it in titled) else ending.end,
        concluded=turn.answered or turn.finished,
        draft_may_conclude=True,
        turn=turn,
        marker=_marker(rows, finished),
        status=rows[ending.status].stripped if ending.status is not None else None,
        background=work.background,
        evidence=(
            *ending.evidence,
            *((menu.evidence,) if menu else ()),
            *_ended_well(rows, layout, finished if work.spinner is None else None, ending),
        ),
        notes=(*profile.notes, f"prompt_kind={composer.kind.value}"),
    )


def _ended_well(
    rows: tuple[Row, ...], layout: ClaudeLayout, finished: int | None, ending: Ending
) -> tuple[Evidence, ...]:
    """The tool's own word that the turn ended well: nothing of a turn stands below it."""
    if finished is None or ending.end is not None or ending.status is not None:
        return ()
    below = (rows[it].plain for it in range(finished + 1, layout.stop))
    if any(layout.shows("answer_row", it) for it in below):
        return ()
    text = rows[finished].plain
    sign = layout.signs.find("ended_well_row", text)
    return (Evidence(ENDED_WELL, (finished,), text[:80], sign.origin),) if sign else ()


def _marker(rows: tuple[Row, ...], finished: int | None) -> str | None:
    if finished is None:
        return None
    found = _MARKER.search(rows[finished].plain)
    return found.group() if found else rows[finished].stripped


# --- the turn and the queue ---------------------------------------------------------------


def _turn(
    rows: tuple[Row, ...], layout: ClaudeLayout, *, answered: bool, finished: bool
) -> TurnView:
    prompt: list[str] = []
    if layout.prompts:
        first = layout.prompts[-1]
        prompt = [row.plain.lstrip(f"{PROMPT}!") for row in rows[first : layout.start]]
    body = _body(rows, layout)
    return turn_view(prompt, len(layout.prompts), body, answered=answered, finished=finished)


def _body(rows: tuple[Row, ...], layout: ClaudeLayout) -> list[str]:
    """The turn's rows without spinner and finished row."""
    return [
        row.plain
        for row in rows[layout.start : layout.stop]
        if not (_tells_of_turn(row, layout) and is_chrome(row, layout))
    ]


def _tells_of_turn(row: Row, layout: ClaudeLayout) -> bool:
    return any(layout.shows(name, row.plain) for name in ("spinner_row", "finished_row"))


def _answered(rows: tuple[Row, ...], layout: ClaudeLayout, *, working: bool) -> bool:
    """While it works, what may be a spinner that stands still, without colour, is no answer."""
    begun = (rows[it] for it in region(layout) if layout.shows("answer_row", rows[it].text))
    return any(
        not (working and layout.shows("spinner_row", row.plain))
        and not is_own_note(row, layout)
        and not layout.shows("refused_command", row.plain[2:].strip())
        for row in begun
    )


def _pending(rows: tuple[Row, ...], layout: ClaudeLayout) -> Tristate:
    """Whether a prompt waits in the queue drawn directly above the composer."""
    if any(layout.shows("queued_row", rows[number].plain) for number in region(layout)):
        return Tristate.YES
    if not layout.framed or layout.stop < 1 or layout.footer >= len(rows):
        return Tristate.UNKNOWN
    number = layout.stop - 1
    if not rows[number].plain:
        number -= 1
    if number < 0 or not rows[number].plain:
        return Tristate.NO
    for row in reversed(rows[max(number - 7, 0) : number + 1]):
        if PROMPT in row.plain:
            return _queued(row)
        if not row.plain or _INTERVENING.match(row.stripped):
            break
    else:
        return Tristate.NO
    cell = row.plain and _INTERVENING.match(row.stripped)
    return Tristate.UNKNOWN if rows[number].indent >= 2 and not cell else Tristate.NO


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
