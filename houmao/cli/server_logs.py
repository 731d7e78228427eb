"""`houmao-mgr server logs`: what this host's servers and their processes said, and go on saying."""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import click

from houmao import config
from houmao.cli.lazy_group import examples
from houmao.cli.render.output import compact, plain
from houmao.errors import NotFound
from houmao.serve.log_file import LOG_SUFFIX, OLDER_FILES

LEVELS = ("debug", "info", "warning", "error", "critical")
_HEAD = re.compile(r"at=(?P<at>\S+) level=(?P<level>\w+) ")
#: Seconds between two looks whether more was said.
_LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of the log, with those below it that have no head of their own.

    `at` is ISO-8601 in UTC and empty above the first head, as `level` is; `lines` are as written.
    """

    at: str
    level: str
    lines: tuple[str, ...]

    def is_at_least(self, level: str) -> bool:
        """Whether it is of that level or above; what has no level counts as an error."""
        known = self.level if self.level in LEVELS else "error"
        return LEVELS.index(known) >= LEVELS.index(level)


@click.command(
    epilog=examples(
        "houmao-mgr server logs",
        "houmao-mgr server logs -f --level warning",
        "houmao-mgr server logs -n 1000 | grep process=watch",
        "houmao-mgr server logs --json | jq -r 'select(.level == \"error\") | .lines[0]'",
    )
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is said from now, till Ctrl-C.")
@click.option(
    "-n", "--lines", "most", type=click.IntRange(min=0), default=50, show_default=True,
    help="At most so many entries of what was said.",
)  # fmt: skip
@click.option(
    "--level", type=click.Choice(LEVELS), default=LEVELS[0], show_default=True,
    help="Only entries of this level and above.",
)  # fmt: skip
@click.option("--runtime-root", type=Path, help="Folder of all runtime state.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object an entry.")
def logs(follow: bool, most: int, level: str, runtime_root: Path | None, as_json: bool) -> None:
    """Show what the servers of this host and their processes said, oldest first.

    Of all servers of one runtime root, running or ended, by time. The files are in
    `houmao_servers/<host>-<port>/logs` there; each is kept within 20 MB.
    """
    root = config.load(runtime_root=runtime_root).servers_root
    show = _as_json if as_json else _as_text
    try:
        for entry in _entries(root, most, level, follow=follow):
            click.echo(show(entry))
    except KeyboardInterrupt:
        click.echo(err=True)


def _as_text(entry: LogEntry) -> str:
    return "\n".join(map(plain, entry.lines))


def _as_json(entry: LogEntry) -> str:
    return compact({"at": entry.at, "level": entry.level, "lines": entry.lines})


def _entries(root: Path, most: int, level: str, *, follow: bool) -> Iterator[LogEntry]:
    with ExitStack() as held:
        tails = _opened_tails(root, {}, held)
        if not tails:
            raise NotFound(f"no server said anything below {root} yet; start one, or name its root")
        lines = (it.older(most) + it.more() for it in tails.values())
        said = [it for it in _by_time(lines) if it.is_at_least(level)]
        yield from said[max(0, len(said) - most) :]
        while follow:
            time.sleep(_LOOK_EVERY)
            tails = _opened_tails(root, tails, held)
            said = _by_time(it.more() for it in tails.values())
            yield from (it for it in said if it.is_at_least(level))


def _opened_tails(
    root: Path, known: Mapping[Path, "_Tail"], held: ExitStack
) -> dict[Path, "_Tail"]:
    paths = (it for it in root.glob(f"*/logs/*{LOG_SUFFIX}") if it not in known)
    return {**known, **{path: held.enter_context(closing(_Tail(path))) for path in paths}}


def _by_time(found: Iterable[Sequence[str]]) -> list[LogEntry]:
    return sorted((it for lines in found for it in entries(lines)), key=lambda it: it.at)


def entries(lines: Sequence[str]) -> list[LogEntry]:
    """The lines of one file as entries."""
    found: list[LogEntry] = []
    for line in lines:
        head = _HEAD.match(line)
        if head:
            found.append(LogEntry(head["at"], head["level"], (line,)))
        elif found:
            found[-1] = replace(found[-1], lines=(*found[-1].lines, line))
        else:
            found.append(LogEntry("", "", (line,)))
    return found


class _Tail:
    """One log as it grows; its file is renamed when it is full, and another one begun."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _opened(path)

    def older(self, most: int) -> list[str]:
        """Lines of the files before this one, as many files as it takes to have `most` lines."""
        found: list[str] = []
        for number in range(1, OLDER_FILES + 1):
            path = self._path.with_name(f"{self._path.name}.{number}")
            if len(found) >= most or not path.exists():
                break
            found[:0] = path.read_text(errors="replace").splitlines()
        return found

    def more(self) -> list[str]:
        """The lines that were written since this was asked last."""
        found = self._file.readlines()
        if self._is_renamed():
            found += self._file.readlines()
            self._file.close()
            self._file = _opened(self._path)
            found += self._file.readlines()
        return [it.rstrip("\n") for it in found]

    def close(self) -> None:
        self._file.close()

    def _is_renamed(self) -> bool:
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False


def _opened(path: Path) -> IO[str]:
    return path.open(errors="replace")
