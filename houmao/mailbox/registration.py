"""Who owns an address: rows of registrations, and the mailbox folders that belong to them."""

import sqlite3
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from houmao.errors import MailboxBroken, MailError, NotFound
from houmao.mailbox.message import Participant
from houmao.mailbox.root import FOLDERS, LOCAL_STATE, require_file, require_folder

ACTIVE, INACTIVE, STASHED = "active", "inactive", "stashed"
IN_ROOT, SYMLINK = "in_root", "symlink"


@dataclass(frozen=True, slots=True)
class MailRegistration:
    """A row of `mailbox_registrations`, its columns in their order."""

    registration_id: str
    address: str
    owner_principal_id: str
    status: str
    mailbox_kind: str
    mailbox_path: str
    mailbox_entry_path: str
    display_name: str | None
    manifest_path_hint: str | None
    role: str | None
    created_at_utc: str
    deactivated_at_utc: str | None = None
    replaced_by_registration_id: str | None = None

    @property
    def local_state(self) -> Path:
        return Path(self.mailbox_path) / LOCAL_STATE

    def projection(self, folder: str, message_id: str) -> str:
        """Path under which a message is linked from a folder of this mailbox."""
        return f"{self.mailbox_path}/{folder}/{message_id}.md"

    def verify(self) -> None:
        """Raises MailboxBroken when its folders are not what was registered."""
        entry = Path(self.mailbox_entry_path)
        if self.mailbox_kind == IN_ROOT:
            require_folder(self.mailbox_entry_path)
        elif not entry.is_symlink() or entry.resolve() != Path(self.mailbox_path):
            raise MailboxBroken(f"{entry} must be a link to {self.mailbox_path}; register it again")
        for name in FOLDERS:
            require_folder(f"{self.mailbox_path}/{name}")
        require_file(self.local_state)


_COLUMNS = ", ".join(it.name for it in fields(MailRegistration))
_MARKS = ", ".join("?" for _ in fields(MailRegistration))


def insert(db: sqlite3.Connection, registration: MailRegistration) -> None:
    """Add the row, or put it in the place of the one with the same id."""
    updates = ", ".join(f"{it.name} = excluded.{it.name}" for it in fields(MailRegistration)[1:])
    db.execute(
        f"INSERT INTO mailbox_registrations ({_COLUMNS}) VALUES ({_MARKS}) "
        f"ON CONFLICT (registration_id) DO UPDATE SET {updates}",
        astuple(registration),
    )


def find(db: sqlite3.Connection, where: str, *values: str | None) -> tuple[MailRegistration, ...]:
    """Rows that fit, the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM mailbox_registrations WHERE {where} "
        "ORDER BY created_at_utc DESC, registration_id DESC",
        values,
    )
    return tuple(MailRegistration(*row) for row in rows)


def active(db: sqlite3.Connection, address: str) -> MailRegistration | None:
    """The one registration under which an address gets mail."""
    return next(iter(find(db, "address = ? AND status = 'active'", address)), None)


def required(db: sqlite3.Connection, address: str) -> MailRegistration:
    """Raises NotFound for an address without an active registration."""
    found = active(db, address)
    if found is None:
        raise NotFound(
            f"no mailbox is registered for {address}; "
            f"`houmao-mgr mailbox register --address {address}` makes one"
        )
    return found


def owned(db: sqlite3.Connection, field: str, participant: Participant) -> MailRegistration:
    """The participant's mailbox, in order. Raises NotFound, MailError, MailboxBroken."""
    found = required(db, participant.address)
    if found.owner_principal_id != participant.principal_id:
        raise MailError(
            f"{field}.principal_id",
            f"{participant.principal_id} does not own {participant.address}; "
            f"{found.owner_principal_id} does",
        )
    found.verify()
    return found
