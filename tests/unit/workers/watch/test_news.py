"""What the kernel tells without being asked: ended processes, painted devices, changed folders."""

import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import wait_until
from workers.watch.change_notices import ChangeNotices
from workers.watch.lease_owner import has_ended, owner_text
from workers.watch.process_exits import ProcessExits


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that lives until it is told to end."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture
def process_exits() -> Iterator[ProcessExits]:
    made = ProcessExits()
    yield made
    made.close()


@pytest.fixture
def change_notices() -> Iterator[ChangeNotices]:
    made = ChangeNotices()
    yield made
    made.close()


def readable(descriptor: int, seconds: float = 2.0) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def test_the_end_of_a_process_is_told_once(
    process_exits: ProcessExits, child: subprocess.Popen[bytes]
) -> None:
    """Its descriptor becomes readable; nobody needs to wait for the child."""
    assert process_exits.watch(child.pid)
    assert process_exits.watches(child.pid)
    assert not readable(process_exits.fileno(), 0)
    child.kill()
    assert readable(process_exits.fileno())
    assert process_exits.read() == {child.pid}
    assert (process_exits.read(), process_exits.watches(child.pid)) == (set(), False)
    assert not readable(process_exits.fileno(), 0)


def test_a_process_that_is_gone_cannot_be_watched(
    process_exits: ProcessExits, child: subprocess.Popen[bytes]
) -> None:
    """The owner is told so, and finds out by looking."""
    child.kill()
    child.wait()
    assert not process_exits.watch(child.pid)
    assert not process_exits.watches(child.pid)


def test_an_unwatched_process_is_not_told(
    process_exits: ProcessExits, child: subprocess.Popen[bytes]
) -> None:
    """And unwatching what is not watched is no error."""
    process_exits.watch(child.pid)
    process_exits.watch(child.pid)
    process_exits.unwatch(child.pid)
    process_exits.unwatch(child.pid)
    child.kill()
    child.wait()
    assert process_exits.read() == set()


def test_closing_gives_every_descriptor_back(child: subprocess.Popen[bytes]) -> None:
    """Hundreds of agents come and go in one process."""
    before = len(os.listdir("/proc/self/fd"))
    made, news = ProcessExits(), ChangeNotices()
    made.watch(child.pid)
    made.close()
    news.close()
    made.close()
    news.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert (made.fileno(), made.read(), news.fileno(), news.works) == (-1, set(), -1, False)


def test_painting_on_a_terminal_is_told(change_notices: ChangeNotices) -> None:
    """Only for terminals that are watched, however much was painted."""
    (near, far), (other_near, other_far) = os.openpty(), os.openpty()
    tty = os.ttyname(far)
    assert change_notices.watch_tty(tty)
    assert change_notices.read().ttys == frozenset()
    for _ in range(3):
        os.write(far, b"x")
        os.write(other_far, b"x")
    assert readable(change_notices.fileno())
    found = change_notices.read()
    assert (found.ttys, found.registry, found.overflow) == ({tty}, False, False)
    change_notices.unwatch(tty)
    os.write(far, b"x")
    assert change_notices.read().ttys == frozenset()
    for descriptor in (near, far, other_near, other_far):
        os.close(descriptor)


def test_a_terminal_that_is_not_there_cannot_be_watched(change_notices: ChangeNotices) -> None:
    """Its pane may have closed just now."""
    assert not change_notices.watch_tty("/nowhere/tty")
    change_notices.unwatch("/nowhere/tty")


def test_a_closed_terminal_frees_its_name_for_another(change_notices: ChangeNotices) -> None:
    """The kernel gives a closed pane's device name to the next one, even before we have read."""
    near, far = os.openpty()
    tty = os.ttyname(far)
    change_notices.watch_tty(tty)
    os.close(far)
    os.close(near)
    near, far = os.openpty()
    assert os.ttyname(far) == tty, "the kernel reuses the lowest free number"
    change_notices.watch_tty(tty)
    change_notices.read()
    os.write(far, b"x")
    assert change_notices.read().ttys == {tty}
    os.close(far)
    os.close(near)


def test_changes_of_a_registry_folder_are_told(
    change_notices: ChangeNotices, tmp_path: Path
) -> None:
    """Made, renamed over, written in place, removed; not read."""
    assert change_notices.watch_folder(tmp_path)
    file = tmp_path / "record.json"

    def told() -> bool:
        return change_notices.read().registry

    file.write_text("x")
    assert told()
    (tmp_path / "new").write_text("y")
    told()
    (tmp_path / "new").rename(file)
    assert told()
    file.read_text()
    assert not told()
    file.unlink()
    assert told()


def test_a_folder_that_is_a_link_or_absent_is_not_watched(
    change_notices: ChangeNotices, tmp_path: Path
) -> None:
    """Neither is a file."""
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    for name in ("link", "absent", "file"):
        assert not change_notices.watch_folder(tmp_path / name)


def test_a_removed_folder_can_be_watched_anew(
    change_notices: ChangeNotices, tmp_path: Path
) -> None:
    """The kernel forgets a removed folder; the same path is another folder then."""
    folder = tmp_path / "agents"
    folder.mkdir()
    change_notices.watch_folder(folder)
    folder.rmdir()
    assert change_notices.read().registry
    folder.mkdir()
    assert change_notices.watch_folder(folder)
    (folder / "x").touch()
    assert change_notices.read().registry


def test_lost_events_are_told_as_such(change_notices: ChangeNotices, tmp_path: Path) -> None:
    """More events than the kernel keeps: everything may have changed."""
    change_notices.watch_folder(tmp_path)
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    a, b = tmp_path / "a", tmp_path / "b"
    a.touch()
    for _ in range(limit // 2 + 2):
        a.rename(b)
        a, b = b, a
    found = change_notices.read()
    assert (found.overflow, found.registry) == (True, True)
    assert not change_notices.read().overflow


def test_a_living_owner_has_not_ended(child: subprocess.Popen[bytes]) -> None:
    """Nor one of whom nothing can be known: of another machine, or written by another version."""
    mine = owner_text(child.pid)
    assert " " not in mine
    machine, pid, start = mine.split(":")
    for owner in (mine, f"other.1:{pid}:{start}", "", "x", f"{machine}:{pid}x:{start}"):
        assert not has_ended(owner)


def test_an_ended_owner_has_ended(child: subprocess.Popen[bytes]) -> None:
    """Waited for or not; and one whose process id is another process's now."""
    mine = owner_text(child.pid)
    machine, _, _ = mine.split(":")
    assert has_ended(f"{machine}:{os.getpid()}:1.00")
    child.kill()
    wait_until(lambda: has_ended(mine), "the zombie counts as ended")
    child.wait()
    assert has_ended(mine)
