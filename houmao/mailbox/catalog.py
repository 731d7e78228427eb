"""What the shared index says of messages: rows in, and nothing of files."""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from houmao.errors import MailError
from houmao.mailbox.message import Message, Participant
from houmao.mailbox.registration import MailRegistration
from houmao.mailbox.root import INBOX, SENT

#: By address: the mailboxes that a message is linked from.
Boxes = Mapping[str, MailRegistration]

_SUMMARY = """
INSERT INTO thread_summaries
SELECT thread_id, lower(trim(subject)), message_id, created_at_utc, {unread}
FROM {table} WHERE thread_id = :thread ORDER BY created_at_utc DESC, message_id DESC LIMIT 1
ON CONFLICT (thread_id) DO UPDATE SET
    normalized_subject = excluded.normalized_subject,
    latest_message_id = excluded.latest_message_id,
    latest_message_created_at_utc = excluded.latest_message_created_at_utc,
    unread_count = excluded.unread_count
"""
_SHARED_SUMMARY = _SUMMARY.format(table="messages", unread="0")
_LOCAL_SUMMARY = _SUMMARY.format(
    table="message_state",
    unread="(SELECT count(*) FROM message_state WHERE thread_id = :thread AND is_read = 0)",
)


def has(db: sqlite3.Connection, message_id: str) -> bool:
    """Whether the message was delivered."""
    found = db.execute("SELECT 1 FROM messages WHERE message_id = ?", (message_id,))
    return found.fetchone() is not None


def add(db: sqlite3.Connection, message: Message, path: str, text: str, boxes: Boxes) -> int:
    """Enter the message and its links, whose number is returned. Raises MailError."""
    _add_message(db, message, path, text, boxes)
    _add_recipients(db, message, boxes)
    _add_attachments(db, message)
    db.execute(_SHARED_SUMMARY, {"thread": message.thread_id})
    return _add_projections(db, message, boxes)


def projections(message: Message, boxes: Boxes) -> tuple[tuple[MailRegistration, str], ...]:
    """Every mailbox with the folder in which it has the message; the sender's first."""
    sender = boxes.get(message.sender.address)
    own = ((sender, SENT),) if sender else ()
    found = (boxes.get(it.address) for it in message.recipients)
    return (*own, *((box, INBOX) for box in found if box))


def _add_message(
    db: sqlite3.Connection, message: Message, path: str, text: str, boxes: Boxes
) -> None:
    box = boxes.get(message.sender.address)
    row = (
        *(message.message_id, message.thread_id, message.in_reply_to, message.created_at_utc),
        *(path, message.subject, text, json.dumps(message.headers, sort_keys=True, default=str)),
        *_person(message.sender),
        box.registration_id if box else None,
    )
    db.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _add_recipients(db: sqlite3.Connection, message: Message, boxes: Boxes) -> None:
    groups: tuple[tuple[str, Sequence[Participant]], ...] = (
        ("to", message.to),
        ("cc", message.cc),
        ("reply_to", message.reply_to),
    )
    everyone = [(kind, it) for kind, people in groups for it in people]
    rows = []
    for ordinal, (kind, person) in enumerate(everyone):
        box = boxes.get(person.address) if kind != "reply_to" else None
        principal_id, address, *hints = _person(person)
        delivered = box.registration_id if box else None
        rows.append((message.message_id, kind, ordinal, address, principal_id, *hints, delivered))
    db.executemany("INSERT INTO message_recipients VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _person(person: Participant) -> tuple[str | None, ...]:
    hints = (person.display_name, person.manifest_path_hint, person.role)
    return (person.principal_id, person.address, *hints)


def _add_attachments(db: sqlite3.Connection, message: Message) -> None:
    for ordinal, it in enumerate(message.attachments):
        row = (it.attachment_id, it.kind, it.path, it.media_type, it.sha256, it.size_bytes)
        try:
            db.execute("INSERT INTO attachments VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, it.label))
        except sqlite3.IntegrityError:
            raise MailError("attachments.attachment_id", f"{it.attachment_id} is taken") from None
        link = (message.message_id, it.attachment_id, ordinal)
        db.execute("INSERT INTO message_attachments VALUES (?, ?, ?)", link)


def _add_projections(db: sqlite3.Connection, message: Message, boxes: Boxes) -> int:
    rows = [
        (
            box.registration_id,
            message.message_id,
            name,
            box.projection(name, message.message_id),
        )
        for box, name in projections(message, boxes)
    ]
    db.executemany("INSERT INTO mailbox_projections VALUES (?, ?, ?, ?)", rows)
    return len(rows)


def put_state(db: sqlite3.Connection, message: Message, *, read: bool) -> None:
    """Enter a message into a mailbox's own state, where it is not there yet."""
    row = (message.message_id, message.thread_id, message.created_at_utc, message.subject, read)
    db.execute("INSERT OR IGNORE INTO message_state VALUES (?, ?, ?, ?, ?, 0, 0, 0)", row)
    summarize(db, message.thread_id)


def drop_state(db: sqlite3.Connection, message: Message) -> None:
    """Take a message out of a mailbox's own state."""
    db.execute("DELETE FROM message_state WHERE message_id = ?", (message.message_id,))
    db.execute("DELETE FROM thread_summaries WHERE thread_id = ?", (message.thread_id,))
    summarize(db, message.thread_id)


def summarize(db: sqlite3.Connection, thread_id: str) -> None:
    """Bring a thread's summary in a mailbox's own state up to date."""
    db.execute(_LOCAL_SUMMARY, {"thread": thread_id})
