"""A message and those it is between, as frozen values that are valid once they exist. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from houmao.errors import MailError
from houmao.mailbox.fields import (
    check_address,
    check_message_id,
    check_time,
    encodable,
    filled,
    one_line,
)

PROTOCOL_VERSION = 1
PATH_REF, MANAGED_COPY = "path_ref", "managed_copy"


@dataclass(frozen=True, slots=True)
class Participant:
    """A principal at an address; the rest is what others may know of it."""

    principal_id: str
    address: str
    display_name: str | None = None
    manifest_path_hint: str | None = None
    role: str | None = None

    def __post_init__(self) -> None:
        filled("principal_id", self.principal_id)
        check_address("address", self.address)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message: where it lies (`path_ref`), or its copy in the root."""

    attachment_id: str
    kind: str
    path: str
    media_type: str
    sha256: str | None = None
    size_bytes: int | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        for name in ("attachment_id", "path", "media_type"):
            filled(f"attachments.{name}", getattr(self, name))
        if self.kind not in (PATH_REF, MANAGED_COPY):
            raise MailError("attachments.kind", f"must be {PATH_REF} or {MANAGED_COPY}")
        if self.kind == PATH_REF and not self.path.startswith("/"):
            raise MailError("attachments.path", f"must be absolute for a {PATH_REF}")
        if self.size_bytes is not None and self.size_bytes < 0:
            raise MailError("attachments.size_bytes", "must not be negative")


@dataclass(frozen=True, slots=True)
class Message:
    """What is in a message file. Raises MailError for what does not fit together."""

    message_id: str
    thread_id: str
    created_at_utc: str
    sender: Participant
    to: tuple[Participant, ...]
    subject: str
    body: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    cc: tuple[Participant, ...] = ()
    reply_to: tuple[Participant, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_message_id("message_id", self.message_id)
        check_message_id("thread_id", self.thread_id)
        for parent in self.references:
            check_message_id("references", parent)
        if check_time("created_at_utc", self.created_at_utc) != self.created_at_utc:
            raise MailError("created_at_utc", "must be to the second, as in 2026-03-27T07:05:00Z")
        if not self.to:
            raise MailError("to", "must name at least one recipient")
        filled("subject", self.subject)
        encodable("body", self.body)
        for name in self.headers:
            filled("headers", name)
        _check_thread(self)

    @property
    def recipients(self) -> tuple[Participant, ...]:
        """Everyone who gets it, each address once; the first spelling of an address counts."""
        found: dict[str, Participant] = {}
        for it in (*self.to, *self.cc):
            if found.setdefault(it.address, it).principal_id != it.principal_id:
                raise MailError("to", f"names two owners for {it.address}")
        return tuple(found.values())

    @property
    def addresses(self) -> tuple[str, ...]:
        """The sender's address and the recipients', each once and in sorted order."""
        return tuple(sorted({self.sender.address, *(it.address for it in self.recipients)}))


def _check_thread(message: Message) -> None:
    if message.in_reply_to is None:
        if message.thread_id != message.message_id:
            raise MailError("thread_id", "must be the message_id in a thread's first message")
        if message.references:
            raise MailError("references", "must be empty in a thread's first message")
    elif message.references[-1:] != (message.in_reply_to,):
        raise MailError("references", "must end with in_reply_to")


def check_written(message: Message) -> Message:
    """Refuse what only a hostile or careless writer puts into a new message. Raises MailError."""
    one_line("subject", message.subject)
    for role in ("to", "cc", "reply_to"):
        for it in getattr(message, role):
            _check_lines(role, it)
    _check_lines("from", message.sender)
    for attachment in message.attachments:
        _check_lines("attachments", attachment)
    for name in message.headers:
        one_line("headers", name)
    return message


def _check_lines(field: str, value: Participant | Attachment) -> None:
    for name in value.__slots__:
        text = getattr(value, name)
        if isinstance(text, str):
            one_line(f"{field}.{name}", text, longest=4096 if "path" in name else 1000)
