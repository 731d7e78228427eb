"""What the watch process of a live run may see: both witnesses, or less on purpose.

`python -m tests.live.sight SIGHT` is that process. It knows no lab and no turn.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from houmao import config, logs
from houmao.detect.signals import Detector, Frame, GrowthRule, Signals
from houmao.tools.catalog import select_detector
from workers.watch.__main__ import run


class Sight(StrEnum):
    """What is taken away."""

    BOTH = "both"
    SCREEN = "screen"
    JOURNAL = "journal"
    #: Both, as if no profile knew the tool's version.
    UNPROFILED = "unprofiled"
    #: The screen alone, so read.
    UNPROFILED_SCREEN = "unprofiled-screen"

    @property
    def has_journals(self) -> bool:
        """Whether the tools' own journals are read."""
        return self in (Sight.BOTH, Sight.JOURNAL, Sight.UNPROFILED)

    @property
    def has_screens(self) -> bool:
        """Whether screens are read, so that prompts can be handed to the server."""
        return self is not Sight.JOURNAL

    @property
    def environ(self) -> Mapping[str, str]:
        """What the server's processes are told of it."""
        return {} if self.has_journals else {"HOUMAO_IGNORE_JOURNALS": "1"}

    @property
    def watch_words(self) -> tuple[str, ...]:
        """The module that watches in place of the usual one; nothing where that one does."""
        return ("tests.live.sight", self) if self in _DETECTORS else ()


@dataclass(frozen=True, slots=True)
class BlindDetector:
    """Sees nothing on any screen."""

    name: str
    version: str = "blind"
    growth: GrowthRule | None = None

    def detect(self, frame: Frame) -> Signals:
        """Nothing."""
        return Signals(self.name, self.version)


def _unprofiled(tool: str, _: str | None) -> Detector:
    return select_detector(tool, None)


_DETECTORS: Mapping[Sight, Callable[[str, str | None], Detector]] = {
    Sight.JOURNAL: lambda tool, _: BlindDetector(tool),
    Sight.UNPROFILED: _unprofiled,
    Sight.UNPROFILED_SCREEN: _unprofiled,
}

if __name__ == "__main__":
    logs.configure("watch")
    run(config.load(), _DETECTORS[Sight(sys.argv[1])])
