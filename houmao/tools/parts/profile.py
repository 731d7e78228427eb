"""A version profile: how a screen is read, and the first version that is read so. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from houmao.detect.signals import Detector
from houmao.tools.parts.signs import Signs
from houmao.tools.parts.version import Version

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Profile:
    """A way to read a screen and the first version that is read so; a fallback has none."""

    #: Makes the detector, of the signs by which it reads.
    detector: Callable[[Signs], Detector]
    since: Version | None = None

    def reads(self, version: Version) -> bool:
        """Whether the version is none from before the profile; a fallback reads none by number."""
        return self.since is not None and self.since <= version


def observed(text: str | None) -> Version | None:
    """The version in the text that was seen of a running tool; a missing third number is 0."""
    found = _VERSION.search(text or "")
    if found is None:
        return None
    return int(found[1]), int(found[2]), int(found[3] or 0)
