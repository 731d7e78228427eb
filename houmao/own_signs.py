"""A user's own signs: one file a tool in one folder, read again when it has changed.

For the day on which a tool changes its words. What is wrong with a file is a complaint, never an
error: a line that cannot be used leaves the sign as it came with Houmao.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from houmao.detect.signals import Detector
from houmao.tools.catalog import select_detector, tool_named
from houmao.tools.parts.signs import OWN, SignFile, SignProblem, parse_signs

#: More is no file of signs.
MAX_BYTES = 200_000
#: Of a file: when it was written, and its size.
_Stamp = tuple[int, int]


def _silent(complaint: str) -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class OwnSigns:
    """The files in `folder`, which need not exist; `complain` hears of each problem once."""

    folder: Path
    complain: Callable[[str], None] = _silent
    _read: dict[str, tuple[_Stamp | None, SignFile]] = field(default_factory=dict)

    def detector_for(self, tool: str, version: str | None, override: str | None = None) -> Detector:
        """The detector that reads by these signs. Raises UsageError for an unknown override."""
        return select_detector(tool, version, override, self.file(tool).book)

    def path(self, tool: str) -> Path:
        """The user's file for a tool."""
        return self.folder / f"{tool}.toml"

    def file(self, tool: str) -> SignFile:
        """What the user's file says of a tool; empty where there is none."""
        if not tool_named(tool).signs.names:
            return SignFile()
        stamp = _stamp(self.path(tool))
        known = self._read.get(tool)
        if known is None or known[0] != stamp:
            known = self._read[tool] = (stamp, self._parsed(tool, stamp))
            for complaint in self.complaints(tool, known[1]):
                self.complain(complaint)
        return known[1]

    def complaints(self, tool: str, file: SignFile) -> Iterator[str]:
        """A sentence for each problem: file, line, and what is wrong there."""
        for problem in file.problems:
            yield f"{self.path(tool)}:{problem.line}: {problem.message}"

    def _parsed(self, tool: str, stamp: _Stamp | None) -> SignFile:
        if stamp is None:
            return SignFile()
        if stamp[1] > MAX_BYTES:
            return _unread(f"the file is larger than {MAX_BYTES:,} bytes")
        try:
            text = self.path(tool).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            return _unread(f"the file cannot be read: {error}")
        return parse_signs(text, OWN, tool_named(tool).signs.names)


def _unread(message: str) -> SignFile:
    return SignFile(problems=(SignProblem(1, message),))


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
