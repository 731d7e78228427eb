"""How old what a pane's title says is: the title of a program at work moves.

A program that ended leaves its title behind, and one whose titles are off never changes it, so a
title is a witness only while it is seen to move. Pure; it reads no title.
"""

from dataclasses import dataclass, replace

from houmao.detect.signals import Frame

#: A title looked at less often may have moved and come round to the same picture.
SIGHTINGS = 3


@dataclass(frozen=True, slots=True)
class TitleSighting:
    """The title as it was last seen, and since when and in how many looks it has been that."""

    title: str | None = None
    since: float = 0.0
    looks: int = 0
    moved: bool = False

    def after(self, frame: Frame) -> "TitleSighting":
        """The sighting once `frame` was looked at."""
        if self.looks and frame.title == self.title:
            return replace(self, looks=self.looks + 1)
        # A title that turns up where there was none may be an old one, seen late.
        moved = self.title is not None and frame.title is not None
        return TitleSighting(frame.title, frame.at_seconds, 1, moved)

    def dated(self, frame: Frame) -> Frame:
        """The frame with the age of its title."""
        if frame.title is None or (self.moved and self.looks == 1):
            return frame.with_title_age(0.0, moved=self.moved)
        age = frame.at_seconds - self.since if self.looks >= SIGHTINGS else 0.0
        return frame.with_title_age(age, moved=self.moved)
