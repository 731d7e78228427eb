"""The files of journals, opened with suspicion: they are their user's, and may be anything.

Only regular files of our own user are read, never through a link in their place, never more than
a bound, and never so that somebody waits. Nothing here raises. What a line means is not known.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from houmao.tools.parts.journal import JournalOwner

#: Bytes of a status file, and of a first line.
WHOLE = 256 * 1024
#: Bytes of a journal's end that are read when it is first met, and at one time later.
TAIL, CHUNK = 256 * 1024, 1024 * 1024
#: Bytes of a line; a longer one tells nothing.
LINE = 8 * 1024 * 1024
#: Files that one pattern may give, and processes below one.
MANY, FAMILY = 256, 32

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class RefusedFile(Exception):
    """A file that is not read; the message says why."""


@dataclass(frozen=True, slots=True)
class ReadPart:
    """A part of a file, which file it is, and how long."""

    content: bytes
    inode: tuple[int, int]
    size: int


def read_part(path: str, start: int, most: int) -> ReadPart:
    """At most so many bytes from `start`; from the end when negative. Raises RefusedFile."""
    try:
        fd = os.open(path, _FLAGS)
    except OSError as error:
        # A link in its place is told as ELOOP.
        raise RefusedFile(f"cannot be opened: {os.strerror(error.errno or 0)}") from None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise RefusedFile("is no regular file")
        if found.st_uid != os.getuid():
            raise RefusedFile("belongs to another user")
        begin = max(found.st_size + start, 0) if start < 0 else start
        content = os.pread(fd, most, begin)
        return ReadPart(content, (found.st_dev, found.st_ino), found.st_size)
    except OSError as error:
        raise RefusedFile(f"cannot be read: {os.strerror(error.errno or 0)}") from None
    finally:
        os.close(fd)


class HostJournalFiles:
    """The host's files, as far as a proof may look at them."""

    def text(self, path: str) -> str | None:
        """The file's text; None when it is not there, not ours, or too long."""
        try:
            part = read_part(path, 0, WHOLE)
        except RefusedFile:
            return None
        return part.content.decode("utf-8", "replace") if part.size <= WHOLE else None

    def first_line(self, path: str) -> str | None:
        """The file's first line, on the same terms."""
        try:
            line, end, _ = read_part(path, 0, WHOLE).content.partition(b"\n")
        except RefusedFile:
            return None
        return line.decode("utf-8", "replace") if end else None

    def matching(self, folder: str, pattern: str) -> tuple[str, ...]:
        """The files below a folder that match a pattern; none when there are too many."""
        try:
            found = [str(path) for path in Path(folder).glob(pattern)]
        except OSError:
            return ()
        return tuple(found) if len(found) <= MANY else ()

    def held_open(self, pid: int) -> tuple[str, ...]:
        """The files that a process holds open."""
        return tuple(_links(Path(f"/proc/{pid}/fd")))

    def written(self, path: str) -> float:
        """When the file was written last, in seconds since the epoch; 0 when it is not there."""
        try:
            return os.lstat(path).st_mtime
        except OSError:
            return 0.0


def owners(pid: int) -> Iterator[JournalOwner]:
    """A process and those below it, parents first; those of other users are left out.

    So are those that have left its session: a daemon serves others, too.
    """
    waiting, seen, session = [pid], 0, _stat(pid)[3:4]
    while waiting and seen < FAMILY:
        current, seen = waiting.pop(0), seen + 1
        stat_fields = _stat(current)
        if stat_fields[3:4] != session:
            continue
        with suppress(psutil.Error, OSError, IndexError, ValueError):
            yield replace(_owner(current, stat_fields[19]), is_tool=current == pid)
        waiting += _children(current)


def _stat(pid: int) -> list[str]:
    """What the kernel tells of a process from its state on; nothing when it is gone."""
    # `pid (comm) state …`, and comm itself may hold blanks and parentheses.
    return _told_of(pid, "stat").rpartition(")")[2].split()


def _owner(pid: int, start_ticks: str) -> JournalOwner:
    process = psutil.Process(pid)
    return JournalOwner(
        pid=pid,
        start_ticks=start_ticks,
        began=process.create_time(),
        folder=process.cwd(),
        environ=process.environ(),
    )


def _children(pid: int) -> list[int]:
    return [int(it) for it in _told_of(pid, f"task/{pid}/children").split()]


def _told_of(pid: int, name: str) -> str:
    """A short file of the kernel's, whole in one piece; looked at twice a second for many."""
    try:
        fd = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(fd, WHOLE).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(fd)


def _links(folder: Path) -> Iterator[str]:
    with suppress(OSError):
        for each in os.listdir(folder):
            with suppress(OSError):
                yield os.readlink(folder / each)
