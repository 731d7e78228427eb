"""One file of lines that grows: what was appended since the last look, in whole lines.

It is read from its end when it is first met, and again when it was replaced or cut. It knows
neither what a line means nor who tells that there is something to read.
"""

from dataclasses import dataclass

from workers.watch.journal_files import CHUNK, LINE, TAIL, ReadPart, RefusedFile, read_part


@dataclass(frozen=True, slots=True)
class TailLines:
    """What a look gave; `afresh` when it is the end of a file that was not followed until now."""

    lines: tuple[str, ...] = ()
    afresh: bool = False
    #: There is more than one look may take.
    more: bool = False
    #: Why nothing could be read, empty when it could.
    problem: str = ""


class JournalTail:
    """The lines of one path."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._inode: tuple[int, int] | None = None
        self._offset = 0
        self._rest = b""
        #: Up to the next line break, what comes belongs to a line whose beginning is unknown.
        self._skips = False

    def read(self) -> TailLines:
        """What was appended since the last look."""
        try:
            part = read_part(self.path, self._offset, CHUNK)
            afresh = part.inode != self._inode or part.size < self._offset
            if afresh:
                part = self._begin(read_part(self.path, -TAIL, TAIL))
        except RefusedFile as refused:
            self._inode = None
            return TailLines(problem=str(refused))
        self._offset += len(part.content)
        return TailLines(self._whole(part.content), afresh, more=self._offset < part.size)

    def _begin(self, part: ReadPart) -> ReadPart:
        self._inode, self._rest = part.inode, b""
        self._offset = max(part.size - TAIL, 0)
        self._skips = self._offset > 0
        return part

    def _whole(self, content: bytes) -> tuple[str, ...]:
        *lines, self._rest = (self._rest + content).split(b"\n")
        if lines and self._skips:
            del lines[0]
            self._skips = False
        if self._skips or len(self._rest) > LINE:
            self._rest, self._skips = b"", True
        return tuple(line.decode("utf-8", "replace") for line in lines if line)
