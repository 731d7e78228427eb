"""Reads Claude Code's screen: composer, spinner, status rows, dialogs and menus.

Signs count only where Claude Code draws them (column, colour, place), so an answer that quotes
one means nothing. Where things are is `layout`'s business; what differs between versions
is data in `ClaudeProfile`.
"""

import re
from functools import partial

from houmao.detect.dialogs import Dialog, composer_block, find_dialog, tells_of_limit
from houmao.detect.reader import ScreenDetector, asked, left_to_shell, without_composer
from houmao.detect.reading import (
    TEXT,
    End,
    Reading,
    squeeze,
    turn_view,
)
from houmao.detect.screen import Row, Screen
from houmao.detect.signals import (
    BlockedOn,
    Evidence,
    Tristate,
    TurnView,
)
from houmao.tools.claude.layout import (
    PROMPT,
    QUEUED_CELL,
    ClaudeLayout,
    ClaudeProfile,
    find_layout,
    is_chrome,
    last_match,
    region,
)

_SPINNER = re.compile(r"[✢✻✽✶·*] \S.*(?:…(?: \(.*)?$|[Rr]etrying in \d)|[✢✻✽✶·*] \S[^…]*…$")
_FINISHED = re.compile(r"[✢✻✽✶·*] \S.* for (?:\d+[hms] ?)+(?: · .*)?$|─+ Worked for \d+[hms].*")
_CHROME = re.compile(f"{_SPINNER.pattern}|{_FINISHED.pattern}")
_MARKER = re.compile(r"Worked for \d+[smh]")
_STATUS = re.compile(r"\s{0,4}⎿\s")
#: Narrow panes cut both halves.
_INTERRUPTED = re.compile(r"Interr\w* ?· What(?: \w+)*\??$")
_API_ERROR = re.compile(r"(?:[^·]{1,60} · )?API Error\b")
_INTERRUPTABLE = re.compile(r"esc to(?: ?…| i|\s*$)")
_WORKING_TITLE = re.compile(r"[\u2801-\u28ff◐◓◑◒] ")
_INTERVENING = re.compile(r"[●⎿✢✻✽✶·*]|(?:Bash|Read|Write|Edit|Task)\(")
#: What the tool says of a command to itself; no turn failed.
_REFUSED_COMMAND = re.compile(r"Unknown (?:slash )?(?:command|skill)\b")
_SEARCHING = re.compile(r"\s*search (?:prompts|history):")
#: Palette entries in which Claude Code draws errors and warnings.
_ALARM = frozenset({1, 3, 9, 11, 196, 203, 211, 214, 220})


def claude(profile: ClaudeProfile) -> ScreenDetector:
    """The detector of one family of Claude Code versions."""
    read = partial(_read, profile)
    return ScreenDetector("claude_code", profile.version, read, _WORKING_TITLE)


def _read(profile: ClaudeProfile, screen: Screen, titled: tuple[Evidence, ...]) -> Reading:
    rows = screen.rows
    layout = find_layout(rows, profile)
    dialog = _dialog(rows, layout)
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
    finished = last_match(rows, layout, _FINISHED)
    status = _status_row(rows, layout)
    end, end_evidence = _end(rows, layout, status)
    interruptable = _interruptable(rows, layout)
    activity = _activity(rows, layout, finished, interruptable) + titled
    turn = _turn(rows, layout, answered=_answered(rows, layout), finished=finished is not None)
    menu = _menu(rows, layout)
    blocked = composer_block(menu, composer.shell, end_evidence)
    return Reading(
        composer=composer,
        blocked_on=blocked,
        activity=activity,
        active_posture=profile.active_posture if interruptable else Tristate.NO,
        pending=_pending(rows, layout),
        end=None if titled else end,
        concluded=turn.answered or turn.finished,
        draft_may_conclude=True,
        turn=turn,
        marker=_marker(rows, finished),
        status=rows[status].stripped if status is not None else None,
        evidence=end_evidence + ((menu.evidence,) if menu else ()),
        notes=(*profile.notes, f"prompt_kind={composer.kind.value}"),
    )


# --- what they say ------------------------------------------------------------------------


def _interruptable(rows: tuple[Row, ...], layout: ClaudeLayout) -> bool:
    footer = [row.plain for row in rows[layout.footer :] if row.plain]
    return any(_INTERRUPTABLE.search(text) for text in footer[-4:])


def _activity(
    rows: tuple[Row, ...], layout: ClaudeLayout, finished: int | None, interruptable: bool
) -> tuple[Evidence, ...]:
    start = layout.start if finished is None else finished + 1
    found: list[Evidence] = []
    for number in range(layout.stop - 1, start - 1, -1):
        row = rows[number]
        if _SPINNER.match(row.plain) and is_chrome(row, layout):
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


def _status_row(rows: tuple[Row, ...], layout: ClaudeLayout) -> int | None:
    """The last status row of the turn, unless an answer follows it."""
    for number in reversed(region(layout)):
        if rows[number].text.startswith("● "):
            return None
        if _STATUS.match(rows[number].plain):
            return number
    return None


def _end(
    rows: tuple[Row, ...], layout: ClaudeLayout, status: int | None
) -> tuple[End | None, tuple[Evidence, ...]]:
    if status is not None:
        row = rows[status]
        text = row.stripped.removeprefix("⎿").strip()
        if _INTERRUPTED.match(text) and is_chrome(row, layout):
            return End.INTERRUPTED, (Evidence("interrupted_row", (status,), text),)
        if _is_failure_status(rows, layout, row, text):
            return End.FAILED, (Evidence("failure_status_row", (status,), text[:80]),)
    for number in reversed(region(layout)):
        row = rows[number]
        if row.text.startswith("● "):
            if _is_error_block(row, layout):
                return End.FAILED, (Evidence("error_block", (number,), row.plain[:80]),)
            break
    return None, ()


def _is_error_block(row: Row, layout: ClaudeLayout) -> bool:
    text = row.plain[2:].strip()
    if _REFUSED_COMMAND.match(text):
        return False
    if not layout.coloured:
        return _API_ERROR.match(text) is not None
    return row.style_at(2).foreground in _ALARM and not row.style_at(2).bold


def _is_failure_status(rows: tuple[Row, ...], layout: ClaudeLayout, row: Row, text: str) -> bool:
    if _API_ERROR.match(text) or tells_of_limit(text):
        return is_chrome(row, layout)
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


def _menu(rows: tuple[Row, ...], layout: ClaudeLayout) -> Dialog | None:
    composer = layout.composer
    assert composer is not None
    below = range(layout.footer, len(rows))
    if composer.kind in TEXT and composer.text.startswith("/"):
        above = range(max(layout.stop - 12, layout.start), layout.stop)
        for number in (*below, *above):
            text = rows[number].stripped.removeprefix(PROMPT).strip()
            if text.startswith("/") and number not in layout.prompts:
                return Dialog(BlockedOn.MENU, Evidence("slash_menu_visible", (number,), text[:80]))
    for number in below:
        if _SEARCHING.match(rows[number].plain):
            return Dialog(BlockedOn.MENU, Evidence("search_visible", (number,)))
    told = " ".join(rows[number].plain for number in below)
    if ("for shell mode" in told or "for bash mode" in told) and "for commands" in told:
        return Dialog(BlockedOn.MENU, Evidence("shortcuts_visible", (layout.footer,)))
    return None


def _dialog(rows: tuple[Row, ...], layout: ClaudeLayout) -> Dialog | None:
    if layout.framed:
        return None
    if layout.composer is not None:
        return find_dialog(rows, layout.composer.first + 1)
    return find_dialog(rows, layout.start)


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
        if not (_CHROME.match(row.plain) and is_chrome(row, layout))
    ]


def _answered(rows: tuple[Row, ...], layout: ClaudeLayout) -> bool:
    return any(rows[number].text.startswith("● ") for number in region(layout))


def _pending(rows: tuple[Row, ...], layout: ClaudeLayout) -> Tristate:
    """Whether a prompt waits in the queue drawn directly above the composer."""
    if any(QUEUED_CELL.match(rows[number].plain) for number in region(layout)):
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
