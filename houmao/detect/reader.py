"""What is the same for every tool that Houmao reads: from a frame to signals by a tool's reader.

A tool brings a function that reads a screen, and one that knows the titles that tell of work. This
file knows no tool's glyphs and no place on a screen.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from houmao.detect.dialogs import Dialog
from houmao.detect.reading import Reading, signals
from houmao.detect.screen import Row, Screen
from houmao.detect.shell import shell_row
from houmao.detect.signals import Evidence, Frame, GrowthRule, Signals, TurnView

#: The title tells of work, and nobody has seen it move yet: it may be an earlier program's.
TITLE_UNMOVED = "title_unmoved"
#: A working title moves; one that has stood for longer is nobody's any more.
TITLE_STANDS_SECONDS = 2.5

#: Reads a screen; the evidence is that of the terminal's title, for a tool to add to its own.
Read = Callable[[Screen, tuple[Evidence, ...]], Reading]


@dataclass(frozen=True, slots=True)
class ScreenDetector:
    """Detector of one family of versions of one tool."""

    name: str
    version: str
    read: Read
    #: What a title that tells of work is evidence of; None for a tool whose screen always tells.
    titled: Callable[[str], Evidence | None] | None = None
    growth: GrowthRule | None = None

    def detect(self, frame: Frame) -> Signals:
        """What `frame` shows."""
        screen = frame.screen
        return signals(self.read(screen, self._titled(frame)), screen, self.name, self.version)

    def _titled(self, frame: Frame) -> tuple[Evidence, ...]:
        if frame.title is None or self.titled is None:
            return ()
        found = self.titled(frame.title)
        if found is None or frame.title_age_seconds > TITLE_STANDS_SECONDS:
            return ()
        return (found if frame.title_moved else replace(found, rule=TITLE_UNMOVED),)


def asked(dialog: Dialog, turn: TurnView) -> Reading:
    """A dialog stands where the composer would."""
    return Reading(blocked_on=dialog.kind, turn=turn, evidence=(dialog.evidence,))


def without_composer(rows: tuple[Row, ...], notes: tuple[str, ...]) -> Reading:
    """Neither a composer nor a dialog: a shell's screen, or one that says nothing."""
    return Reading(shell_screen=shell_row(rows, 0) is not None, notes=notes)


def left_to_shell(rows: tuple[Row, ...], below: int) -> Reading | None:
    """The reading of a composer that a shell has written under, from row `below` on."""
    gone = shell_row(rows, below)
    if gone is None:
        return None
    return Reading(shell_screen=True, evidence=(Evidence("shell_below", (gone,)),))
