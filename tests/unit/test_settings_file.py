"""The user's settings file is read when it changes, and changed with its comments kept."""

from pathlib import Path

import pytest

from houmao import settings_file
from houmao.errors import ConfigError
from houmao.settings_file import SettingsFile


def accept(_: object) -> None:
    """Nothing is wrong with any settings."""


def test_a_setting_is_changed_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "houmao" / "config.toml"
    settings_file.change(path, "notify.quiet", "22:00-07:00", accept)
    path.write_text("# mine\n" + path.read_text())
    settings_file.change(path, "notify.idle_minutes", "5", accept)
    assert path.read_text().startswith("# mine\n")
    assert settings_file.read(path) == {"notify": {"quiet": "22:00-07:00", "idle_minutes": 5}}


def test_settings_that_cannot_be_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"

    def refuse(_: object) -> None:
        raise ConfigError("no")

    with pytest.raises(ConfigError):
        settings_file.change(path, "notify.quiet", "x", refuse)
    assert not path.exists()


def test_what_is_no_toml_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    file = SettingsFile(path)
    assert file.changed() == {}
    assert file.changed() is None
    path.write_text("a = ")
    with pytest.raises(ConfigError, match=r"config\.toml is no TOML"):
        file.changed()
    assert file.changed() is None
    path.write_text("a = 12")
    assert file.changed() == {"a": 12}
