"""A broken append-only file is put aside, so that Redis starts: what was in it can be seen anew.

A file whose end is cut off Redis mends by itself. What is lost with a broken one is the history,
the events, and which idempotency keys were used; agents, requests and turns are on disk elsewhere.
"""

from pathlib import Path

#: What Redis says before it gives up a file; with one of several files, and of a single one.
_COMPLAINTS = ("Bad file format reading the append only file", "wrong signature trying to load")
_NAMES = ("appendonly.aof", "appendonlydir")
_TAIL_BYTES = 4_000


def put_aside(folder: Path, log: Path) -> str:
    """Rename the file below `folder` that Redis's log calls broken; what was done, in words."""
    if not _complains(log):
        return ""
    for found in (folder / each for each in _NAMES):
        if found.exists():
            number = len(list(folder.glob(f"{found.name}.broken-*"))) + 1
            aside = found.with_name(f"{found.name}.broken-{number}")
            try:
                found.rename(aside)
            except OSError as error:
                return f"its file {found} is broken and cannot be put aside: {error.strerror}"
            return f"its file was broken and is now {aside}; history and events begin anew"
    return ""


def _complains(log: Path) -> bool:
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            said = file.read().decode("utf-8", "replace")
    except OSError:
        return False
    # Only what it said last: an earlier complaint was about a file that is gone.
    return any(it in said.rpartition("oO0OoO0OoO0Oo")[2][-1_000:] for it in _COMPLAINTS)
