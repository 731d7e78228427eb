"""Marks messages of one mailbox: read, starred, archived, deleted."""

import sqlite3

from houmao.errors import MailError, NotFound
from houmao.mailbox import registration, schema
from houmao.mailbox.catalog import summarize
from houmao.mailbox.delivery import exclusive
from houmao.mailbox.root import MailRoot

_FLAGS = ("read", "starred", "archived", "deleted")


def change_state(
    root: MailRoot, address: str, message_id: str, flags: dict[str, bool]
) -> dict[str, object]:
    """Set `read`, `starred`, `archived`, `deleted` of a message in one mailbox.

    Raises MailError for no flag or an unknown one, NotFound for no such message.
    """
    _check_flags(flags)
    with exclusive(root, (address,)):
        with schema.reading(root.index) as db:
            box = registration.required(db, address)
            box.verify()
            found = db.execute(
                "SELECT m.thread_id, m.created_at_utc, m.subject, p.folder_name "
                "FROM mailbox_projections p JOIN messages m USING (message_id) "
                "WHERE p.registration_id = ? AND p.message_id = ? ORDER BY p.folder_name",
                (box.registration_id, message_id),
            ).fetchone()
        if found is None:
            raise NotFound(f"{address} has no message {message_id}")
        with schema.transaction(box.local_state, schema.LOCAL) as db:
            state = _changed(db, (message_id, *found), flags)
    return {
        "ok": True,
        "address": address,
        "owner_principal_id": box.owner_principal_id,
        "registration_id": box.registration_id,
        "message_id": message_id,
        **state,
    }


def _check_flags(flags: dict[str, bool]) -> None:
    unknown = [name for name in flags if name not in _FLAGS]
    if unknown or not flags:
        raise MailError(unknown[0] if unknown else "flags", f"set some of {', '.join(_FLAGS)}")


def _changed(
    db: sqlite3.Connection, row: tuple[str, ...], flags: dict[str, bool]
) -> dict[str, bool]:
    message_id, thread_id, created_at, subject, folder = row
    db.execute(
        "INSERT OR IGNORE INTO message_state VALUES (?, ?, ?, ?, ?, 0, 0, 0)",
        (message_id, thread_id, created_at, subject, folder == "sent"),
    )
    sets = ", ".join(f"is_{name} = ?" for name in flags)
    db.execute(
        f"UPDATE message_state SET {sets} WHERE message_id = ?", (*flags.values(), message_id)
    )
    summarize(db, thread_id)
    columns = ", ".join(f"is_{name}" for name in _FLAGS)
    state = db.execute(f"SELECT {columns} FROM message_state WHERE message_id = ?", (message_id,))
    return dict(zip(_FLAGS, map(bool, state.fetchone()), strict=True))
