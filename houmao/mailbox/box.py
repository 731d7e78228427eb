"""One principal's mailbox: everything that commands, scripts and a gateway do with mail.

`Mailbox` decides nothing about files; it composes, and hands over to delivery and reading.
"""

import hashlib
import mimetypes
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from houmao import clock
from houmao.errors import MailError
from houmao.mailbox import reading, registration, schema, thread
from houmao.mailbox.delivery import Outgoing, deliver, stage
from houmao.mailbox.document import render
from houmao.mailbox.fields import check_address, encodable, message_id, one_line, referred, utc
from houmao.mailbox.limits import MailLimits
from houmao.mailbox.marks import change_state
from houmao.mailbox.message import PATH_REF, Attachment, Message, Participant, check_written
from houmao.mailbox.reading import InboxFilter, MailEntry
from houmao.mailbox.registration import MailRegistration
from houmao.mailbox.root import MailRoot, file_trouble

_DIGEST_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file to go with a message, by its path."""

    path: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class MailDraft:
    """A message somebody wants to send; addresses are who they are registered for."""

    to: tuple[str, ...]
    subject: str
    body: str
    cc: tuple[str, ...] = ()
    files: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The mailbox of a principal at an address, with the limits for what it sends."""

    root: MailRoot
    principal_id: str
    address: str
    limits: MailLimits = field(default_factory=MailLimits)
    now: Callable[[], float] = clock.now
    entropy: Callable[[int], bytes] = secrets.token_bytes

    def check(self, wanted: InboxFilter) -> list[MailEntry]:
        """Messages of the inbox, the newest first; none of them is changed by that."""
        return reading.inbox(self.root, self.address, wanted)

    def read(self, reference: str) -> MailEntry:
        """One message that this mailbox got or sent. Raises NotFound."""
        return reading.seen_by(self.root, self.address, referred(reference))

    def send(self, draft: MailDraft) -> MailEntry:
        """Deliver to everybody or nobody. Raises HoumaoError that names what is wrong."""
        now = self.now()
        new_id = message_id(now, self.entropy(10))
        message = Message(
            message_id=new_id,
            thread_id=new_id,
            created_at_utc=utc(now),
            sender=self._me,
            to=self._owners("to", draft.to),
            cc=self._owners("cc", draft.cc),
            subject=one_line("subject", draft.subject),
            body=encodable("body", draft.body),
            attachments=self._attachments(draft.files),
        )
        return self._deliver(message, now)

    def reply(self, reference: str, body: str, files: Sequence[AttachedFile] = ()) -> MailEntry:
        """Answer a message that this mailbox has; the answer joins its thread."""
        referenced = referred(reference)
        reading.seen_by(self.root, self.address, referenced)
        parent, _ = reading.load(self.root, referenced)
        now = self.now()
        message = Message(
            message_id=message_id(now, self.entropy(10)),
            thread_id=parent.thread_id,
            in_reply_to=parent.message_id,
            references=thread.reply_references(parent),
            created_at_utc=utc(now),
            sender=self._me,
            to=thread.answered(parent),
            subject=thread.reply_subject(parent.subject),
            body=encodable("body", body),
            attachments=self._attachments(files),
        )
        return self._deliver(message, now)

    def mark(self, reference: str, **flags: bool) -> dict[str, object]:
        """Set `read`, `starred`, `archived` or `deleted`; the state that results."""
        return change_state(self.root, self.address, referred(reference), flags)

    def thread(self, reference: str) -> tuple[Message, ...]:
        """The thread of a message that this mailbox has, the oldest first."""
        return reading.thread(self.root, self.read(reference).thread_id)

    @property
    def _me(self) -> Participant:
        return Participant(self.principal_id, self.address)

    def _owners(self, name: str, addresses: Sequence[str]) -> tuple[Participant, ...]:
        """Each address with its owner. Raises NotFound for one that nobody has."""
        if not addresses:
            return ()
        with schema.reading(self.root.index) as db:
            found = [registration.required(db, check_address(name, it)) for it in addresses]
        return tuple(map(_participant, found))

    def _attachments(self, files: Sequence[AttachedFile]) -> tuple[Attachment, ...]:
        return tuple(_attachment(it, self.entropy(6).hex()) for it in files)

    def _deliver(self, message: Message, now: float) -> MailEntry:
        check_written(message)
        document = render(message)
        self.limits.check_size(len(document.encode()))
        staged = stage(self.root, message)
        try:
            deliver(self.root, Outgoing(message, staged, self.limits, now))
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        is_mine = self.address in {it.address for it in message.recipients}
        return reading.entry_of(message, document, unread=is_mine)


def _participant(owner: MailRegistration) -> Participant:
    return Participant(owner.owner_principal_id, owner.address, owner.display_name)


def _attachment(file: AttachedFile, suffix: str) -> Attachment:
    text = one_line("attachments.path", file.path, longest=4096)
    path = Path(text).expanduser()
    if not path.is_file():
        raise MailError("attachments.path", f"{text!a} is no file that is there")
    with file_trouble(path):
        return Attachment(
            attachment_id=f"att-{suffix}",
            kind=PATH_REF,
            path=str(path.resolve()),
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            sha256=_digest(path),
            size_bytes=os.stat(path).st_size,
            label=one_line("attachments.label", file.label) if file.label else None,
        )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_DIGEST_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
