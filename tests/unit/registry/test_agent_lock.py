"""One holder at a time, per agent and purpose; an end of the holder is an end of the lock."""

import stat
from pathlib import Path

import pytest

from houmao.errors import Unavailable
from houmao.registry.agent_lock import TURN, TYPING, AgentLock


def test_only_one_of_two_gets_it(tmp_path: Path) -> None:
    one, other = AgentLock(tmp_path, "a1", TYPING), AgentLock(tmp_path, "a1", TYPING)
    assert one.take()
    assert one.take()
    assert not other.take()
    one.release()
    assert other.take()
    other.release()


def test_agents_and_purposes_do_not_meet(tmp_path: Path) -> None:
    with AgentLock(tmp_path, "a1", TYPING) as one, AgentLock(tmp_path, "a2", TYPING) as two:
        assert one.take()
        assert two.take()
        with AgentLock(tmp_path, "a1", TURN) as three:
            assert three.take()


def test_leaving_gives_it_back_and_twice_is_as_good_as_once(tmp_path: Path) -> None:
    with AgentLock(tmp_path, "a1", TYPING) as one:
        assert one.take()
    one.release()
    with AgentLock(tmp_path, "a1", TYPING) as other:
        assert other.take()


def test_its_file_is_the_owners_alone(tmp_path: Path) -> None:
    with AgentLock(tmp_path / "registry", "a1", TYPING) as lock:
        assert lock.take()
        path = tmp_path / "registry" / "locks" / "typing-a1.lock"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("no folder")
    with pytest.raises(Unavailable, match="cannot be locked"):
        AgentLock(tmp_path, "a1", TYPING).take()
