"""Tables of the shared index and of a mailbox's own state, and how either is opened.

The index can be made anew from the message files, so nobody waits for the disk on its account:
after a crash of a process both are whole; after a loss of power `repair` may be needed.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from houmao.errors import HoumaoError, MailboxBroken, Unavailable
from houmao.mailbox.root import require_file

_REGISTRATIONS = """
CREATE TABLE IF NOT EXISTS mailbox_registrations (
    registration_id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    owner_principal_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'stashed')),
    mailbox_kind TEXT NOT NULL CHECK (mailbox_kind IN ('in_root', 'symlink')),
    mailbox_path TEXT NOT NULL,
    mailbox_entry_path TEXT NOT NULL,
    display_name TEXT, manifest_path_hint TEXT, role TEXT,
    created_at_utc TEXT NOT NULL,
    deactivated_at_utc TEXT,
    replaced_by_registration_id TEXT
        REFERENCES mailbox_registrations (registration_id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS idx_mailbox_registrations_active_address
    ON mailbox_registrations (address) WHERE status = 'active';
CREATE INDEX IF NOT EXISTS idx_mailbox_registrations_owner_principal
    ON mailbox_registrations (owner_principal_id);
"""
_MESSAGES = """
CREATE TABLE IF NOT EXISTS messages (
    message_id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL,
    in_reply_to TEXT,
    created_at_utc TEXT NOT NULL,
    canonical_path TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_markdown TEXT NOT NULL,
    headers_json TEXT NOT NULL DEFAULT '{}',
    sender_principal_id TEXT NOT NULL,
    sender_address TEXT NOT NULL,
    sender_display_name TEXT, sender_manifest_path_hint TEXT, sender_role TEXT,
    sender_registration_id TEXT
);
CREATE INDEX IF NOT EXISTS idx_messages_thread_id ON messages (thread_id);
CREATE TABLE IF NOT EXISTS message_recipients (
    message_id TEXT NOT NULL REFERENCES messages (message_id) ON DELETE CASCADE,
    recipient_kind TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    address TEXT NOT NULL,
    owner_principal_id TEXT NOT NULL,
    display_name TEXT, manifest_path_hint TEXT, role TEXT,
    delivered_registration_id TEXT,
    PRIMARY KEY (message_id, recipient_kind, ordinal)
);
CREATE INDEX IF NOT EXISTS idx_recipients_address ON message_recipients (address);
CREATE TABLE IF NOT EXISTS attachments (
    attachment_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    locator TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT, size_bytes INTEGER, label TEXT
);
CREATE TABLE IF NOT EXISTS message_attachments (
    message_id TEXT NOT NULL REFERENCES messages (message_id) ON DELETE CASCADE,
    attachment_id TEXT NOT NULL REFERENCES attachments (attachment_id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    PRIMARY KEY (message_id, attachment_id)
);
"""
_MAILBOXES = """
CREATE TABLE IF NOT EXISTS mailbox_projections (
    registration_id TEXT NOT NULL
        REFERENCES mailbox_registrations (registration_id) ON DELETE CASCADE,
    message_id TEXT NOT NULL REFERENCES messages (message_id) ON DELETE CASCADE,
    folder_name TEXT NOT NULL,
    projection_path TEXT NOT NULL,
    PRIMARY KEY (registration_id, message_id, folder_name)
);
CREATE TABLE IF NOT EXISTS mailbox_state (
    registration_id TEXT NOT NULL
        REFERENCES mailbox_registrations (registration_id) ON DELETE CASCADE,
    message_id TEXT NOT NULL REFERENCES messages (message_id) ON DELETE CASCADE,
    is_read INTEGER NOT NULL DEFAULT 0,
    is_starred INTEGER NOT NULL DEFAULT 0,
    is_archived INTEGER NOT NULL DEFAULT 0,
    is_deleted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (registration_id, message_id)
);
CREATE INDEX IF NOT EXISTS idx_state_registration_id ON mailbox_state (registration_id);
"""
_SUMMARIES = """
CREATE TABLE IF NOT EXISTS thread_summaries (
    thread_id TEXT PRIMARY KEY,
    normalized_subject TEXT NOT NULL,
    latest_message_id TEXT,
    latest_message_created_at_utc TEXT,
    unread_count INTEGER NOT NULL DEFAULT 0
);
"""
INDEX = _REGISTRATIONS + _MESSAGES + _MAILBOXES + _SUMMARIES
LOCAL = (
    """
CREATE TABLE IF NOT EXISTS message_state (
    message_id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL,
    created_at_utc TEXT NOT NULL,
    subject TEXT NOT NULL,
    is_read INTEGER NOT NULL DEFAULT 0,
    is_starred INTEGER NOT NULL DEFAULT 0,
    is_archived INTEGER NOT NULL DEFAULT 0,
    is_deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS idx_message_state_thread_id ON message_state (thread_id);
CREATE INDEX IF NOT EXISTS idx_message_state_created ON message_state (created_at_utc);
"""
    + _SUMMARIES
)
_WAIT_SECONDS = 5.0
#: Connections that a thread keeps; an open one saves a third of a delivery's time.
_POOLED = 64
_WITHOUT_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def transaction(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Everything or nothing of what the block writes. Raises HoumaoError that names the file."""
    with database_trouble(path):
        db = _pool.connection(path, lambda: _for_writing(path, schema), "writing")
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads. Raises MailboxBroken when the file is missing or no index."""
    with database_trouble(path):
        if not path.exists():
            raise MailboxBroken(f"{path} is missing; `houmao-mgr mailbox repair` makes it anew")
        yield _pool.connection(path, lambda: _for_reading(path), "reading")


def _for_writing(path: Path, schema: str) -> sqlite3.Connection:
    is_new = not path.exists() or path.stat().st_size == 0
    db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    # A rollback journal as in mode DELETE, but its file is neither made nor emptied each time.
    db.execute("PRAGMA journal_mode = PERSIST")
    db.execute("PRAGMA foreign_keys = ON")
    if is_new:
        os.chmod(path, 0o600)
        db.executescript(f"BEGIN IMMEDIATE;{schema}COMMIT;")
    return db


def _for_reading(path: Path) -> sqlite3.Connection:
    # Not `mode=ro`: whoever comes first after a crash rolls the dead writer's changes back.
    mode = "rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "ro"
    db = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
    )
    db.execute("PRAGMA query_only = ON")
    return db


class _Pool(threading.local):
    """Open connections of one thread, each to the file that is at its path now."""

    def __init__(self) -> None:
        self._open: dict[tuple[Path, str], tuple[object, sqlite3.Connection]] = {}

    def connection(
        self, path: Path, opened: Callable[[], sqlite3.Connection], use: str
    ) -> sqlite3.Connection:
        """The pooled connection, or a new one. Raises MailboxBroken for a link in its place."""
        require_file(path)
        held, db = self._open.pop((path, use), (None, None))
        there = _identity(path)
        if db is None or held != there:
            if db is not None:
                db.close()
            db = opened()
            there = _identity(path)
        self._open[path, use] = there, db
        while len(self._open) > _POOLED:
            _, oldest = self._open.pop(next(iter(self._open)))
            oldest.close()
        return db


def _identity(path: Path) -> object:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    # SQLite's connections do not survive a fork.
    return found.st_dev, found.st_ino, os.getpid()


_pool = _Pool()


@contextmanager
def database_trouble(path: Path) -> Iterator[None]:
    """Turn an error of SQLite into one that names the file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(path, error) from error


def _explained(path: Path, error: sqlite3.Error) -> HoumaoError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _BUSY:
        return Unavailable(f"{path} has been busy for {_WAIT_SECONDS:g} s")
    if code in (*_WITHOUT_ROOM, sqlite3.SQLITE_CANTOPEN):
        return Unavailable(f"{path} cannot be used: {error}")
    return MailboxBroken(
        f"{path} is broken ({error}); `houmao-mgr mailbox repair` makes it anew from the messages"
    )
