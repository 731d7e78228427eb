"""What is in a mailbox and in the whole root, for those who only look. Takes no lock."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from houmao.errors import HoumaoError, MailboxBroken, NotFound
from houmao.mailbox import registration, schema
from houmao.mailbox.document import alone_to, body_of, parse
from houmao.mailbox.message import Attachment, Message, Participant
from houmao.mailbox.registration import MailRegistration
from houmao.mailbox.root import MailRoot, file_trouble, inside

_Group = tuple[Participant, ...]
#: Fields that the index does not tell of as the message does; both are mostly empty.
_PLAIN = ("\nreply_to: []\n", "\nattachments: []\n")


class MailEntry(NamedTuple):
    """A message as one mailbox sees it. `document` is the file's text as it was delivered.

    A tuple, since an inbox may have ten thousand of them.
    """

    message_id: str
    thread_id: str
    created_at_utc: str
    subject: str
    document: str
    sender: Participant
    unread: bool
    to: tuple[Participant, ...]
    cc: tuple[Participant, ...]

    @property
    def body(self) -> str:
        return body_of(self.document)

    @property
    def reply_to(self) -> tuple[Participant, ...]:
        return self._rest().reply_to if _PLAIN[0] not in self.document else ()

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return self._rest().attachments if _PLAIN[1] not in self.document else ()

    def _rest(self) -> Message:
        return parse(self.document)


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which messages; `since` is UTC text and includes that very second, `limit` the newest."""

    unread_only: bool = False
    limit: int | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Who wrote to whom: addresses, and words when `search` has found their messages."""

    sender: str | None = None
    recipient: str | None = None
    thread_id: str | None = None
    since: str | None = None
    limit: int | None = 50


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message of the root, without its body."""

    message_id: str
    thread_id: str
    created_at_utc: str
    sender: str
    recipients: tuple[str, ...]
    subject: str


def inbox(root: MailRoot, address: str, wanted: InboxFilter) -> list[MailEntry]:
    """The newest first. Raises NotFound for an address nobody has."""
    with _with_own_state(root, address) as (db, box):
        me = Participant(box.owner_principal_id, box.address, box.display_name)
        parameters = {
            "box": box.registration_id,
            "since": wanted.since,
            "limit": -1 if wanted.limit is None else wanted.limit,
        }
        found = db.execute(_rows(wanted), parameters)
        # Closed whatever happens: an open one would keep the mailbox's own state attached.
        with closing(found) as rows:
            entries = _entries(rows, me)
        others = [at for at, entry in enumerate(entries) if not entry.to]
        ids = json.dumps([entries[at].message_id for at in others])
        people = _people(db.execute(_PEOPLE, {"ids": ids}).fetchall())
    for at in others:
        to, cc = people.get(entries[at].message_id, ((), ()))
        entries[at] = entries[at]._replace(to=to, cc=cc)
    return entries


@contextmanager
def _with_own_state(
    root: MailRoot, address: str
) -> Iterator[tuple[sqlite3.Connection, MailRegistration]]:
    """The index, with the mailbox's own state in it as `own`, and the mailbox."""
    with schema.reading(root.index) as db:
        box = registration.required(db, address)
        if box.local_state.is_symlink() or not box.local_state.exists():
            raise MailboxBroken(
                f"{box.local_state} is missing or a link; `houmao-mgr mailbox repair` makes it"
            )
        db.execute("ATTACH ? AS own", (str(box.local_state),))
        try:
            yield db, box
        finally:
            db.execute("DETACH own")


def _rows(wanted: InboxFilter) -> str:
    unread = "AND s.is_read = 0" if wanted.unread_only else ""
    after = "AND s.created_at_utc >= :since" if wanted.since else ""
    # CROSS JOIN keeps this order of tables: the newest come first by the state's own index.
    return (
        "SELECT m.message_id, m.thread_id, m.created_at_utc, m.subject, m.body_markdown, "
        "m.sender_principal_id, m.sender_address, m.sender_display_name, s.is_read "
        "FROM own.message_state s CROSS JOIN mailbox_projections p ON p.registration_id = :box "
        "AND p.message_id = s.message_id AND p.folder_name = 'inbox' "
        "CROSS JOIN messages m ON m.message_id = s.message_id "
        f"WHERE s.is_deleted = 0 AND s.is_archived = 0 {unread} {after} "
        "ORDER BY s.created_at_utc DESC, s.rowid DESC LIMIT :limit"
    )


_PEOPLE = """
SELECT r.message_id, r.recipient_kind, r.owner_principal_id, r.address, r.display_name
FROM json_each(:ids) w CROSS JOIN message_recipients r ON r.message_id = w.value
WHERE r.recipient_kind != 'reply_to' ORDER BY w.key, r.ordinal
"""


def _entries(rows: Iterable[Any], me: Participant) -> list[MailEntry]:
    """The entries; to nobody where the message is not to me alone.

    Most messages are, and nobody has to look up the recipients of these.
    """
    # The same few write to each other again and again.
    person, is_alone, only = cache(Participant), alone_to(me), (me,)
    entry = MailEntry._make
    return [
        entry((ref, thread, at, subject, text, person(owner, address, name), not read, to, ()))
        for ref, thread, at, subject, text, owner, address, name, read in rows
        for to in (only if is_alone(text) else (),)
    ]


def _people(rows: Iterable[Any]) -> dict[str, tuple[_Group, _Group]]:
    """Message id to its recipients: who is addressed, and who gets a copy."""
    found: dict[str, tuple[_Group, _Group]] = {}
    for ref, kind, owner, address, name in rows:
        to, cc = found.get(ref, ((), ()))
        one = (Participant(owner, address, name),)
        found[ref] = (to + one, cc) if kind == "to" else (to, cc + one)
    return found


def entry_of(message: Message, document: str, *, unread: bool) -> MailEntry:
    """The entry of a message that is at hand."""
    return MailEntry(
        message.message_id,
        message.thread_id,
        message.created_at_utc,
        message.subject,
        document,
        message.sender,
        unread,
        message.to,
        message.cc,
    )


def load(root: MailRoot, message_id: str) -> tuple[Message, str]:
    """A delivered message and its file's text, the file as it is now.

    Raises NotFound, and MailboxBroken when somebody has changed the file so that it is no
    message any more.
    """
    with schema.reading(root.index) as db:
        row = db.execute("SELECT canonical_path FROM messages WHERE message_id = ?", (message_id,))
        found = row.fetchone()
    if found is None:
        raise NotFound(f"there is no message {message_id} in {root.path}")
    path = Path(found[0])
    try:
        with file_trouble(path):
            text = inside(root.messages, path, "canonical_path").read_bytes().decode()
        message = parse(text)
    except (HoumaoError, UnicodeDecodeError) as error:
        raise MailboxBroken(f"{path} is no message any more ({error}); restore it") from None
    if message.message_id != message_id:
        raise MailboxBroken(f"{path} holds another message: {message.message_id}; restore it")
    return message, text


def seen_by(root: MailRoot, address: str, message_id: str) -> MailEntry:
    """A message that the address got or sent. Raises NotFound for somebody else's."""
    with _with_own_state(root, address) as (db, box):
        found = db.execute(
            "SELECT s.is_read FROM mailbox_projections p "
            "LEFT JOIN own.message_state s USING (message_id) "
            "WHERE p.registration_id = ? AND p.message_id = ?",
            (box.registration_id, message_id),
        ).fetchone()
    if found is None:
        raise NotFound(f"{address} has no message {message_id}")
    message, text = load(root, message_id)
    return entry_of(message, text, unread=not found[0])


def thread(root: MailRoot, thread_id: str) -> tuple[Message, ...]:
    """All messages of a thread, the oldest first."""
    lines = log(root, LogFilter(thread_id=thread_id, limit=None))
    return tuple(load(root, it.message_id)[0] for it in reversed(lines))


def log(root: MailRoot, wanted: LogFilter) -> tuple[LogLine, ...]:
    """Who wrote to whom, the newest first."""
    clauses = {
        "m.sender_address = :sender": wanted.sender,
        "m.thread_id = :thread": wanted.thread_id,
        "m.created_at_utc >= :since": wanted.since,
        "m.message_id IN (SELECT message_id FROM message_recipients "
        "WHERE address = :recipient AND recipient_kind != 'reply_to')": wanted.recipient,
    }
    where = " AND ".join(["true", *(it for it, value in clauses.items() if value is not None)])
    with schema.reading(root.index) as db:
        return tuple(
            lines(
                db,
                f"SELECT message_id FROM messages m WHERE {where} "
                "ORDER BY created_at_utc DESC, rowid DESC LIMIT :limit",
                {
                    "sender": wanted.sender,
                    "recipient": wanted.recipient,
                    "thread": wanted.thread_id,
                    "since": wanted.since,
                    "limit": -1 if wanted.limit is None else wanted.limit,
                },
            )
        )


def lines(db: sqlite3.Connection, ids: str, parameters: dict[str, object]) -> Iterator[LogLine]:
    """The log's lines of the messages that a query finds, in its order of time."""
    rows = db.execute(
        "SELECT m.message_id, m.thread_id, m.created_at_utc, m.sender_address, "
        "(SELECT group_concat(address, char(10)) FROM message_recipients r "
        "WHERE r.message_id = m.message_id AND recipient_kind != 'reply_to'), m.subject "
        f"FROM messages m WHERE m.message_id IN ({ids}) "
        "ORDER BY m.created_at_utc DESC, m.rowid DESC",
        parameters,
    )
    for message_id, thread_id, created_at, sender, recipients, subject in rows:
        to = tuple((recipients or "").splitlines())
        yield LogLine(message_id, thread_id, created_at, sender, to, subject)
