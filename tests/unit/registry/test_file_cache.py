"""A file is read again when, and only when, it may have changed."""

import os
from pathlib import Path

import pytest

from houmao.registry.file_cache import YOUNG_SECONDS, FileCache


class Reader:
    """Reads a folder's file `it`, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, folder: Path) -> str:
        self.count += 1
        try:
            return (folder / "it").read_text()
        except OSError:
            return "unreadable"


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "a"
    made.mkdir()
    (made / "it").write_text("one")
    return made


def later(folder: Path) -> float:
    """A time at which the folder's file counts as settled."""
    return (folder / "it").lstat().st_ctime + YOUNG_SECONDS


def test_an_untouched_file_is_read_once(folder: Path, reader: Reader) -> None:
    """However often somebody looks."""
    untouched = FileCache(reader, "it")
    for _ in range(3):
        assert untouched.read_all([folder], later(folder)) == ("one",)
    assert reader.count == 1


def test_a_young_file_is_read_each_time(folder: Path, reader: Reader) -> None:
    """It could change again without a trace in its times."""
    untouched = FileCache(reader, "it")
    for _ in range(3):
        untouched.read_all([folder], later(folder) - 0.01)
    assert reader.count == 3


@pytest.mark.parametrize("how", ["rewritten", "replaced", "same size and time"])
def test_a_changed_file_is_read_again(folder: Path, reader: Reader, how: str) -> None:
    """In place or by another file, even one of the same size and modification time."""
    untouched, path = FileCache(reader, "it"), folder / "it"
    untouched.read_all([folder], later(folder))
    before = path.stat()
    if how == "replaced":
        (folder / "new").write_text("two")
        (folder / "new").replace(path)
    else:
        # The kernel's clock may not have moved since the file was made.
        while path.stat().st_ctime_ns == before.st_ctime_ns:
            path.write_text("two")
    if how == "same size and time":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert untouched.read_all([folder], later(folder)) == ("two",)


def test_a_folder_that_went_is_forgotten(folder: Path, reader: Reader) -> None:
    """What comes back under its name is read anew."""
    untouched = FileCache(reader, "it")
    untouched.read_all([folder], later(folder))
    assert untouched.read_all([], later(folder)) == ()
    untouched.read_all([folder], later(folder))
    assert reader.count == 2


def test_what_is_no_plain_file_is_read_each_time(
    folder: Path, tmp_path: Path, reader: Reader
) -> None:
    """Absent files and links: what they mean can change without a change of theirs."""
    untouched, now = FileCache(reader, "it"), later(folder)
    empty, link, inside = tmp_path / "empty", tmp_path / "link", tmp_path / "inside"
    empty.mkdir()
    link.symlink_to(folder)
    inside.mkdir()
    (inside / "it").symlink_to(folder / "it")
    for _ in range(2):
        assert untouched.read_all([empty, link, inside], now + 9) == ("unreadable", "one", "one")
    assert reader.count == 6
