"""`config` shows, changes and explains the user's settings."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from houmao.cli.main import main
from houmao.cli.settings import checked


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("HOUMAO_CONFIG_FILE", str(path))
    return path


def mgr(*words: str) -> Result:
    return CliRunner().invoke(main, ["config", *words])


def test_what_is_explained_is_valid_and_shown(file: Path) -> None:
    file.write_text(mgr("explain").output)
    assert len(checked(tomllib.loads(file.read_text())).rules) == 1
    assert "phone" in mgr("show").output
    assert json.loads(mgr("show", "--json").output)["settings"]["notify"]["idle_minutes"] == 30


def test_without_a_file_it_says_how_to_begin(file: Path) -> None:
    assert "config explain" in mgr("show").output


def test_a_setting_is_changed_or_its_mistake_named(file: Path) -> None:
    assert mgr("set", "notify.quiet", "22:00-07:00").exit_code == 0
    told = mgr("set", "notify.quiet", "never")
    assert (told.exit_code, "notify.quiet: must be two times" in told.output) == (2, True)
    assert tomllib.loads(file.read_text()) == {"notify": {"quiet": "22:00-07:00"}}
    assert "colour: unknown" in mgr("set", "colour", "red").output
