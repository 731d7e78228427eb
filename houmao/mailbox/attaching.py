"""Files that go with a message: told by their path, or copied into the root.

A copy is there before its message is delivered; what never was delivered leaves none.
"""

import hashlib
import mimetypes
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from houmao.errors import MailError
from houmao.mailbox.fields import one_line
from houmao.mailbox.message import MANAGED_COPY, PATH_REF, Attachment
from houmao.mailbox.root import MailRoot, file_trouble, require_folder

_DIGEST_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file to go with a message, by its path; `copied` keeps what is in it now in the root."""

    path: str
    label: str | None = None
    copied: bool = False


@contextmanager
def attachments(
    root: MailRoot, files: Sequence[AttachedFile], entropy: Callable[[int], bytes]
) -> Iterator[tuple[Attachment, ...]]:
    """The files as a message names them; their copies go again when the block fails.

    Raises MailError for a file that is not there, and Unavailable.
    """
    found: list[Attachment] = []
    try:
        for it in files:
            found.append(_attachment(root, it, f"att-{entropy(6).hex()}"))
        yield tuple(found)
    except BaseException:
        for each in found:
            if each.kind == MANAGED_COPY:
                shutil.rmtree(Path(each.path).parent, ignore_errors=True)
        raise


def _attachment(root: MailRoot, file: AttachedFile, attachment_id: str) -> Attachment:
    text = one_line("attachments.path", file.path, longest=4096)
    path = Path(os.path.expanduser(text))
    if not path.is_file():
        raise MailError("attachments.path", f"{text!a} is no file that is there")
    label = one_line("attachments.label", file.label) if file.label else None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    with file_trouble(path):
        if file.copied:
            path = _copied(root, path, attachment_id)
        return Attachment(
            attachment_id=attachment_id,
            kind=MANAGED_COPY if file.copied else PATH_REF,
            path=str(path.resolve()),
            media_type=media_type,
            sha256=_digest(path),
            size_bytes=os.stat(path).st_size,
            label=label,
        )


def _copied(root: MailRoot, path: Path, attachment_id: str) -> Path:
    require_folder(root.managed_attachments)
    folder = root.managed_attachments / attachment_id
    folder.mkdir(mode=0o700)
    try:
        copy = folder / path.resolve().name
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return copy


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_DIGEST_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
