"""What is the same for every tool that Houmao reads: from a frame to signals by a tool's reader.

A tool brings a function that reads a screen, and a pattern of titles that tell of work. This file
knows no tool's glyphs and no place on a screen.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from houmao.detect.dialogs import Dialog
from houmao.detect.reading import Reading, signals
from houmao.detect.screen import Row, Screen
from houmao.detect.shell import shell_row
from houmao.detect.signals import Evidence, Frame, GrowthRule, Signals, TurnView

#: Reads a screen; the evidence is that of the terminal's title, for a tool to add to its own.
Read = Callable[[Screen, tuple[Evidence, ...]], Reading]


@dataclass(frozen=True, slots=True)
class ScreenDetector:
    """Detector of one family of versions of one tool."""

    name: str
    version: str
    read: Read
    #: Titles of a tool at work; a missing title says nothing.
    working_title: re.Pattern[str]
    growth: GrowthRule | None = None

    def detect(self, frame: Frame) -> Signals:
        """What `frame` shows."""
        screen, title = frame.screen, frame.title
        works = title is not None and self.working_title.match(title)
        titled = (Evidence("title", (), title[:60]),) if works and title is not None else ()
        return signals(self.read(screen, titled), screen, self.name, self.version)


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
