"""How a play looks: which painter paints which tool, and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass

from houmao.demo import claude_screen, codex_screen, gemini_screen
from houmao.demo.play import Play, asking, words
from houmao.demo.rows import PaintedScreen, Size
from houmao.demo.view import Asking, View, Working

#: Animation steps of a working agent per second, about as the real tools have them.
FRAMES_PER_SECOND = 8

_PAINTERS: dict[str, Callable[[View, int], PaintedScreen]] = {
    "claude": claude_screen.paint,
    "codex": codex_screen.paint,
    "gemini": gemini_screen.paint,
}

#: Characters of a draft from which on a tool shows a stand-in for it.
LONG_DRAFT = 2_000

#: What each tool shows instead of a long paste, with its lines and characters filled in.
_STAND_INS = {
    "claude": "[Pasted text #1 +{lines} lines]",
    "codex": "[Pasted Content {characters} chars]",
    "gemini": "[Pasted Text: {lines} lines]",
}

#: Tools that a stub can play.
TOOLS = tuple(_PAINTERS)


@dataclass(frozen=True, slots=True)
class ScreenContext:
    """Where an agent is shown: the terminal's size and the folder the footer names."""

    size: Size
    folder: str = "~"


def paint(play: Play, now: float, place: ScreenContext, scrolled: int = 0) -> PaintedScreen:
    """The play's screen; `scrolled` comes from the screen before it, 0 at first."""
    draft, cursor = _composer(play)
    view = View(
        size=place.size,
        folder=place.folder,
        blocks=play.blocks,
        doing=_doing(play, now),
        draft=draft,
        cursor=cursor,
        queued=play.queued,
        exit_hint=play.exit_hint_until is not None,
    )
    return _PAINTERS[play.tool](view, scrolled)


def _composer(play: Play) -> tuple[str, int]:
    """What stands in the composer, and where its cursor is."""
    if len(play.draft) < LONG_DRAFT:
        return play.draft, play.cursor
    lines = play.draft.count("\n") + 1
    shown = _STAND_INS[play.tool].format(lines=lines, characters=len(play.draft))
    return shown, len(shown)


def next_frame(play: Play, now: float) -> float | None:
    """When the screen changes by itself although nothing happens; None while it is still."""
    turn = play.turn
    if turn is None or turn.asking_since is not None:
        return None
    return turn.began + (_frame(turn.began, now) + 1) / FRAMES_PER_SECOND


def _frame(began: float, now: float) -> int:
    # A hair of grace: a timer that fires a little early must not paint the same frame twice.
    return int((now - began) * FRAMES_PER_SECOND + 0.01)


def _doing(play: Play, now: float) -> Working | Asking | None:
    turn = play.turn
    if turn is None:
        return None
    if turn.asking_since is not None:
        return asking(turn)
    return Working(now - turn.began, _frame(turn.began, now), play.turns, words(turn, now))
