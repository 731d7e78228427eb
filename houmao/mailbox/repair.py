"""Makes the index anew from the message files and the mailboxes' folders.

All of it is written beside the index and takes its place in one step; a file that cannot be
read stops it before anything has changed.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from houmao.errors import HoumaoError, MailboxBroken
from houmao.mailbox import catalog, registration, schema
from houmao.mailbox.admin import Birthmark
from houmao.mailbox.delivery import exclusive
from houmao.mailbox.document import parse
from houmao.mailbox.fields import entry_address, utc
from houmao.mailbox.message import Message, Participant
from houmao.mailbox.registration import (
    ACTIVE,
    IN_ROOT,
    INACTIVE,
    STASHED,
    SYMLINK,
    MailRegistration,
)
from houmao.mailbox.root import INBOX, SENT, MailRoot, make_mailbox


@dataclass(frozen=True, slots=True)
class RepairWish:
    """What shall happen to leftovers in `staging/`: moved aside, removed, or neither."""

    cleanup_staging: bool = True
    quarantine_staging: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """A message file; `text` is all of it."""

    path: Path
    text: str
    message: Message


@dataclass(frozen=True, slots=True)
class _Former:
    """What the old index still tells: its registrations, and who got what as which of them."""

    registrations: tuple[MailRegistration, ...] = ()
    delivered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_broken: bool = False


def repair(root: MailRoot, wish: RepairWish, mark: Birthmark) -> dict[str, object]:
    """Raises MailboxBroken naming the message file that must be set right by hand first."""
    addresses = {found[0] for name in os.listdir(root.mailboxes) if (found := entry_address(name))}
    with exclusive(root, tuple(addresses)):
        former = _former(root)
        files = _in_order(_message_files(root), former)
        rows = tuple(_registrations(root, former, files, mark))
        fresh = root.index.with_name("index.sqlite.rebuilt")
        counts = _rebuild(fresh, former, rows, files, mark)
        backup = _set_aside(root.index, mark) if former.is_broken else None
        os.replace(fresh, root.index)
        staged = _clear_staging(root, wish, mark) if wish.cleanup_staging else []
    return {
        "ok": True,
        "message_count": len(files),
        "registration_count": len(rows),
        **counts,
        "staging_action": "quarantine" if wish.quarantine_staging else "remove",
        "staging_artifact_count": len(staged),
        "staging_artifact_paths": list(map(str, staged)),
        "backed_up_index_path": str(backup) if backup else None,
    }


def _in_order(files: Iterator[_Found], former: _Former) -> list[_Found]:
    """By time; within a second as they were delivered, as far as the old index knows."""
    ranks = {message_id: rank for rank, message_id in enumerate(former.delivered)}

    def order(found: _Found) -> tuple[str, int, str]:
        message = found.message
        return message.created_at_utc, ranks.get(message.message_id, len(ranks)), str(found.path)

    return sorted(files, key=order)


def _message_files(root: MailRoot) -> Iterator[_Found]:
    for path in root.messages.rglob("*.md"):
        try:
            text = path.read_bytes().decode()
            found = _Found(path, text, parse(text))
        except (HoumaoError, UnicodeDecodeError) as error:
            raise MailboxBroken(f"{path} is no message ({error}); mend or move it") from None
        if path.is_symlink() or path != root.canonical(found.message):
            raise MailboxBroken(f"{path} should be {root.canonical(found.message)}; move it there")
        yield found


def _former(root: MailRoot) -> _Former:
    if not root.index.exists():
        return _Former()
    try:
        with schema.reading(root.index) as db:
            sent = db.execute(
                "SELECT message_id, sender_registration_id FROM messages ORDER BY rowid"
            )
            got = db.execute("SELECT message_id, delivered_registration_id FROM message_recipients")
            delivered: dict[str, set[str]] = {}
            for message_id, registration_id in (*sent, *got):
                delivered.setdefault(message_id, set()).add(registration_id)
            frozen = {name: frozenset(ids) for name, ids in delivered.items()}
            return _Former(registration.find(db, "true"), frozen)
    except MailboxBroken:
        return _Former(is_broken=True)


def _registrations(
    root: MailRoot, former: _Former, files: Sequence[_Found], mark: Birthmark
) -> Iterator[MailRegistration]:
    """The former ones, and one for each mailbox folder that none of them tells of."""
    yield from former.registrations
    known = {it.mailbox_entry_path for it in former.registrations}
    owners = {it.address: it for found in files for it in _people(found.message)}
    for number, name in enumerate(sorted(os.listdir(root.mailboxes))):
        entry, named = root.mailboxes / name, entry_address(name)
        if named is None or str(entry) in known:
            continue
        address, stashed = named
        owner = owners.get(address)
        yield MailRegistration(
            registration_id=f"reg-{number:08x}{mark.suffix[8:]}",
            address=address,
            owner_principal_id=owner.principal_id if owner else address.partition("@")[0],
            status=STASHED if stashed else ACTIVE,
            mailbox_kind=SYMLINK if entry.is_symlink() else IN_ROOT,
            mailbox_path=str(entry.resolve() if entry.is_symlink() else entry),
            mailbox_entry_path=str(entry),
            display_name=owner.display_name if owner else None,
            manifest_path_hint=owner.manifest_path_hint if owner else None,
            role=owner.role if owner else None,
            created_at_utc=utc(mark.now),
        )


def _people(message: Message) -> tuple[Participant, ...]:
    return (message.sender, *message.recipients)


def _rebuild(
    fresh: Path,
    former: _Former,
    rows: Sequence[MailRegistration],
    files: Sequence[_Found],
    mark: Birthmark,
) -> dict[str, int]:
    fresh.unlink(missing_ok=True)
    with schema.transaction(fresh, schema.INDEX) as db:
        for row in rows:
            # Rows may name their successors, which come later.
            registration.insert(db, replace(row, replaced_by_registration_id=None))
        for row in rows:
            registration.insert(db, row)
        for row in filter(_has_folders, rows):
            make_mailbox(Path(row.mailbox_path))
        links = sum(_enter(db, former, rows, found) for found in files)
        states = [_local_state(db, row, mark) for row in rows if _has_folders(row)]
    return {
        "projection_count": links,
        "restored_state_count": sum(restored for restored, _ in states),
        "defaulted_state_count": sum(defaulted for _, defaulted in states),
    }


def _boxes(
    message: Message, former: _Former, rows: Sequence[MailRegistration]
) -> dict[str, MailRegistration]:
    """Mailboxes that have the message: that got it, or else that their owners have now."""
    owners = {it.address: it.principal_id for it in _people(message)}
    got = former.delivered.get(message.message_id)
    return {
        row.address: row
        for row in rows
        if owners.get(row.address) == row.owner_principal_id
        and _has_folders(row)
        and (row.registration_id in got if got is not None else _may_have(row, message))
    }


def _has_folders(row: MailRegistration) -> bool:
    is_replaced = row.status == INACTIVE and row.replaced_by_registration_id is not None
    return not is_replaced and Path(row.mailbox_path).is_dir()


def _may_have(row: MailRegistration, message: Message) -> bool:
    links = (row.projection(folder, message.message_id) for folder in (INBOX, SENT))
    return row.status == ACTIVE or any(map(os.path.islink, links))


def _enter(
    db: sqlite3.Connection, former: _Former, rows: Sequence[MailRegistration], found: _Found
) -> int:
    boxes = _boxes(found.message, former, rows)
    for box, folder in catalog.projections(found.message, boxes):
        link = box.projection(folder, found.message.message_id)
        if os.path.islink(link) and os.readlink(link) != str(found.path):
            raise MailboxBroken(f"{link} does not lead to {found.path}; remove it")
        with suppress(FileExistsError):
            os.symlink(found.path, link)
    return catalog.add(db, found.message, str(found.path), found.text, boxes)


def _local_state(db: sqlite3.Connection, row: MailRegistration, mark: Birthmark) -> tuple[int, int]:
    """Give a mailbox the state it lacks; how many messages had one, and how many had none."""
    wanted = db.execute(
        "SELECT m.message_id, m.thread_id, m.created_at_utc, m.subject, min(p.folder_name) = 'sent'"
        " FROM mailbox_projections p JOIN messages m USING (message_id)"
        " WHERE p.registration_id = ? GROUP BY m.message_id",
        (row.registration_id,),
    ).fetchall()
    try:
        return _complete(row.local_state, wanted)
    except MailboxBroken:
        _set_aside(row.local_state, mark)
        return _complete(row.local_state, wanted)


def _complete(path: Path, wanted: Sequence[tuple[str, ...]]) -> tuple[int, int]:
    with schema.transaction(path, schema.LOCAL) as local:
        before = {found for (found,) in local.execute("SELECT message_id FROM message_state")}
        lacking = [it for it in wanted if it[0] not in before]
        local.executemany(
            "DELETE FROM message_state WHERE message_id = ?",
            [(it,) for it in before - {it[0] for it in wanted}],
        )
        local.executemany("INSERT INTO message_state VALUES (?, ?, ?, ?, ?, 0, 0, 0)", lacking)
        for thread_id in {it[1] for it in lacking}:
            catalog.summarize(local, thread_id)
    return len(wanted) - len(lacking), len(lacking)


def _set_aside(path: Path, mark: Birthmark) -> Path:
    """Keep a broken database under another name, with what was to be rolled back in it."""
    backup = path.with_name(f"{path.name}.broken-{mark.suffix[:12]}.bak")
    for end in ("", "-journal"):
        if os.path.lexists(f"{path}{end}"):
            os.replace(f"{path}{end}", f"{backup}{end}")
    return backup


def _clear_staging(root: MailRoot, wish: RepairWish, mark: Birthmark) -> list[Path]:
    """Where the leftovers are now, or were."""
    aside = root.staging / "quarantine" / utc(mark.now).replace("-", "").replace(":", "")
    done = []
    for path in sorted(it for it in root.staging.iterdir() if it.name != "quarantine"):
        if wish.quarantine_staging:
            aside.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = aside / path.name
            os.replace(path, place if not os.path.lexists(place) else f"{place}.{mark.suffix[:12]}")
            done.append(place)
        else:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            done.append(path)
    return done
