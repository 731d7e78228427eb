"""A version profile: a detector and the versions it has been checked against. Pure."""

import re
from dataclasses import dataclass

from houmao.detect.signals import Detector
from houmao.tools.parts.version import Version

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Profile:
    """A detector and the versions it has been checked against: `start` to before `end`."""

    detector: Detector
    start: Version | None = None
    end: Version | None = None

    def covers(self, version: Version) -> bool:
        """Whether the version lies in the interval; a fallback covers none."""
        return self.start is not None and self.end is not None and self.start <= version < self.end


def observed(text: str | None) -> Version | None:
    """The version in the text that was seen of a running tool; a missing third number is 0."""
    found = _VERSION.search(text or "")
    if found is None:
        return None
    return int(found[1]), int(found[2]), int(found[3] or 0)
