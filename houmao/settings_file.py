"""The user's settings file, `~/.houmao/config.toml`: read as a document, and changed in place.

It knows TOML; what the settings mean is known by those who use them.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from houmao.errors import ConfigError
from houmao.files import replace_text

Document = Mapping[str, Any]


def read(path: Path) -> Document:
    """The settings, none without a file. Raises ConfigError naming the file and the place."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error


def change(path: Path, name: str, value: str, check: Callable[[Document], object]) -> None:
    """Give a setting such as `notify.quiet` a value, as TOML has it; comments stay.

    `check` raises ConfigError for settings that cannot be; nothing is written then.
    """
    # Imported here: nobody who only reads pays for it.
    import tomlkit

    read(path)
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    *tables, last = name.split(".")
    table: Any = document
    for each in tables:
        table = table.setdefault(each, tomlkit.table())
        if not isinstance(table, dict):
            raise ConfigError(f"{name}: {each} is a value and holds no settings")
    table[last] = _value(value)
    text = tomlkit.dumps(document)
    check(tomllib.loads(text))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_text(path, text)


def _value(text: str) -> Any:
    """A number, true, a list as TOML has them; anything else is a text."""
    try:
        return tomllib.loads(f"it = {text}")["it"]
    except ValueError:
        return text


class SettingsFile:
    """Reads the file again when it has changed, at no cost else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = (0, 0)
        self._document: Document = {}

    def changed(self) -> Document | None:
        """The settings when they are other ones than at the last call. Raises ConfigError, once."""
        seen = self._stamp()
        if seen == self._seen:
            return None
        self._seen = seen
        self._document = read(self._path)
        return self._document

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino
