"""What Claude Code asks for instead of a prompt, or beside it: dialogs, views and menus.

A view takes the composer's place, or every key although a composer is drawn; a menu stands beside
the composer and takes some of its keys.
"""

import re

from houmao.detect.dialogs import Dialog, find_dialog, find_editor
from houmao.detect.reading import TEXT, Composer, Draft
from houmao.detect.screen import Row
from houmao.detect.signals import BlockedOn, Evidence
from houmao.tools.claude.layout import ClaudeLayout

#: Upper edge of a panel over the transcript.
_PANEL = re.compile(r"▔{8,}")
#: Rows from the bottom in which the transcript says that it is one.
_TRANSCRIPT_ROWS = 3
#: Rows of the list of shortcuts, and keys in them; shell mode alone has the first one, too.
_SHORTCUT = re.compile(r"\s*[!/@] for\b")
_KEY = re.compile(r"[!/@] for\b|\besc esc\b|\bdouble tap\b")
#: What is typed into the composer to be completed: a command, a file, an agent.
_COMPLETABLE = re.compile(r"(?:^|\s)[/@]\S*$|^/", re.MULTILINE)
_SUGGESTION = re.compile(r"\s{0,6}(?:❯ )?(?:[+*◇◆] \S|/[\w:.-]+(?:\s|$))|/[\w:.-]+(?:\s|$)")
#: At most so many rows of suggestions.
_SUGGESTIONS = 12


def find_question(rows: tuple[Row, ...], layout: ClaudeLayout) -> Dialog | None:
    """The dialog or view that takes every key, if there is one."""
    if layout.framed:
        return _agents_view(rows, layout)
    view = _view(rows, layout)
    if view is not None or layout.composer is None:
        return view or find_dialog(rows, layout.start) or find_editor(rows)
    return find_dialog(rows, layout.composer.first + 1)


def _view(rows: tuple[Row, ...], layout: ClaudeLayout) -> Dialog | None:
    for number in range(len(rows) - 1, -1, -1):
        if number >= len(rows) - _TRANSCRIPT_ROWS and layout.shows(
            "transcript_row", rows[number].plain
        ):
            return _dialog("transcript_view", number, rows)
        if _PANEL.fullmatch(rows[number].plain):
            asked = find_dialog(rows, number)
            named = asked is not None and _is_what_it_says(asked, rows[number:], layout)
            return asked if named else _dialog("panel", number, rows)
    return None


def _is_what_it_says(asked: Dialog, panel: tuple[Row, ...], layout: ClaudeLayout) -> bool:
    """Settings speak of limits that nobody has reached."""
    limited = asked.kind is BlockedOn.USAGE_LIMIT
    return not limited or any(layout.shows("limit_choice", row.plain) for row in panel)


def _agents_view(rows: tuple[Row, ...], layout: ClaudeLayout) -> Dialog | None:
    composer = layout.composer
    assert composer is not None
    if composer.kind is Draft.PLACEHOLDER and layout.shows("agents_composer", composer.text):
        return _dialog("agents_view", composer.first, rows)
    for number in range(layout.footer, len(rows)):
        if layout.shows("agents_hint", rows[number].plain):
            return _dialog("agents_view", number, rows)
    return None


def composer_menu(rows: tuple[Row, ...], layout: ClaudeLayout) -> Dialog | None:
    """The menu beside the composer, if one is open."""
    assert layout.composer is not None
    below = range(layout.footer, len(rows))
    suggested = _suggestions(rows, layout, layout.composer)
    if suggested is not None:
        return suggested
    for number in below:
        if layout.shows("search_row", rows[number].plain):
            return Dialog(BlockedOn.MENU, Evidence("search_visible", (number,)))
    keys = " ".join(rows[number].plain for number in below if _SHORTCUT.match(rows[number].plain))
    if len(_KEY.findall(keys)) > 1:
        return Dialog(BlockedOn.MENU, Evidence("shortcuts_visible", (layout.footer,)))
    return None


def _suggestions(rows: tuple[Row, ...], layout: ClaudeLayout, composer: Composer) -> Dialog | None:
    """What the tool offers to complete: directly above the composer's rule, or directly below."""
    if composer.kind not in TEXT or not _COMPLETABLE.search(composer.text):
        return None
    above = range(layout.stop - 1, max(layout.stop - _SUGGESTIONS, layout.start) - 1, -1)
    below = range(layout.footer, min(layout.footer + _SUGGESTIONS, len(rows)))
    for numbers in (above, below):
        for number in numbers:
            text = rows[number].plain
            if not text:
                break
            if _SUGGESTION.match(text) and number not in layout.prompts:
                rule = "slash_menu_visible" if "/" in composer.text else "completions_visible"
                return Dialog(BlockedOn.MENU, Evidence(rule, (number,), text.strip()[:80]))
    return None


def _dialog(rule: str, number: int, rows: tuple[Row, ...]) -> Dialog:
    return Dialog(BlockedOn.DIALOG, Evidence(rule, (number,), rows[number].stripped[:80]))
