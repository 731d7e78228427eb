"""Registrations on disk: `<root>/<session name>/registration.json`, replaced as a whole.

The files are the truth about which terminals were registered; Redis holds copies.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path

from houmao.files import replace_text
from houmao.terminals.registration import (
    Registration,
    UnsafeName,
    check_session_name,
    is_terminal_id,
)

FILE_NAME = "registration.json"


class RegistrationFiles:
    """The registrations below one folder, which is made by the first one saved.

    `beside` are the folders of the host's other servers: what they registered is read, too.
    """

    def __init__(self, root: Path, beside: Callable[[], Iterable[Path]] = tuple) -> None:
        self.root = root
        self._beside = beside

    def save(self, registration: Registration) -> None:
        """Make this the session's registration; a former one of the same terminal goes.

        Raises UnsafeName, and OSError when the disk refuses.
        """
        folder = self._folder(registration.session_name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_text(folder / FILE_NAME, json.dumps(asdict(registration), indent=1) + "\n")
        for other in self.load_all():
            same_terminal = other.terminal_id == registration.terminal_id
            if same_terminal and other.session_name != registration.session_name:
                self.remove(other.session_name)

    def load_all(self) -> list[Registration]:
        """Every readable registration by session name; a broken file is left alone and left out."""
        found = (_read(path) for path in self._paths())
        return [registration for registration in found if registration is not None]

    def folders(self) -> tuple[Path, ...]:
        """The folders in which a change would change what is registered."""
        return (*self._roots(), *(path.parent for path in self._paths()))

    def remove(self, session_name: str) -> None:
        """Remove the session's registration; no complaint when there is none."""
        with suppress(UnsafeName):
            name = check_session_name(session_name)
            for root in self._roots():
                with suppress(FileNotFoundError):
                    shutil.rmtree(root / name)

    def _roots(self) -> list[Path]:
        return list(dict.fromkeys((self.root, *self._beside())))

    def _paths(self) -> list[Path]:
        return [path for root in self._roots() for path in sorted(root.glob(f"*/{FILE_NAME}"))]

    def _folder(self, session_name: str) -> Path:
        return self.root / check_session_name(session_name)


def _read(path: Path) -> Registration | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        registration = _registration_from(found)
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None
    return registration if registration.session_name == path.parent.name else None


def _registration_from(found: Mapping[str, object]) -> Registration:
    """The registration of a JSON object. Raises ValueError, TypeError or KeyError."""
    known = {field.name for field in fields(Registration)} - {"registered_at"}
    texts = {name: value for name, value in found.items() if name in known}
    if not all(value is None or isinstance(value, str) for value in texts.values()):
        raise TypeError("a field is no text")
    if not is_terminal_id(str(texts["terminal_id"])):
        raise ValueError("terminal_id is none")
    return Registration(registered_at=float(str(found["registered_at"])), **texts)  # type: ignore[arg-type]
