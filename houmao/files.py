"""Replaces a small file as a whole, so that a reader or a crash never meets half of it; and opens
files in folders that others may write to, without being led elsewhere.
"""

import errno
import os
import stat
from pathlib import Path
from uuid import uuid4


def replace_text(path: Path, text: str, *, to_disk: bool = True) -> None:
    """Make `text` the file's content, readable by its owner alone.

    It goes to `<name>.<hex>.tmp` beside the file, to the disk, then over the file. On any
    failure (OSError) the temporary file is gone and the old content stays. A link in the
    file's place is replaced, not followed. Without `to_disk` it outlives every process, but
    perhaps not the machine; that saves some milliseconds.
    """
    temporary = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        _write(temporary, text, to_disk=to_disk)
        os.replace(temporary, path)
        if to_disk:
            _sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def open_plain(path: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a regular file at this very path.

    A link is not followed, and a pipe or a device is neither waited for nor read. Raises OSError.
    """
    fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "is not a regular file", str(path))
    return fd


def read_plain(path: Path) -> bytes:
    """The whole content of a regular file at this very path. Raises OSError, as above."""
    with open(open_plain(path), "rb") as file:
        return file.read()


def is_anothers(path: Path) -> bool:
    """Whether a file's folder lies where everybody may make one, and is another user's.

    Its owner could put anything in the file's place.
    """
    try:
        shared = path.parent.parent.stat().st_mode & stat.S_IWOTH
        found = path.parent.lstat()
    except OSError:
        return False
    return bool(shared) and (found.st_uid not in (0, os.getuid()) or stat.S_ISLNK(found.st_mode))


def _write(path: Path, text: str, *, to_disk: bool) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(fd, "w", encoding="utf-8") as file:
        file.write(text)
        if to_disk:
            file.flush()
            os.fsync(fd)


def _sync_folder(folder: Path) -> None:
    # The rename itself is only as durable as the folder that holds the name.
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def create_text(path: Path, text: str) -> bool:
    """Make a file that is not there yet, whole and on the disk; False when it is there.

    Of all who try at once, one gets True. Raises OSError; then nothing was made.
    """
    temporary = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        _write(temporary, text, to_disk=True)
        os.link(temporary, path)
        _sync_folder(path.parent)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True
