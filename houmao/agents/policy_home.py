"""Launch policies at work on a home: asks a program its version, reads and changes files.

Which changes, is decided elsewhere.
"""

import json
import os
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import tomli_w
from filelock import FileLock, Timeout

from houmao.errors import DefinitionError, NotFound, Unavailable
from houmao.files import replace_text
from houmao.tools.parts.unattended import Document, Facts, FileChange, edited
from houmao.tools.parts.version import Version, find_version

LOCK_NAME = ".houmao-launch-policy.lock"
LOCK_SECONDS = 30.0
#: Some tools take seconds to tell their version when a machine is busy.
VERSION_SECONDS = 10.0


def ask_version(
    executable: str, environ: Mapping[str, str], patience_seconds: float = VERSION_SECONDS
) -> Version | None:
    """What `<executable> --version` says; None when it says no version.

    Raises NotFound when there is no such program, Unavailable when it does not answer.
    """
    try:
        done = subprocess.run(
            [executable, "--version"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience_seconds,
            check=False,
        )
    except (FileNotFoundError, PermissionError):
        raise NotFound(
            f"the program {executable!r} cannot be run; install it or put it on the PATH"
        ) from None
    except (OSError, subprocess.TimeoutExpired):
        raise Unavailable(f"{executable!r} does not tell its version; try again") from None
    return find_version((done.stdout + b"\n" + done.stderr).decode("utf-8", "replace"))


def read_facts(
    home: Path, working_directory: Path, variables: Mapping[str, str], documents: Iterable[str]
) -> Facts:
    """What strategies look at; `documents` are names of files in the home.

    Raises DefinitionError for a document that cannot be read.
    """
    return Facts(
        working_directory=str(working_directory),
        variables=variables,
        repository=_repository(working_directory),
        documents={name: _read(home / name) for name in documents if (home / name).is_file()},
    )


def apply(
    home: Path, changes: Iterable[FileChange], patience_seconds: float = LOCK_SECONDS
) -> None:
    """Make every change, one launch at a time. Raises DefinitionError or Unavailable.

    Each file changes as a whole; all are read and edited before the first is written.
    """
    changes = tuple(changes)
    if not changes:
        return
    try:
        with FileLock(home / LOCK_NAME, timeout=patience_seconds, mode=0o600):
            texts = {change.name: _text(home, change) for change in changes}
            for name, text in texts.items():
                replace_text(home / name, text)
    except Timeout:
        raise Unavailable(f"home {home} is being prepared by another launch; try again") from None
    except OSError as error:
        raise Unavailable(f"home {home} cannot be prepared: {error.strerror}") from None


def _text(home: Path, change: FileChange) -> str:
    begins = [home / name for name in (change.name, change.begins_as) if name]
    document = next((_read(path) for path in begins if path.is_file()), {})
    document = edited(document, change.edits, str(home / change.name))
    if change.name.endswith(".toml"):
        return tomli_w.dumps(document)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> Document:
    kind = "TOML" if path.suffix == ".toml" else "JSON"
    try:
        text = path.read_text("utf-8")
        document = tomllib.loads(text) if kind == "TOML" else json.loads(text or "{}")
    except (ValueError, RecursionError):
        # The parser's own words may quote a secret.
        raise DefinitionError(f"{path}: found no valid {kind}") from None
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}") from None
    if not isinstance(document, dict):
        raise DefinitionError(f"{path}: found no mapping, expected one")
    return document


def _repository(folder: Path) -> str | None:
    around = (folder, *folder.parents)
    return next((str(path) for path in around if os.path.lexists(path / ".git")), None)
