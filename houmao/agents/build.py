"""Carries a brain's plan out on disk: the whole home and its manifest, or nothing.

A home is made beside its place and moved there. Decides nothing about what is in it.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import uuid4

import yaml
from filelock import FileLock, Timeout

from houmao.agents.brain import BrainPlan, Entry, FileCopy, FileLink, ScriptFile, SkillFile
from houmao.errors import Conflict, Unavailable
from houmao.files import replace_text
from houmao.mailbox.skill import taught

#: Nobody holds the lock for longer than it takes to copy the files of a home.
LOCK_SECONDS = 30.0


def build(plan: BrainPlan, *, reuse: bool, obsolete: Iterable[PurePosixPath] = ()) -> None:
    """Write the home and the manifest.

    With `reuse`, an existing home keeps what the plan lacks, but for `obsolete`, which an
    earlier build put there. Raises Conflict for an existing home without `reuse`, and
    Unavailable when the disk refuses; then everything is as it was before.
    """
    home = plan.home_path
    with _unavailable(home), _locked(plan):
        if os.path.lexists(home) and not (reuse and _is_real_folder(home)):
            raise Conflict(
                f"home {home} exists already; build it again with --reuse-home, "
                "or choose another --home-id"
            )
        with _workshop(home) as workshop:
            _stage(plan, workshop / "new")
            plan.manifest_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            move = Move(workshop / "old")
            with move.undone_on_failure():
                for place in obsolete:
                    move.discard(home / place)
                move.merge(workshop / "new", home, plan.units)
                home.chmod(0o700)
                replace_text(plan.manifest_path, _yaml(plan.manifest))


class Move:
    """Moves staged files to their places and can take every step back."""

    def __init__(self, aside: Path) -> None:
        self._aside = aside
        self._done: list[tuple[Path, Path]] = []
        aside.mkdir()

    @contextmanager
    def undone_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            for source, target in reversed(self._done):
                os.rename(target, source)
            raise

    def merge(self, staged: Path, target: Path, units: frozenset[PurePosixPath]) -> None:
        """Put the staged folder in place of `target`, or into it, file by file.

        `units` are folders that replace their like as a whole.
        """
        self._merge(staged, target, PurePosixPath(), units)

    def _merge(
        self, staged: Path, target: Path, inner: PurePosixPath, units: frozenset[PurePosixPath]
    ) -> None:
        is_folder = _is_real_folder(staged) and _is_real_folder(target)
        if is_folder and inner not in units:
            for name in sorted(os.listdir(staged)):
                self._merge(staged / name, target / name, inner / name, units)
            return
        self.discard(target)
        self._rename(staged, target)

    def discard(self, target: Path) -> None:
        """Take away what is there, if anything."""
        if os.path.lexists(target):
            self._rename(target, self._aside / uuid4().hex)

    def _rename(self, source: Path, target: Path) -> None:
        os.rename(source, target)
        self._done.append((source, target))


def _is_real_folder(path: Path) -> bool:
    # What lies behind a link belongs to somebody else.
    return path.is_dir() and not path.is_symlink()


@contextmanager
def _unavailable(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or home
        raise Unavailable(f"home {home} cannot be made: {place}: {error.strerror}") from None


@contextmanager
def _locked(plan: BrainPlan) -> Iterator[None]:
    locks = plan.manifest_path.parent.parent / "locks"
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with FileLock(locks / "homes.lock", timeout=LOCK_SECONDS, mode=0o600):
            yield
    except Timeout:
        raise Unavailable("another process is building a home; try again") from None


@contextmanager
def _workshop(home: Path) -> Iterator[Path]:
    """A folder on the home's own disk, gone afterwards; also those of builds that were killed."""
    home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = re.compile(rf"\.{re.escape(home.name)}\.[0-9a-f]{{32}}\.tmp")
    for left in filter(name.fullmatch, os.listdir(home.parent)):
        shutil.rmtree(home.parent / left, ignore_errors=True)
    workshop = home.parent / f".{home.name}.{uuid4().hex}.tmp"
    workshop.mkdir(mode=0o700)
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _stage(plan: BrainPlan, staged: Path) -> None:
    staged.mkdir(mode=0o700)
    for entry in plan.entries:
        path = staged / entry.destination
        _make_folders(path.parent, staged)
        _write(entry, path)


def _make_folders(folder: Path, top: Path) -> None:
    if folder != top:
        _make_folders(folder.parent, top)
        folder.mkdir(mode=0o700, exist_ok=True)


def _write(entry: Entry, path: Path) -> None:
    match entry:
        case FileLink(target=target):
            path.symlink_to(target)
        case FileCopy(source=source):
            mode = 0o700 if source.stat().st_mode & 0o100 else 0o600
            with source.open("rb") as original, _created(path, mode) as copy:
                shutil.copyfileobj(original, copy)
        case SkillFile(source=source, command=command):
            with _created(path, 0o600) as skill:
                skill.write(taught(source.read_text("utf-8"), command).encode())
        case ScriptFile(text=text):
            with _created(path, 0o700) as script:
                script.write(text.encode())


def _created(path: Path, mode: int) -> BinaryIO:
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")


def _yaml(document: object) -> str:
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
