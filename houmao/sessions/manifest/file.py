"""Session manifests on disk: written whole, changed by one process at a time."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from houmao.errors import Unavailable
from houmao.files import replace_text
from houmao.sessions.manifest.stored import ManifestChanges, StoredManifest, changed
from houmao.sessions.target import load

#: Nobody holds the lock for longer than it takes to write one small file.
_LOCK_SECONDS = 5.0


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
