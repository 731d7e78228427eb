"""Who holds a lock file, found out without touching the lock."""

import fcntl
import os
from pathlib import Path

import pytest

from houmao import lock_files
from houmao.lock_files import HeldLock


def test_only_what_one_process_holds_on_to(tmp_path: Path) -> None:
    """A free lock, a missing file and a link are none."""
    held, free = tmp_path / "held.lock", tmp_path / "free.lock"
    (tmp_path / "link.lock").symlink_to(held)
    free.touch()
    with held.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        paths = (held, free, tmp_path / "gone.lock", tmp_path / "link.lock")
        assert lock_files.lasting(paths) == [HeldLock(held, os.getpid())]
    assert lock_files.lasting([held]) == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_another_users_lock(tmp_path: Path) -> None:
    """One that has gone since it was listed is nobody's."""
    own, other = tmp_path / "own.lock", tmp_path / "other.lock"
    own.touch()
    other.touch()
    os.chown(other, 65534, 65534)
    assert list(lock_files.foreign((own, other, tmp_path / "gone.lock"))) == [other]
