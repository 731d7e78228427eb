"""A screen as a reader goes through it: its rows, where its parts are, what its signs look like.

It knows no tool: which sign counts in which row, and what follows, is the tool's reader's.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from houmao.detect.reading import Layout
from houmao.detect.screen import Row
from houmao.detect.signals import Evidence
from houmao.tools.parts.signs import Signs


@dataclass(frozen=True, slots=True)
class Page:
    """A screen, where its parts are, and what its version's signs look like."""

    rows: tuple[Row, ...]
    layout: Layout
    signs: Signs

    def shows(self, name: str, number: int) -> bool:
        """Whether a row shows a sign."""
        return self.signs.find(name, self.rows[number].plain) is not None

    def evidence(self, name: str, number: int) -> tuple[Evidence, ...]:
        """What a row is evidence of; nothing when it does not show the sign."""
        found = self.signs.evidence(name, number, self.rows[number].plain)
        return (found,) if found else ()

    def lowest(self, name: str, numbers: Iterable[int]) -> tuple[Evidence, ...]:
        """The same of the lowest of these rows that shows it."""
        found = (self.evidence(name, number) for number in sorted(numbers, reverse=True))
        return next((it for it in found if it), ())

    @property
    def turn(self) -> range:
        """The rows of the latest turn."""
        return range(self.layout.start, self.layout.stop)
