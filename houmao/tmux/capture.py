"""Look at one pane with one tmux process: its facts and its screen, or its whole text.

For work that looks for seconds or minutes; whoever watches all the time keeps a connection.
"""

from houmao.detect.signals import Frame
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run
from houmao.tmux.panes import PANE_FORMAT, Pane, frame_of, parse_pane

#: Lines of history that are read above the screen at most.
MOST_HISTORY = 10_000


def capture(address: TmuxAddress, pane_id: str, at_seconds: float) -> tuple[Pane, Frame] | None:
    """The pane and its screen now, None when there is no such pane. Raises TmuxError."""
    return _captured(address, pane_id, at_seconds, ())


def capture_all(address: TmuxAddress, pane_id: str, at_seconds: float) -> tuple[Pane, Frame] | None:
    """As `capture`, with the lines that scrolled off the screen above it."""
    return _captured(address, pane_id, at_seconds, ("-S", f"-{MOST_HISTORY}"))


def _captured(
    address: TmuxAddress, pane_id: str, at_seconds: float, more: tuple[str, ...]
) -> tuple[Pane, Frame] | None:
    facts = ("display-message", "-p", "-t", pane_id, PANE_FORMAT)
    screen = ("capture-pane", "-p", "-e", *more, "-t", pane_id)
    lines = run(address, *facts, ";", *screen).split("\n")
    pane = parse_pane(lines[0])
    # A dead id must not be answered by another pane: tmux falls back to its current one.
    if pane is None or pane.pane_id != pane_id:
        return None
    return pane, frame_of(pane, lines[1:-1], at_seconds)
