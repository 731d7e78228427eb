"""Session manifests on disk: read as a whole, written whole, changed by one process at a time."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from houmao.errors import ManifestError, NotFound, Unavailable
from houmao.files import replace_text
from houmao.sessions.manifest.stored import ManifestChanges, StoredManifest, changed, stored

#: Nobody holds the lock for longer than it takes to write one small file.
_LOCK_SECONDS = 5.0
#: A manifest is a few kilobytes; a larger file is none.
_MAX_BYTES = 4 * 1024 * 1024


def load(path: Path) -> StoredManifest:
    """The session of this manifest. Raises NotFound, ManifestError."""
    try:
        if path.stat().st_size > _MAX_BYTES or not path.is_file():
            raise ManifestError(f"{path} is no session manifest")
        return stored(path.read_text("utf-8"), path.resolve())
    except FileNotFoundError:
        raise NotFound(f"there is no session manifest {path}") from None
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} cannot be read: {error}") from error


def write_manifest(path: Path, document: Mapping[str, Any]) -> None:
    """Make this the manifest. Raises Unavailable when the disk refuses."""
    try:
        replace_text(path, json.dumps(document, indent=2, sort_keys=True) + "\n")
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error


def update_manifest(path: Path, changes: ManifestChanges) -> StoredManifest:
    """The session after the changes, made to what is on disk now. Raises HoumaoError."""
    try:
        with FileLock(path.with_name(f"{path.name}.lock"), timeout=_LOCK_SECONDS, mode=0o600):
            write_manifest(path, changed(load(path).document, changes))
            return load(path)
    except Timeout:
        raise Unavailable(f"{path} is being changed by another process; try again") from None
    except OSError as error:
        raise Unavailable(f"{path} cannot be changed: {error.strerror}") from error
