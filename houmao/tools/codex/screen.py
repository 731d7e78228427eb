"""Reads Codex's screen: composer, status rows, cells, errors, approvals and menus.

Where things are is `layout`'s business. A turn of the newer versions is over when its last
row says so; older versions say nothing, and only changes over frames tell (`GrowthRule`).
"""

import re
from functools import partial

from houmao.detect.codex_errors import Trouble, find_trouble
from houmao.detect.codex_layout import (
    PROMPT,
    CodexLayout,
    CodexProfile,
    find_layout,
    is_past,
    is_starting,
)
from houmao.detect.codex_overlays import Overlay, find_overlay
from houmao.detect.dialogs import Dialog, composer_block, find_dialog, find_editor
from houmao.detect.reader import ScreenDetector, asked, without_composer
from houmao.detect.reading import (
    End,
    Reading,
    last_row,
    turn_view,
)
from houmao.detect.screen import Row, Screen
from houmao.detect.shell import shell_row
from houmao.detect.signals import (
    Evidence,
    Tristate,
    TurnView,
)
from houmao.tools.codex.errors import Trouble, find_trouble
from houmao.tools.codex.layout import (
    PROMPT,
    CodexLayout,
    CodexProfile,
    find_layout,
    is_past,
    is_starting,
)

_STATUS = re.compile(
    r"(?:[•◦] )?(?P<header>\S.*?) ?\((?P<time>\d+[hms…][^()]*)(?P<closed>\)?)(?: · .*)?$"
)
#: The seconds alone, where no key is bound to interrupt.
_SECONDS = re.compile(r"(?:\d+[hms] ?)+")
_BOOTING = re.compile(r"Booting MCP server:|Starting MCP servers")
_RETRY = re.compile(
    r"(?:[•◦] )?Reconnecting(?:\.\.\.| to model stream)\s*\(?\d+/\d+", re.IGNORECASE
)
_TOOL_CELL = re.compile(r"[•◦] (?P<verb>Calling|Running|Waited for background terminal ·) \S")
_WAITING = re.compile(r"• (?:Waiting for |Resumed )")
_WAITED = re.compile(r"• (?:Finished waiting|Failed to resume )")
_QUEUE = re.compile(
    r"• (?P<name>Messages to be submitted (?:after next tool call|at end of turn)"
    r"|Queued follow-up (?:inputs|messages))"
)
_WORKING_TITLE = re.compile(r"[\u2801-\u28ff] ")
_STEER = "Modelinterruptedtosubmitsteerinstructions."
_FINISHED = re.compile(r"(?:─ | {2})Worked for (?:<1s|\d+[hms])| {2}(?:done )?\d+:\d\d(?: [AP]M)?$")
#: Rows above the composer that can speak of the present.
_LIVE_EDGE = 23
_BULLETS = ("• ", "◦ ")
_CELLS = (*_BULLETS, "■ ", "⚠ ", "✗ ", "✔ ")
#: The row with which a session begins, in a box or without one.
_BANNER = re.compile(r"(?:│| ) +>_ OpenAI Codex \(v")
#: What the tool itself says that it has set, in one line.
_SETTING = re.compile(r"• (?:[\w.-]+ ){1,5}(?:enabled|disabled|changed to .*|set to .*)\.?$")
#: A command to the tool itself, echoed: the turn above it was over.
_COMMAND = re.compile(r"/[a-z][\w-]*( |$)")
_TERMINALS = re.compile(r"\d+ background t[a-z]*(?: running)?")
_DETAIL = re.compile(r"\s{2,}\S")


def codex(profile: CodexProfile) -> ScreenDetector:
    """The detector of one family of Codex versions."""
    read = partial(_read, profile)
    return ScreenDetector("codex_tui", profile.version, read, _WORKING_TITLE, profile.growth)


def _read(profile: CodexProfile, screen: Screen, titled: tuple[Evidence, ...]) -> Reading:
    rows = screen.rows
    layout = find_layout(rows, profile)
    overlay = find_overlay(rows, layout.composer)
    if layout.composer is None or overlay is None:
        dialog = overlay.dialog if overlay else _dialog(rows, layout)
        if dialog is not None:
            return asked(dialog, _turn(rows, layout, finished=False))
    if layout.composer is None:
        return without_composer(rows, profile.notes)
    if (gone := shell_row(rows, layout.composer.last + 1)) is not None:
        stale = Evidence("provider_surface_not_fresh", (gone,))
        return Reading(evidence=(stale,), notes=("provider_surface_not_fresh",))
    reading = _composed(rows, layout, profile, titled, overlay)
    if overlay is not None and overlay.hides_composer(working=bool(reading.activity)):
        return asked(overlay.dialog, reading.turn)
    return reading


def _composed(
    rows: tuple[Row, ...],
    layout: CodexLayout,
    profile: CodexProfile,
    titled: tuple[Evidence, ...],
    overlay: Overlay | None,
) -> Reading:
    composer = layout.composer
    assert composer is not None
    finished = _finished(rows, layout)
    trouble = find_trouble(rows, layout.start, layout.stop)
    queue = _queue(rows, layout)
    turn = _turn(rows, layout, finished=finished is not None)
    if finished is not None or not turn.begun or (profile.closes_turns and trouble):
        # The title also moves while nothing was asked, such as when MCP servers start.
        titled = ()
    working = _working(rows, layout, profile, finished) + titled
    steering = _STEER in "".join(
        "".join(row.plain.split()) for row in rows[layout.start : layout.stop]
    )
    end = None if titled else _end(trouble, working)
    activity = working + _queue_evidence(queue)
    if steering and working:
        activity += (Evidence("steer_handoff"),)
    open_turn = (
        () if activity or end or finished is not None else _unfinished(rows, layout, profile)
    )
    menu = overlay.dialog if overlay else None
    if overlay is not None and overlay.covers:
        # It may hide that the turn is over.
        open_turn = ()
    if profile.closes_turns or _closes_turns(rows):
        activity, open_turn = activity + open_turn, ()
    told = trouble.evidence if trouble else ()
    blocked = composer_block(menu, composer.shell, told)
    return Reading(
        composer=composer,
        blocked_on=blocked,
        activity=activity if end is not End.FAILED else (),
        pending=Tristate.YES if queue is not None else Tristate.NO,
        end=end,
        concluded=turn.answered
        or not (_is_banner_shown(rows, layout) or (profile.closes_turns and not layout.prompts)),
        doubtful=profile.unseen and bool(open_turn),
        starting=not turn.begun and is_starting(rows, composer, profile),
        turn=turn,
        marker=rows[finished].stripped if finished is not None else None,
        status=next((rows[item.rows[0]].stripped for item in working if item.rows), None),
        background=_background(rows, layout, working),
        evidence=told + ((menu.evidence,) if menu else ()),
        notes=(
            *profile.notes,
            *(trouble.notes if trouble else ()),
            f"prompt_kind={composer.kind.value}",
        ),
    )


# --- signs of work ------------------------------------------------------------------------


def _working(
    rows: tuple[Row, ...], layout: CodexLayout, profile: CodexProfile, finished: int | None
) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    status = _status_row(rows, layout)
    if status is not None:
        retry = _RETRY.match(rows[status].plain)
        rule = "stream_retry_status" if retry else "status_row"
        found.append(Evidence(rule, (status,), rows[status].plain[:80]))
    if finished is None:
        found.extend(_tool_cell(rows, layout))
    if profile.collaboration:
        found.extend(_collaboration(rows, layout))
    return tuple(found)


def _status_row(rows: tuple[Row, ...], layout: CodexLayout) -> int | None:
    """The row that counts seconds, drawn right above the composer or above its queue.

    On a cropped screen the real composer is missing: the row stands below the last prompt.
    """
    top = max(layout.start, layout.stop - _LIVE_EDGE)
    for number in range(len(rows) - 1, top - 1, -1):
        row = rows[number]
        if number >= layout.stop and not row.plain.startswith(_BULLETS):
            continue
        if not row.plain or _DETAIL.match(row.plain) or _QUEUE.match(row.plain):
            continue
        if _RETRY.match(row.plain):
            return number
        if number >= top and _is_status(row, layout):
            return number
        if number > top and not row.plain.startswith(_BULLETS):
            # The reason for a retry may stand below its row without any mark.
            return number - 1 if _RETRY.match(rows[number - 1].plain) else None
        return None
    return None


def _is_status(row: Row, layout: CodexLayout) -> bool:
    """Whether the tool itself counts seconds here; it draws them dim, an answer never does."""
    found = _STATUS.match(row.plain)
    if found is None or _BOOTING.match(found["header"]):
        return False
    cut_off = not found["closed"] and row.plain.endswith("…")
    keyless = layout.coloured and _SECONDS.fullmatch(found["time"])
    if "esc to interrupt" not in found["time"] and not cut_off and not keyless:
        return False
    return row.style_at(found.start("time")).dim or not layout.coloured


def _tool_cell(rows: tuple[Row, ...], layout: CodexLayout) -> tuple[Evidence, ...]:
    for number in range(layout.stop - 1, layout.start - 1, -1):
        found = _TOOL_CELL.match(rows[number].plain)
        if found and (not layout.coloured or rows[number].style_at(found.start("verb")).bold):
            return (Evidence("tool_cell", (number,), rows[number].plain[:80]),)
    return ()


def _collaboration(rows: tuple[Row, ...], layout: CodexLayout) -> tuple[Evidence, ...]:
    for number in range(layout.stop - 1, layout.start - 1, -1):
        if _WAITED.match(rows[number].plain):
            return ()
        if _WAITING.match(rows[number].plain):
            return (Evidence("collaboration_cell", (number,)),)
    return ()


def _unfinished(
    rows: tuple[Row, ...], layout: CodexLayout, profile: CodexProfile
) -> tuple[Evidence, ...]:
    """A submitted prompt on the screen whose turn has not said that it is over.

    Where turns say so, cells without their prompt are a turn, too: it has just left the screen.
    """
    begins = layout.prompts[-1] if layout.prompts else None
    if begins is None and (not profile.closes_turns or _is_banner_shown(rows, layout)):
        return ()
    if begins is not None and not is_past(rows[begins]):
        return ()
    command = _command(rows, layout)
    if command is None and begins is not None:
        return (Evidence("unfinished_turn", (begins,)),)
    for number in range(layout.start if command is None else command, layout.stop):
        row = rows[number]
        if row.text.startswith(_BULLETS) and not _SETTING.match(row.plain):
            return (Evidence("unfinished_turn", (number if begins is None else begins,)),)
    return ()


def _command(rows: tuple[Row, ...], layout: CodexLayout) -> int | None:
    """The echo of a command to the tool itself; what stands below it the model did not say."""
    for number in range(layout.start, layout.stop):
        row = rows[number]
        if _COMMAND.match(row.plain) and row.style_at(0).foreground is not None:
            return number
    return None


def _conversation_end(rows: tuple[Row, ...], layout: CodexLayout) -> int:
    command = _command(rows, layout)
    return layout.stop if command is None else command


def _is_banner_shown(rows: tuple[Row, ...], layout: CodexLayout) -> bool:
    """Whether a session has just begun: nothing was asked, so that nothing can have succeeded."""
    said = rows[layout.start : _conversation_end(rows, layout)]
    return any(_BANNER.match(row.plain) for row in said)


def _background(
    rows: tuple[Row, ...], layout: CodexLayout, working: tuple[Evidence, ...]
) -> tuple[Evidence, ...]:
    """Terminals that run on beside the turn, by the row of their own or the status row."""
    numbers = [layout.background, *(number for item in working for number in item.rows)]
    for number in numbers:
        found = _TERMINALS.search(rows[number].plain) if number is not None else None
        if number is not None and found is not None:
            return (Evidence("background_terminals", (number,), found[0]),)
    return ()


def _finished(rows: tuple[Row, ...], layout: CodexLayout) -> int | None:
    for number in range(layout.stop - 1, layout.start - 1, -1):
        row = rows[number]
        if _FINISHED.match(row.plain) and (not layout.coloured or row.style_at(row.indent).dim):
            return number
    return None


def _closes_turns(rows: tuple[Row, ...]) -> bool:
    """Whether some turn on the screen ended with a row that says so."""
    return any(_FINISHED.match(row.plain) and row.style_at(row.indent).dim for row in rows)


def _end(trouble: Trouble | None, working: tuple[Evidence, ...]) -> End | None:
    if trouble is None:
        return None
    if trouble.end is End.INTERRUPTED and working:
        return None
    return trouble.end


# --- queue, menus, dialogs ----------------------------------------------------------------


def _queue(rows: tuple[Row, ...], layout: CodexLayout) -> int | None:
    """The heading of prompts that wait, unless an answer follows it."""
    for number in range(layout.stop - 1, layout.start - 1, -1):
        row = rows[number]
        if _QUEUE.match(row.plain):
            return number
        if row.plain.startswith("• ") and not _is_status(row, layout):
            return None
    return None


def _queue_evidence(queue: int | None) -> tuple[Evidence, ...]:
    return () if queue is None else (Evidence("queued_input", (queue,)),)


def _dialog(rows: tuple[Row, ...], layout: CodexLayout) -> Dialog | None:
    if layout.composer is None:
        return find_dialog(rows, _below_cells(rows, layout.start)) or find_editor(rows)
    below = last_row(rows, layout.composer.first + 1, len(rows))
    if below is None or layout.coloured:
        return None
    return find_dialog(rows, layout.composer.last + 1)


def _below_cells(rows: tuple[Row, ...], start: int) -> int:
    """First row below the last cell of the conversation: what that says, no dialog asks."""
    cells = (n for n in range(len(rows) - 1, start - 1, -1) if rows[n].text.startswith(_CELLS))
    return next(cells, start - 1) + 1


def _turn(rows: tuple[Row, ...], layout: CodexLayout, *, finished: bool) -> TurnView:
    prompt: list[str] = []
    if layout.prompts:
        first = layout.prompts[-1]
        prompt = [row.plain.removeprefix(PROMPT) for row in rows[first : layout.start]]
    body = [
        row.plain
        for row in rows[layout.start : _conversation_end(rows, layout)]
        if not _FINISHED.match(row.plain) and not _is_status(row, layout)
    ]
    answered = any(
        text.startswith("• ") and not _QUEUE.match(text) and not _TOOL_CELL.match(text)
        for text in body
    )
    fresh = _is_banner_shown(rows, layout)
    return turn_view(
        prompt, len(layout.prompts), body, answered=answered, finished=finished, fresh=fresh
    )
