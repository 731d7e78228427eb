"""How a play looks: which painter paints which tool, and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass

from houmao.demo import claude_screen, codex_screen, gemini_screen
from houmao.demo.play import Play, asking, words
from houmao.demo.rows import Screen, Size
from houmao.demo.view import Asking, View, Working

#: Animation steps of a working agent per second, about as the real tools have them.
FRAMES_PER_SECOND = 8

_PAINTERS: dict[str, Callable[[View, int], Screen]] = {
    "claude": claude_screen.paint,
    "codex": codex_screen.paint,
    "gemini": gemini_screen.paint,
}

#: Tools that a stub can play.
TOOLS = tuple(_PAINTERS)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agent is shown: the terminal's size and the folder the footer names."""

    size: Size
    folder: str = "~"


def paint(play: Play, now: float, place: Place, scrolled: int = 0) -> Screen:
    """The play's screen; `scrolled` comes from the screen before it, 0 at first."""
    view = View(
        size=place.size,
        folder=place.folder,
        blocks=play.blocks,
        doing=_doing(play, now),
        draft=play.draft,
        cursor=play.cursor,
        queued=play.queued,
        exit_hint=play.exit_hint_until is not None,
    )
    return _PAINTERS[play.tool](view, scrolled)


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
