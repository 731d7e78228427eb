"""Mailbox roots for tests: made, looked at from outside, and compared with their files."""

import os
import secrets
import sqlite3
from pathlib import Path

from houmao.mailbox.admin import Application, register
from houmao.mailbox.box import Mailbox, MailDraft
from houmao.mailbox.founding import init_root
from houmao.mailbox.limits import MailLimits
from houmao.mailbox.message import Participant
from houmao.mailbox.root import MailRoot
from houmao.mailbox.scripts import birthmark

#: What the protocol's tables hold, without numbers that a rebuilt index gives anew.
_TABLES = (
    *("mailbox_registrations", "messages", "message_recipients", "attachments"),
    *("message_attachments", "mailbox_projections", "thread_summaries"),
)


def address_of(name: str) -> str:
    return f"{name}@agents.localhost"


def mailbox(root: MailRoot, name: str, limits: MailLimits | None = None) -> Mailbox:
    """A registered mailbox of that name."""
    owner = Participant(name, address_of(name))
    register(root, Application(owner), birthmark())
    return Mailbox(root, name, owner.address, limits or MailLimits())


def crew(path: Path, *names: str) -> tuple[Mailbox, ...]:
    """A new root with a mailbox for each name."""
    root = init_root(path)
    return tuple(mailbox(root, name) for name in names)


def letter(*to: str, subject: str = "Hello", body: str = "Some words.") -> MailDraft:
    return MailDraft(tuple(map(address_of, to)), subject, body)


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    """All rows of a table, sorted, read by SQLite alone."""
    db = sqlite3.connect(path)
    try:
        return sorted(db.execute(f"SELECT * FROM {table}"), key=repr)
    finally:
        db.close()


def snapshot(root: Path) -> dict[str, object]:
    """Everything a reader can see: tables, the state of each mailbox, files and links."""
    tables = {name: rows(root / "index.sqlite", name) for name in _TABLES}
    states = {
        str(path): rows(path, table)
        for path in sorted(root.glob("mailboxes/*/mailbox.sqlite"))
        for table in ("message_state",)
    }
    return {**tables, **states, "files": tree(root)}


def tree(root: Path) -> dict[str, str]:
    """Messages with their text, and links with where they lead."""
    found = [*root.glob("messages/*/*"), *root.glob("mailboxes/*/*/*")]
    return {str(it): os.readlink(it) if it.is_symlink() else it.read_text("utf-8") for it in found}


def disagreements(root: Path) -> list[str]:
    """Where index, links, states and files tell different stories; none in a sound root."""
    files = {path.stem: path for path in root.glob("messages/*/*.md")}
    messages = {str(row[0]) for row in rows(root / "index.sqlite", "messages")}
    found = [f"file and index differ: {it}" for it in sorted(set(files) ^ messages)]
    known = {str(row[3]) for row in rows(root / "index.sqlite", "mailbox_projections")}
    links = {str(it) for it in root.glob("mailboxes/*/*/*.md")}
    found += [f"link and index differ: {it}" for it in sorted(known ^ links)]
    found += [f"link leads nowhere: {it}" for it in links if not Path(it).is_file()]
    for state in root.glob("mailboxes/*/mailbox.sqlite"):
        own = {Path(it).stem for it in links if Path(it).is_relative_to(state.parent)}
        told = {str(row[0]) for row in rows(state, "message_state")}
        found += [f"{state} and links differ: {it}" for it in sorted(own ^ told)]
    return found


def hex32() -> str:
    return secrets.token_hex(16)
