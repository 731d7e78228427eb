"""How often each program of a host ended by itself and was started again: a file for each.

Whoever keeps programs running counts, and whoever tells numbers reads: of both there may be many.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from houmao.files import replace_text


def note_restart(folder: Path, program: str) -> None:
    """Count one more of that program, unless the disk takes nothing: it runs all the same."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        replace_text(folder / program, str(_count(folder / program) + 1), to_disk=False)


def restarts(folder: Path) -> Iterator[tuple[str, int]]:
    """Every program that was ever restarted, and how often."""
    for path in sorted(folder.glob("*")):
        if count := _count(path):
            yield path.name, count


def _count(path: Path) -> int:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
