"""Policies at work on real files and programs."""

import json
import os
import tomllib
from pathlib import Path

import pytest
from filelock import FileLock

from houmao.agents.policy_home import LOCK_NAME, apply, ask_version, read_facts
from houmao.errors import DefinitionError, NotFound, Unavailable
from houmao.tools.parts.unattended import Edit, FileChange


def program(folder: Path, script: str) -> dict[str, str]:
    """An environment in which `it` runs the script."""
    path = folder / "it"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "SAID": "7.8.9"}


def test_asks_the_program_in_its_environment(tmp_path: Path) -> None:
    environ = program(tmp_path, '[ "$1" = --version ] && echo "it $SAID"')
    assert ask_version("it", environ) == (7, 8, 9)


def test_a_program_may_say_nothing(tmp_path: Path) -> None:
    assert ask_version("it", program(tmp_path, "exit 3")) is None


def test_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="the program 'gone' cannot be run; install it"):
        ask_version("gone", {"PATH": str(tmp_path)})


def test_a_hanging_program(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not tell its version"):
        ask_version("it", program(tmp_path, "exec sleep 60"), 0.2)


def test_facts(tmp_path: Path) -> None:
    """Documents of the home, and the repository around the working directory."""
    home, work = tmp_path / "home", tmp_path / "repo/a/b"
    home.mkdir()
    work.mkdir(parents=True)
    (tmp_path / "repo/.git").mkdir()
    (home / "auth.json").write_text('{"k": 1}')
    facts = read_facts(home, work, {"V": "1"}, ("auth.json", "config.toml"))
    assert (facts.working_directory, facts.repository) == (str(work), str(tmp_path / "repo"))
    assert (facts.documents, facts.variables) == ({"auth.json": {"k": 1}}, {"V": "1"})


@pytest.mark.parametrize("text", ["{secret", "[1]", "[" * 100_000])
def test_broken_documents_are_named_not_quoted(tmp_path: Path, text: str) -> None:
    (tmp_path / "auth.json").write_text(text)
    with pytest.raises(DefinitionError, match=r"auth\.json: found no") as caught:
        read_facts(tmp_path, tmp_path, {}, ("auth.json", "config.toml"))
    assert "secret" not in caught.value.message


def test_changes_both_kinds_of_files(tmp_path: Path) -> None:
    """What is there stays, an absent file begins as its template, all of it is private."""
    (tmp_path / "a.json").write_text('{"x": 1}')
    (tmp_path / "t.json").write_text('{"t": 1}')
    (tmp_path / "c.toml").write_text('m = "x"\n[p."/a b"]\nq = 1\n')
    edit = (Edit(("new", "er"), True),)
    changes = [FileChange("a.json", edit), FileChange("b.json", edit, "t.json")]
    apply(tmp_path, [*changes, FileChange("c.toml", edit), FileChange("d.toml", edit)])
    new = {"new": {"er": True}}
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": 1, **new}
    assert json.loads((tmp_path / "b.json").read_text()) == {"t": 1, **new}
    assert tomllib.loads((tmp_path / "c.toml").read_text()) == {
        "m": "x",
        "p": {"/a b": {"q": 1}},
        **new,
    }
    assert tomllib.loads((tmp_path / "d.toml").read_text()) == new
    for name in ("a.json", "b.json", "c.toml", "d.toml"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_all_or_nothing_when_a_file_is_broken(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text("= no")
    edit = (Edit(("x",), 1),)
    with pytest.raises(DefinitionError, match=r"b\.toml: found no valid TOML"):
        apply(tmp_path, [FileChange("a.json", edit), FileChange("b.toml", edit)])
    assert sorted(os.listdir(tmp_path)) == [LOCK_NAME, "b.toml"]


def test_no_changes_leave_no_trace(tmp_path: Path) -> None:
    apply(tmp_path, [])
    assert os.listdir(tmp_path) == []


def test_waits_for_another_launch(tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / LOCK_NAME),
        pytest.raises(Unavailable, match="being prepared by another launch"),
    ):
        apply(tmp_path, [FileChange("a.json", (Edit(("x",), 1),))], 0.05)
