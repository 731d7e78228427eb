"""Registrations on disk: what is written comes back, what is broken hides nothing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from houmao.terminals.files import FILE_NAME, RegistrationFiles
from houmao.terminals.registration import Registration, UnsafeName

WORK = Registration("work", "0a1b2c3d", "claude", 1774602322.5, agent_name="gpu")


@pytest.fixture
def files(tmp_path: Path) -> RegistrationFiles:
    return RegistrationFiles(tmp_path / "sessions")


def test_a_registration_comes_back(files: RegistrationFiles) -> None:
    """One file in a folder of the session's name, for its owner alone."""
    files.save(WORK)
    assert files.load_all() == [WORK]
    path = files.root / "work" / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert files.folders() == (files.root, path.parent)


def test_once_more_replaces_it(files: RegistrationFiles) -> None:
    files.save(WORK)
    again = replace(WORK, tool="codex")
    files.save(again)
    assert files.load_all() == [again]


def test_a_terminal_is_in_one_session(files: RegistrationFiles) -> None:
    """Its id means the session it was registered with last."""
    files.save(WORK)
    moved = replace(WORK, session_name="elsewhere")
    files.save(moved)
    assert files.load_all() == [moved]


def test_an_unsafe_name_writes_nothing(files: RegistrationFiles, tmp_path: Path) -> None:
    with pytest.raises(UnsafeName):
        files.save(replace(WORK, session_name="../outside"))
    assert list(tmp_path.iterdir()) == []


def test_removing(files: RegistrationFiles, tmp_path: Path) -> None:
    """Twice is as good as once, and nothing outside is ever removed."""
    files.save(WORK)
    (tmp_path / "kept").mkdir()
    for name in ("work", "work", "../kept", "never"):
        files.remove(name)
    assert files.load_all() == []
    assert (tmp_path / "kept").is_dir()


GOOD = {"session_name": "bad", "terminal_id": "ffffffff", "tool": "claude", "registered_at": 1.0}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "{}", json.dumps(GOOD | {"terminal_id": "x"}),
     json.dumps(GOOD | {"tool": 5}), json.dumps(GOOD | {"registered_at": "soon"}),
     json.dumps(GOOD | {"session_name": "other"})],
)  # fmt: skip
def test_a_broken_file_hides_no_other(files: RegistrationFiles, text: str) -> None:
    files.save(WORK)
    (files.root / "bad").mkdir()
    (files.root / "bad" / FILE_NAME).write_text(text)
    assert files.load_all() == [WORK]
    (files.root / "bad" / FILE_NAME).write_text(json.dumps(GOOD | {"new": "field"}))
    assert [it.terminal_id for it in files.load_all()] == ["ffffffff", "0a1b2c3d"]
