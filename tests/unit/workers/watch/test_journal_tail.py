"""One file of lines on a real disk: what is read of it, and what is refused."""

import os
from pathlib import Path

import pytest

from workers.watch.journal_files import LINE, TAIL, HostJournalFiles
from workers.watch.journal_tail import JournalTail


@pytest.mark.parametrize("kind", ["link", "fifo", "folder", "missing"])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, kind: str) -> None:
    """Nothing is read through a link, and nobody waits at a pipe."""
    path = tmp_path / "journal"
    if kind == "link":
        (tmp_path / "other").write_text("x\n")
        path.symlink_to(tmp_path / "other")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    found = JournalTail(str(path)).read()
    assert found.lines == ()
    assert found.problem
    assert HostJournalFiles().text(str(path)) is None


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    """Even one that everybody may read."""
    path = Path("/etc/hostname")
    if path.stat().st_uid == os.getuid():
        # Root owns what the system brings, and may give a file of its own away.
        path = tmp_path / "journal"
        path.write_text("{}\n")
        os.chown(path, 12345, -1)
    assert JournalTail(str(path)).read().problem == "belongs to another user"


def test_a_partial_line_waits_for_its_end(tmp_path: Path) -> None:
    """It is given whole, once."""
    path = tmp_path / "journal"
    path.write_bytes(b"one\ntw")
    tail = JournalTail(str(path))
    assert tail.read().lines == ("one",)
    with path.open("ab") as file:
        file.write(b"o\n\xff\xfe\n")
    assert tail.read().lines == ("two", "\ufffd\ufffd")
    assert tail.read().lines == ()


def test_replaced_and_cut_files_are_read_afresh(tmp_path: Path) -> None:
    """Also when the new one is as long as the old one was."""
    path, other = tmp_path / "journal", tmp_path / "other"
    path.write_text("one\ntwo\n")
    tail = JournalTail(str(path))
    tail.read()
    other.write_text("six\nten\n")
    other.replace(path)
    assert (found := tail.read()).afresh
    assert found.lines == ("six", "ten")
    path.write_text("cut\n")
    assert tail.read().lines == ("cut",)


def test_a_huge_file_is_read_from_its_end(tmp_path: Path) -> None:
    """A gigabyte costs no more than its last part."""
    path = tmp_path / "journal"
    with path.open("wb") as file:
        file.truncate(1 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\nlast\n")
    assert JournalTail(str(path)).read().lines == ("last",)


def test_a_huge_line_tells_nothing_and_costs_no_memory(tmp_path: Path) -> None:
    """What comes after it is read."""
    path = tmp_path / "journal"
    path.write_text("first\n")
    tail = JournalTail(str(path))
    tail.read()
    with path.open("ab") as file:
        file.write(b"x" * 50_000_000 + b"\nlast\n")
    found, lines, parts = tail.read(), list[str](), 0
    while found.more:
        found, parts = tail.read(), parts + 1
        lines += found.lines
        assert len(tail._rest) <= LINE + TAIL * 4
        assert parts < 100
    assert lines == ["last"]
