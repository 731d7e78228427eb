"""Brings a staged message to everybody or to nobody, whatever happens in between.

The index's commit is the moment of delivery. What a dead writer left before that moment the
next writer takes back (`recover`), by the same steps as after an error.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from houmao.errors import Conflict, HoumaoError
from houmao.mailbox import catalog, registration, schema
from houmao.mailbox.catalog import Boxes
from houmao.mailbox.document import parse
from houmao.mailbox.fields import message_id as new_id
from houmao.mailbox.limits import MailLimits
from houmao.mailbox.locks import locked
from houmao.mailbox.message import Message
from houmao.mailbox.registration import MailRegistration
from houmao.mailbox.root import MailRoot, file_trouble, require_folder
from houmao.mailbox.thread import turns_between

#: A file system may keep times to the second only.
_CLOCK_GRAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message and the file below `staging/` that holds it; the moment is in epoch seconds."""

    message: Message
    staged: Path
    limits: MailLimits
    now: float


def stage(root: MailRoot, message_id: str, document: str) -> Path:
    """Write a message's text to a file of its own, safe on the disk. Raises Unavailable."""
    require_folder(root.staging)
    path = root.staging / f"{message_id}.md"
    with file_trouble(path):
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with open(fd, "wb") as file:
                file.write(document.encode())
                file.flush()
                os.fsync(fd)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def deliver(root: MailRoot, outgoing: Outgoing) -> Path:
    """Where the message is now. Raises HoumaoError; then it is back in staging."""
    with exclusive(root, outgoing.message.addresses):
        canonical = _deliver(root, outgoing)
    # Nobody has to wait for the disk but who wants to know that the message is safe there.
    _sync_folder(canonical.parent)
    return canonical


@contextmanager
def exclusive(root: MailRoot, addresses: tuple[str, ...]) -> Iterator[None]:
    """Change the root alone, after what a dead writer left was set right."""
    with file_trouble(root.path):
        root.verify()
        with locked(root, addresses, partial(recover, root)):
            yield


def _deliver(root: MailRoot, outgoing: Outgoing) -> Path:
    message = outgoing.message
    text = outgoing.staged.read_bytes().decode("utf-8", errors="replace")
    outgoing.limits.check_size(outgoing.staged.stat().st_size)
    canonical = root.canonical(message)
    boxes: Boxes = {}
    try:
        with schema.transaction(root.index, schema.INDEX) as db:
            found = _boxes(db, message)
            _check_limits(db, outgoing)
            if canonical.exists() or canonical.is_symlink():
                raise Conflict(f"message {message.message_id} is there already")
            boxes = found
            _place(canonical, outgoing.staged)
            for box, folder in catalog.projections(message, boxes):
                os.symlink(canonical, box.projection(folder, message.message_id))
            _enter_locally(message, boxes)
            catalog.add(db, message, str(canonical), text, boxes)
    except HoumaoError:
        # A failed commit is none, even where the index cannot be read for the moment.
        _take_back(root, message, boxes, outgoing.staged)
        raise
    except BaseException:
        if not _is_delivered(root, message):
            _take_back(root, message, boxes, outgoing.staged)
        raise
    return canonical


def _is_delivered(root: MailRoot, message: Message) -> bool:
    with schema.reading(root.index) as db:
        return catalog.has(db, message.message_id)


def _boxes(db: sqlite3.Connection, message: Message) -> Boxes:
    people = {it.address: ("to", it) for it in message.recipients}
    boxes = {message.sender.address: registration.owned(db, "from", message.sender)}
    for address, (field, person) in people.items():
        boxes[address] = registration.owned(db, field, person)
    return boxes


def _check_limits(db: sqlite3.Connection, outgoing: Outgoing) -> None:
    limits, message = outgoing.limits, outgoing.message
    sender = message.sender.address
    if limits.per_minute is not None:
        # Ids begin with their time, and the primary key is in their order.
        oldest = new_id(outgoing.now - 60, bytes(10))
        sent = db.execute(
            "SELECT count(*) FROM messages WHERE sender_address = ? AND message_id > ?",
            (sender, oldest),
        )
        limits.check_rate(sender, sent.fetchone()[0])
    if limits.thread_depth is not None:
        pairs = db.execute(
            "SELECT DISTINCT m.message_id, m.sender_address, r.address FROM messages m "
            "JOIN message_recipients r USING (message_id) "
            "WHERE m.thread_id = ? AND r.recipient_kind != 'reply_to'",
            (message.thread_id,),
        ).fetchall()
        for it in message.recipients:
            depth = turns_between(((one, other) for _, one, other in pairs), sender, it.address)
            limits.check_depth(sender, it.address, depth)


def _place(canonical: Path, staged: Path) -> None:
    folder = canonical.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    require_folder(folder)
    os.rename(staged, canonical)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _enter_locally(message: Message, boxes: Boxes) -> None:
    for box in boxes.values():
        # To write to oneself is to remind oneself: that is mail, too.
        is_recipient = any(it.address == box.address for it in message.recipients)
        with schema.transaction(box.local_state, schema.LOCAL) as db:
            catalog.put_state(db, message, read=not is_recipient)


def _take_back(root: MailRoot, message: Message, boxes: Boxes, staged: Path) -> None:
    """Undo what was done for a message that the index does not have."""
    canonical = root.canonical(message)
    for box, folder in catalog.projections(message, boxes):
        link = box.projection(folder, message.message_id)
        if os.path.islink(link) and os.readlink(link) == str(canonical):
            os.unlink(link)
    for box in boxes.values():
        # Of a message that the index does not have nobody sees the state; a full disk may keep it.
        with suppress(HoumaoError), schema.transaction(box.local_state, schema.LOCAL) as db:
            catalog.drop_state(db, message)
    # The last step: as long as the file is there, whoever comes next knows what is to be done.
    if boxes and canonical.exists():
        os.rename(canonical, staged)


def recover(root: MailRoot, began: float) -> None:
    """Take back every message that a writer, which began at that time and died, half delivered."""
    oldest = began - _CLOCK_GRAIN_SECONDS
    for folder in root.messages.iterdir():
        # A message comes into its folder by a rename, which is a change of the folder.
        if folder.is_dir() and folder.stat().st_mtime >= oldest:
            _recover_day(root, folder, oldest)


def _recover_day(root: MailRoot, folder: Path, oldest: float) -> None:
    if not root.index.exists():
        return
    with os.scandir(folder) as entries:
        recent = [
            Path(it.path) for it in entries if it.stat(follow_symlinks=False).st_ctime >= oldest
        ]
    with schema.reading(root.index) as db:
        orphans = [path for path in recent if not catalog.has(db, path.stem)]
        found = [(path, message) for path in orphans if (message := _read(path))]
        boxes = [_known_boxes(db, message) for _, message in found]
    for (path, message), known in zip(found, boxes, strict=True):
        _take_back(root, message, known, root.staging / path.name)


def _read(path: Path) -> Message | None:
    try:
        message = parse(path.read_bytes().decode())
    except (HoumaoError, UnicodeDecodeError, OSError):
        return None
    return message if message.message_id == path.stem else None


def _known_boxes(db: sqlite3.Connection, message: Message) -> Boxes:
    found: dict[str, MailRegistration | None] = {
        address: registration.active(db, address) for address in message.addresses
    }
    return {address: box for address, box in found.items() if box}
