"""Reads Codex's screen: composer, status rows, cells, errors, approvals and menus.

Where things are is `layout`'s business. A turn of the newer versions is over when its last
row says so; older versions say nothing, and only changes over frames tell (`GrowthRule`).
"""

from dataclasses import replace
from functools import partial

from houmao.detect.dialogs import Dialog, composer_block, find_dialog, find_editor
from houmao.detect.reader import ScreenDetector, asked, without_composer
from houmao.detect.reading import Composer, End, Reading, last_row
from houmao.detect.screen import Row, Screen
from houmao.detect.shell import shell_row
from houmao.detect.signals import Evidence, Tristate
from houmao.tools.codex.errors import Trouble, find_trouble
from houmao.tools.codex.layout import CodexLayout, CodexProfile, find_layout, is_starting
from houmao.tools.codex.overlays import Overlay, find_overlay
from houmao.tools.codex.split import focused_half
from houmao.tools.codex.turn import (
    begins_here,
    below_cells,
    end_row,
    ends_in_notice,
    tells_ends,
    turn_shown,
    unfinished,
)
from houmao.tools.codex.work import find_work
from houmao.tools.parts.signs import Signs


def codex(profile: CodexProfile, signs: Signs) -> ScreenDetector:
    """The detector of one family of Codex versions."""
    read = partial(_read, profile, signs)
    return ScreenDetector("codex_tui", profile.version, read, signs.titled, profile.growth)


def _read(
    profile: CodexProfile, signs: Signs, screen: Screen, titled: tuple[Evidence, ...]
) -> Reading:
    rows = focused_half(screen.rows)
    layout = find_layout(rows, profile, signs)
    overlay = find_overlay(rows, layout.composer, signs)
    if layout.composer is None or overlay is None:
        dialog = overlay.dialog if overlay else _dialog(rows, layout)
        if dialog is not None:
            return asked(dialog, turn_shown(rows, layout))
    if layout.composer is None:
        return without_composer(rows, profile.notes)
    if (gone := shell_row(rows, layout.composer.last + 1)) is not None:
        stale = Evidence("provider_surface_not_fresh", (gone,))
        return Reading(evidence=(stale,), notes=("provider_surface_not_fresh",))
    if overlay is not None and overlay.top is not None:
        layout = replace(layout, stop=max(overlay.top, layout.start))
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
    end_at = end_row(rows, layout)
    over = end_at is not None
    turn = turn_shown(rows, layout, over=over)
    trouble = find_trouble(rows, layout)
    work = find_work(rows, layout, profile, over=over)
    if over or not turn.begun or (profile.closes_turns and trouble):
        # The title also moves while nothing was asked, such as when MCP servers start.
        titled = ()
    working = work.signs + titled
    end = None if titled else _end(trouble, working)
    activity = working + work.queue
    if working and _is_steered(rows, layout):
        activity += (Evidence("steer_handoff"),)
    # An overlay may hide that the turn is over.
    told_all = activity or end or over or (overlay is not None and overlay.covers)
    open_turn = () if told_all else unfinished(rows, layout, profile)
    hidden = profile.unseen or ends_in_notice(rows, layout)
    if not hidden and (profile.closes_turns or tells_ends(rows, layout)):
        activity, open_turn = activity + open_turn, ()
    menu = overlay.dialog if overlay else None
    told = trouble.evidence if trouble else ()
    return Reading(
        composer=composer,
        blocked_on=composer_block(menu, composer.shell, told),
        activity=activity if end is not End.FAILED else (),
        pending=Tristate.YES if work.queue else Tristate.NO,
        end=end,
        concluded=turn.answered or _has_begun(rows, layout, profile),
        doubtful=hidden and bool(open_turn),
        starting=not turn.begun and is_starting(rows, layout, composer, profile),
        turn=turn,
        marker=rows[end_at].stripped if end_at is not None else None,
        status=next((rows[item.rows[0]].stripped for item in working if item.rows), None),
        background=work.background,
        evidence=told + ((menu.evidence,) if menu else ()),
        notes=_notes(profile, trouble, composer),
    )


def _has_begun(rows: tuple[Row, ...], layout: CodexLayout, profile: CodexProfile) -> bool:
    """Whether something was asked, as far as the screen can show it."""
    if profile.closes_turns and not layout.prompts:
        return False
    return not begins_here(rows, layout)


def _is_steered(rows: tuple[Row, ...], layout: CodexLayout) -> bool:
    said = ("".join(row.plain.split()) for row in rows[layout.start : layout.stop])
    return layout.shows("steered_text", "".join(said))


def _notes(profile: CodexProfile, trouble: Trouble | None, composer: Composer) -> tuple[str, ...]:
    found = trouble.notes if trouble else ()
    return (*profile.notes, *found, f"prompt_kind={composer.kind.value}")


def _end(trouble: Trouble | None, working: tuple[Evidence, ...]) -> End | None:
    if trouble is None:
        return None
    if trouble.end is End.INTERRUPTED and working:
        return None
    return trouble.end


def _dialog(rows: tuple[Row, ...], layout: CodexLayout) -> Dialog | None:
    if layout.composer is None:
        return find_dialog(rows, below_cells(rows, layout.start)) or find_editor(rows)
    below = last_row(rows, layout.composer.first + 1, len(rows))
    if below is None or layout.coloured:
        return None
    return find_dialog(rows, layout.composer.last + 1)
