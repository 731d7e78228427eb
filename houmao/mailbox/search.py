"""Finds messages by words. The word index is a file of its own, brought up to date when asked.

Sending pays nothing for it, it may be deleted at any time, and without FTS5, or where nothing
may be written, the messages themselves are searched.
"""

import sqlite3

from houmao.errors import HoumaoError, MailError, Unavailable
from houmao.mailbox import schema
from houmao.mailbox.reading import LogLine, lines
from houmao.mailbox.root import MailRoot

_SCHEMA = """
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (message_id UNINDEXED, subject, document);
CREATE TABLE IF NOT EXISTS progress (row INTEGER NOT NULL, message_id TEXT NOT NULL);
"""


def search(root: MailRoot, text: str, limit: int = 50) -> tuple[LogLine, ...]:
    """Messages that hold all the words, in any order; the newest first. Raises MailError."""
    words = text.split()
    if not words or "\x00" in text:
        raise MailError("words", "give at least one word to search for")
    try:
        found = _indexed(root, words, limit)
    except Unavailable:
        found = None
    with schema.reading(root.index) as db:
        if found is None:
            return _scanned(db, words, limit)
        marks = ", ".join(f":id{number}" for number in range(len(found)))
        values: dict[str, object] = {f"id{number}": it for number, it in enumerate(found)}
        return tuple(lines(db, marks, values))


def _indexed(root: MailRoot, words: list[str], limit: int) -> list[str] | None:
    if not _has_fts():
        return None
    try:
        return _match(root, words, limit)
    except Unavailable:
        raise
    except HoumaoError:
        # Somebody broke it; it is made of the messages alone.
        root.search_index.unlink(missing_ok=True)
        return _match(root, words, limit)


def _has_fts() -> bool:
    with sqlite3.connect(":memory:") as db:
        options = {found for (found,) in db.execute("PRAGMA compile_options")}
    db.close()
    return "ENABLE_FTS5" in options


def _match(root: MailRoot, words: list[str], limit: int) -> list[str]:
    # In quotes nothing a person types is an operator.
    query = " ".join('"' + word.replace('"', '""') + '"' for word in words)
    with schema.transaction(root.search_index, _SCHEMA) as db:
        db.execute("COMMIT")
        db.execute("ATTACH ? AS mail", (str(root.index),))
        db.execute("BEGIN IMMEDIATE")
        _catch_up(db)
        rows = db.execute(
            "SELECT w.message_id FROM words w JOIN mail.messages m USING (message_id) "
            "WHERE words MATCH ? ORDER BY m.created_at_utc DESC, m.rowid DESC LIMIT ?",
            (query, limit),
        )
        return [found for (found,) in rows]


def _catch_up(db: sqlite3.Connection) -> None:
    last = db.execute("SELECT row, message_id FROM progress").fetchone() or (0, "")
    there = db.execute("SELECT message_id FROM mail.messages WHERE rowid = ?", last[:1]).fetchone()
    if last[0] and there != (last[1],):
        # The index was made anew, and its rows have other numbers.
        db.execute("DELETE FROM words")
        last = (0, "")
    db.execute(
        "INSERT INTO words SELECT message_id, subject, body_markdown FROM mail.messages "
        "WHERE rowid > ?",
        last[:1],
    )
    db.execute("DELETE FROM progress")
    db.execute(
        "INSERT INTO progress SELECT rowid, message_id FROM mail.messages "
        "ORDER BY rowid DESC LIMIT 1"
    )


def _scanned(db: sqlite3.Connection, words: list[str], limit: int) -> tuple[LogLine, ...]:
    clauses = [
        f"instr(lower(m.subject || m.body_markdown), lower(:w{n})) > 0" for n in range(len(words))
    ]
    values: dict[str, object] = {f"w{number}": word for number, word in enumerate(words)}
    ids = (
        f"SELECT message_id FROM messages m WHERE {' AND '.join(clauses)} "
        "ORDER BY created_at_utc DESC, rowid DESC LIMIT :limit"
    )
    return tuple(lines(db, ids, {**values, "limit": limit}))
