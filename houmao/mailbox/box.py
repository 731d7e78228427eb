"""One principal's mailbox: everything that commands, scripts and a gateway do with mail.

`Mailbox` decides nothing about files; it composes, and hands over to delivery and reading.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from houmao import clock
from houmao.mailbox import reading, registration, schema, thread
from houmao.mailbox.attaching import AttachedFile, attachments
from houmao.mailbox.delivery import Outgoing, deliver, stage
from houmao.mailbox.document import render
from houmao.mailbox.fields import check_address, encodable, message_id, one_line, referred, utc
from houmao.mailbox.limits import MailLimits
from houmao.mailbox.marks import change_state
from houmao.mailbox.message import Message, Participant, check_written
from houmao.mailbox.reading import InboxFilter, MailEntry
from houmao.mailbox.registration import MailRegistration
from houmao.mailbox.root import MailRoot


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
        to, cc = self._owners("to", draft.to), self._owners("cc", draft.cc)
        with attachments(self.root, draft.files, self.entropy) as files:
            message = Message(
                message_id=new_id,
                thread_id=new_id,
                created_at_utc=utc(now),
                sender=self._me,
                to=to,
                cc=cc,
                subject=one_line("subject", draft.subject),
                body=encodable("body", draft.body),
                attachments=files,
            )
            return self._deliver(message, now)

    def reply(self, reference: str, body: str, files: Sequence[AttachedFile] = ()) -> MailEntry:
        """Answer a message that this mailbox has; the answer joins its thread."""
        referenced = referred(reference)
        reading.seen_by(self.root, self.address, referenced)
        parent, _ = reading.load(self.root, referenced)
        now = self.now()
        with attachments(self.root, files, self.entropy) as attached:
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
                attachments=attached,
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

    def _deliver(self, message: Message, now: float) -> MailEntry:
        check_written(message)
        document = render(message)
        self.limits.check_size(len(document.encode()))
        staged = stage(self.root, message.message_id, document)
        try:
            deliver(self.root, Outgoing(message, staged, self.limits, now))
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        is_mine = self.address in {it.address for it in message.recipients}
        return reading.entry_of(message, document, unread=is_mine)


def _participant(owner: MailRegistration) -> Participant:
    return Participant(owner.owner_principal_id, owner.address, owner.display_name)
