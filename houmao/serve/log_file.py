"""What a server and its processes say on standard error, also in a file of bounded size.

It knows nothing of what a line says.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import TextIOWrapper
from logging import LogRecord, makeLogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import Thread

#: Bytes of one file, and how many of those before it are kept as `.1`, `.2`, …
FILE_BYTES, OLDER_FILES = 5_000_000, 3
#: What the name of the newest file ends with.
LOG_SUFFIX = ".stderr.log"
#: Seconds the last lines get to be written at the end.
_END_SECONDS = 1.0
_STANDARD_ERROR = 2


def log_path(folder: Path, program: str) -> Path:
    """Where what that server or process says is kept, below a server's folder of logs."""
    return folder / f"{program}{LOG_SUFFIX}"


class _LogFile(RotatingFileHandler):
    """The file, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(
            path,
            maxBytes=FILE_BYTES,
            backupCount=OLDER_FILES,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        os.fchmod(stream.fileno(), 0o600)
        return stream

    def handleError(self, record: LogRecord) -> None:  # noqa: N802  # the library's name
        """A full disk must not make lines of its own: each would fail again."""


@contextmanager
def kept_log(path: Path) -> Iterator[None]:
    """Until the end, what this process and its children say is kept in `path`, too.

    Where standard error is that file already, only there. Raises OSError for a folder that
    cannot be written.
    """
    file = _LogFile(path)
    shown = os.dup(_STANDARD_ERROR)
    source, sink = os.pipe()
    _say_to(sink)
    os.close(sink)
    shows = not os.path.samestat(os.fstat(shown), path.stat())
    copier = Thread(target=_copy, args=(source, shown if shows else None, file), daemon=True)
    copier.start()
    try:
        yield
    finally:
        _say_to(shown)
        # A process that outlives us may hold the other end.
        copier.join(_END_SECONDS)


def _say_to(descriptor: int) -> None:
    sys.stderr.flush()
    os.dup2(descriptor, _STANDARD_ERROR)


def _copy(source: int, shown: int | None, file: RotatingFileHandler) -> None:
    with os.fdopen(source, "rb") as lines, closing(file):
        for line in lines:
            if shown is not None:
                shown = _shown(line, shown)
            text = line.decode(errors="backslashreplace").rstrip("\n")
            file.emit(makeLogRecord({"msg": text}))


def _shown(line: bytes, shown: int) -> int | None:
    """Write where a person may read it; None once nobody does, as when a terminal was closed."""
    try:
        os.write(shown, line)
    except OSError:
        return None
    return shown
