"""A screen as a reader goes through it: its rows, where its parts are, what its signs look like.

It knows no tool: which sign counts in which row, and what follows, is the tool's reader's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from houmao.detect.dialogs import find_dialog
from houmao.detect.reader import ScreenDetector, asked, left_to_shell, without_composer
from houmao.detect.reading import Composer, Layout, Reading
from houmao.detect.screen import Row, Screen
from houmao.detect.signals import Evidence, TurnView
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


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads a tool that shows a composer unless it asks something, and names its own parts."""

    name: str
    find_layout: Callable[[tuple[Row, ...]], Layout]
    turn: Callable[[Page], TurnView]
    at_composer: Callable[[Page, Composer], Reading]

    def detector(self, version: str, signs: Signs, notes: tuple[str, ...] = ()) -> ScreenDetector:
        """The detector of one family of versions; the notes stand in all that it reads."""
        return ScreenDetector(self.name, version, partial(self._read, signs, notes))

    def _read(
        self, signs: Signs, notes: tuple[str, ...], screen: Screen, _titled: tuple[Evidence, ...]
    ) -> Reading:
        rows = screen.rows
        page = Page(rows, self.find_layout(rows), signs)
        composer = page.layout.composer
        if composer is None:
            dialog = find_dialog(rows, page.layout.start)
            return asked(dialog, self.turn(page)) if dialog else without_composer(rows, notes)
        if (left := left_to_shell(rows, composer.first + 1)) is not None:
            return left
        reading = self.at_composer(page, composer)
        return replace(reading, notes=(*notes, f"prompt_kind={composer.kind.value}"))
