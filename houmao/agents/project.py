"""Writes the agent definitions that a project starts with: the packaged template, as it is."""

import os
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath
from uuid import uuid4

from houmao.agents.folder import tree
from houmao.errors import Conflict, Unavailable

#: A complete definition directory; in a checkout a link to `tests/fixtures/agents`.
TEMPLATE = Path(__file__).with_name("template")

#: Below this folder people put secrets.
_PRIVATE = PurePosixPath("brains/api-creds")


def write_template(target: Path) -> None:
    """Make `target` a definition directory, as a whole or not at all.

    Raises Conflict when something is there already, Unavailable when the disk refuses.
    """
    if target.exists() and not _is_empty_folder(target):
        raise Conflict(f"{target} exists already and stays as it is; choose another folder")
    made = target.with_name(f".{target.name}.{uuid4().hex}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _fill(made)
        os.rename(made, target)
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _is_empty_folder(path: Path) -> bool:
    with suppress(OSError):
        return not os.listdir(path)
    return False


def _fill(folder: Path) -> None:
    for file in tree(TEMPLATE).files:
        private = file.is_relative_to(_PRIVATE)
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TEMPLATE / file, path)
        path.chmod(0o600 if private else 0o644)
    (folder / _PRIVATE).chmod(0o700)
