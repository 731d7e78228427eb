"""A new project gets the template as a whole, and nothing that exists is touched."""

import os
from pathlib import Path

import pytest

from houmao.agents.folder import tree
from houmao.agents.project import TEMPLATE, write_template
from houmao.errors import Conflict, Unavailable
from tests.unit.agents import definitions


def test_writes_what_the_readme_tells_to_copy(tmp_path: Path) -> None:
    """`project init` and `cp -a tests/fixtures/agents` give the same files."""
    target = tmp_path / "p/.agentsys/agents"
    write_template(target)
    assert tree(target).files == tree(definitions.TEMPLATE).files
    for file in tree(target).files:
        assert (target / file).read_bytes() == (definitions.TEMPLATE / file).read_bytes()
    assert os.listdir(target.parent) == ["agents"]


def test_there_is_one_template() -> None:
    """The packaged template is the folder that the README names."""
    assert TEMPLATE.resolve() == definitions.TEMPLATE.resolve()


def test_credentials_are_private_and_ignored(tmp_path: Path) -> None:
    write_template(tmp_path / "a")
    creds = tmp_path / "a/brains/api-creds"
    assert creds.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in creds.rglob("*") if path.is_file()} == {0o600}
    ignored = (tmp_path / "a/.gitignore").read_text()
    for pattern in ("env/*.env", "auth.json", "credentials.json", "oauth_creds.json"):
        assert f"brains/api-creds/**/{pattern}" in ignored.replace("files/", "")


def test_templates_hold_no_credentials() -> None:
    creds = definitions.TEMPLATE / "brains/api-creds"
    for path in (path for path in creds.rglob("*") if path.is_file()):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert lines in ([], ["{}"]), path


def test_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents/mine").write_text("precious")
    with pytest.raises(Conflict, match="stays as it is"):
        write_template(tmp_path / "agents")
    assert os.listdir(tmp_path / "agents") == ["mine"]


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        write_template(tmp_path / "file/agents")
    assert os.listdir(tmp_path) == ["file"]
