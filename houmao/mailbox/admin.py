"""Gives addresses to principals and takes them away: register, unregister, clean up."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from houmao.clock import parse_iso
from houmao.errors import Conflict, MailError
from houmao.mailbox import registration, schema
from houmao.mailbox.delivery import exclusive
from houmao.mailbox.fields import one_line, utc
from houmao.mailbox.message import Participant
from houmao.mailbox.registration import (
    ACTIVE,
    IN_ROOT,
    INACTIVE,
    STASHED,
    SYMLINK,
    MailRegistration,
)
from houmao.mailbox.root import MailRoot, make_mailbox

SAFE, FORCE, STASH = "safe", "force", "stash"
MODES = (SAFE, FORCE, STASH)
DEACTIVATE, PURGE = "deactivate", "purge"
END_MODES = (DEACTIVATE, PURGE)


@dataclass(frozen=True, slots=True)
class Application:
    """Who wants which address. `path` None is a mailbox in the root, else a folder elsewhere."""

    owner: Participant
    mode: str = SAFE
    path: Path | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise MailError("mode", f"must be one of {', '.join(MODES)}")
        one_line("principal_id", self.owner.principal_id)


@dataclass(frozen=True, slots=True)
class Birthmark:
    """What makes a new registration unlike any other: epoch seconds and 32 hex digits."""

    now: float
    suffix: str


@dataclass(frozen=True, slots=True)
class EndedRules:
    """Seconds since they ended after which registrations go; of one address, or of all."""

    now: float
    inactive_older_than: float = 0
    stashed_older_than: float = 0
    address: str | None = None


def register(root: MailRoot, wanted: Application, mark: Birthmark) -> dict[str, object]:
    """Give the address to the principal. Raises Conflict when `safe` finds it taken."""
    address = wanted.owner.address
    with exclusive(root, (address,)), schema.transaction(root.index, schema.INDEX) as db:
        new = _row(root, wanted, mark)
        entry = new.mailbox_entry_path
        found = registration.active(db, address) or next(
            iter(registration.find(db, "mailbox_entry_path = ?", entry)), None
        )
        if found and _is_same(found, new):
            return _reuse(db, found, new, wanted.mode)
        extra = _make_room(root, db, found, new, wanted.mode)
        _furnish(new)
        registration.insert(db, new)
        if found:
            db.execute(
                "UPDATE mailbox_registrations SET replaced_by_registration_id = ? "
                "WHERE registration_id = ?",
                (new.registration_id, found.registration_id),
            )
        return {**_answer(new, wanted.mode), **extra}


def _row(root: MailRoot, wanted: Application, mark: Birthmark) -> MailRegistration:
    owner = wanted.owner
    entry = root.entry(owner.address)
    inside = wanted.path is None or wanted.path == entry
    return MailRegistration(
        registration_id=f"reg-{mark.suffix}",
        address=owner.address,
        owner_principal_id=owner.principal_id,
        status=ACTIVE,
        mailbox_kind=IN_ROOT if inside else SYMLINK,
        mailbox_path=str(entry if wanted.path is None or inside else wanted.path.resolve()),
        mailbox_entry_path=str(entry),
        display_name=owner.display_name,
        manifest_path_hint=owner.manifest_path_hint,
        role=owner.role,
        created_at_utc=utc(mark.now),
    )


def _is_same(found: MailRegistration, new: MailRegistration) -> bool:
    if found.status == STASHED:
        return False
    names = ("address", "owner_principal_id", "mailbox_kind", "mailbox_path", "mailbox_entry_path")
    return all(getattr(found, name) == getattr(new, name) for name in names)


def _reuse(
    db: sqlite3.Connection, found: MailRegistration, new: MailRegistration, mode: str
) -> dict[str, object]:
    # Its number, and with it its mail, stays; what is said of the owner is renewed.
    kept = replace(new, registration_id=found.registration_id, created_at_utc=found.created_at_utc)
    _furnish(kept)
    registration.insert(db, kept)
    return {**_answer(kept, mode), "reused_existing": True}


def _answer(row: MailRegistration, mode: str) -> dict[str, object]:
    return {
        "ok": True,
        "mode": mode,
        "address": row.address,
        "active_registration_id": row.registration_id,
        "owner_principal_id": row.owner_principal_id,
        "status": ACTIVE,
    }


def _furnish(row: MailRegistration) -> None:
    entry, folder = Path(row.mailbox_entry_path), Path(row.mailbox_path)
    if row.mailbox_kind == IN_ROOT and entry.is_symlink():
        raise Conflict(f"{entry} is a link; move it away")
    if row.mailbox_kind == SYMLINK and not entry.is_symlink() and entry.exists():
        raise Conflict(f"{entry} is there already and is no link; move it away")
    make_mailbox(folder)
    if row.mailbox_kind == SYMLINK and not entry.is_symlink():
        entry.symlink_to(folder)
    with schema.transaction(row.local_state, schema.LOCAL):
        """Its tables are there from now on."""
    row.verify()


def _make_room(
    root: MailRoot,
    db: sqlite3.Connection,
    found: MailRegistration | None,
    new: MailRegistration,
    mode: str,
) -> dict[str, object]:
    entry = Path(new.mailbox_entry_path)
    occupied = entry.exists() or entry.is_symlink()
    if mode == SAFE and found:
        raise Conflict(
            f"{new.address} belongs to {found.owner_principal_id} ({found.status}); "
            "--mode stash keeps that mailbox aside, --mode force removes it"
        )
    if mode == SAFE and occupied:
        raise Conflict(f"{entry} is there already, of an unknown owner; use --mode stash or force")
    if mode == STASH:
        return _stash(root, db, found, entry, new) if occupied else {}
    if found:
        _forget(db, found.registration_id)
        ended = found.deactivated_at_utc or new.created_at_utc
        registration.insert(db, replace(found, status=INACTIVE, deactivated_at_utc=ended))
    _remove(entry)
    return {"replaced_registration_id": found.registration_id} if found else {}


def _stash(
    root: MailRoot,
    db: sqlite3.Connection,
    found: MailRegistration | None,
    entry: Path,
    new: MailRegistration,
) -> dict[str, object]:
    aside = root.mailboxes / f"{new.address}--{new.registration_id.removeprefix('reg-')}"
    os.rename(entry, aside)
    if found is None:
        return {"stashed_mailbox_path": str(aside)}
    ended = replace(
        found,
        status=STASHED,
        mailbox_path=str(aside) if found.mailbox_kind == IN_ROOT else found.mailbox_path,
        mailbox_entry_path=str(aside),
        deactivated_at_utc=found.deactivated_at_utc or new.created_at_utc,
    )
    registration.insert(db, ended)
    return {
        "stashed_registration_id": found.registration_id,
        "stashed_mailbox_path": str(aside),
    }


def deregister(root: MailRoot, address: str, mode: str, now: float) -> dict[str, object]:
    """End the address's registration; messages stay. Raises NotFound when there is none."""
    if mode not in END_MODES:
        raise MailError("mode", f"must be one of {', '.join(END_MODES)}")
    with exclusive(root, (address,)):
        with schema.transaction(root.index, schema.INDEX) as db:
            found = registration.required(db, address)
            if mode == DEACTIVATE:
                ended = replace(found, status=INACTIVE, deactivated_at_utc=utc(now))
                registration.insert(db, ended)
            else:
                _delete(db, found)
        if mode == PURGE:
            _remove(Path(found.mailbox_entry_path))
    status = "inactive" if mode == DEACTIVATE else "purged"
    return {
        "ok": True,
        "mode": mode,
        "address": address,
        "target_registration_id": found.registration_id,
        "resulting_status": status,
        f"{'deactivated' if mode == DEACTIVATE else 'purged'}_registration_id": (
            found.registration_id
        ),
    }


def cleanup(
    root: MailRoot, rules: EndedRules, *, dry_run: bool
) -> tuple[tuple[MailRegistration, str], ...]:
    """Every registration with its verdict: planned, removed or preserved."""
    with schema.reading(root.index) as db:
        addresses = {it.address for it in registration.find(db, "status != 'active'")}
    with exclusive(root, tuple(addresses)):
        with schema.transaction(root.index, schema.INDEX) as db:
            verdicts = tuple(_judged(db, rules, dry_run=dry_run))
            gone = [it for it, verdict in verdicts if verdict == "removed"]
            for it in gone:
                _delete(db, it)
            taken = {it.mailbox_entry_path for it in registration.find(db, "true")}
        for it in gone:
            # A forced successor lives in the place of the one before it.
            if it.mailbox_entry_path not in taken:
                _remove(Path(it.mailbox_entry_path))
    return verdicts


def _judged(
    db: sqlite3.Connection, rules: EndedRules, *, dry_run: bool
) -> Iterator[tuple[MailRegistration, str]]:
    ages = {INACTIVE: rules.inactive_older_than, STASHED: rules.stashed_older_than}
    for it in registration.find(db, "address = coalesce(?, address)", rules.address):
        ended = parse_iso(it.deactivated_at_utc or it.created_at_utc)
        old = it.status != ACTIVE and rules.now - ended >= ages[it.status]
        yield it, ("planned" if dry_run else "removed") if old else "preserved"


def _delete(db: sqlite3.Connection, found: MailRegistration) -> None:
    _forget(db, found.registration_id)
    db.execute(
        "DELETE FROM mailbox_registrations WHERE registration_id = ?", (found.registration_id,)
    )


def _forget(db: sqlite3.Connection, registration_id: str) -> None:
    for table in ("mailbox_projections", "mailbox_state"):
        db.execute(f"DELETE FROM {table} WHERE registration_id = ?", (registration_id,))


def _remove(entry: Path) -> None:
    """Take a mailbox away; of one that is linked to, only the link."""
    if entry.is_symlink() or entry.is_file():
        entry.unlink()
    elif entry.exists():
        shutil.rmtree(entry)
