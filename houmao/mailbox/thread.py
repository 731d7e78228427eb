"""How messages hang together: what a reply is, and how long two have gone on. Pure."""

from collections.abc import Iterable, Sequence

from houmao.mailbox.fields import LONGEST_LINE, harmless
from houmao.mailbox.message import Message, Participant

_PREVIEW = 240


def reply_subject(subject: str) -> str:
    """The subject with `Re: ` before it, once, as a new message may have it."""
    plain = harmless(subject).strip()
    return (plain if plain.lower().startswith("re:") else f"Re: {plain}")[:LONGEST_LINE].strip()


def answered(parent: Message) -> tuple[Participant, ...]:
    """Whom a reply goes to."""
    return parent.reply_to or (parent.sender,)


def reply_references(parent: Message) -> tuple[str, ...]:
    """The parent's references, then the parent."""
    return (*parent.references, parent.message_id)


def turns_between(pairs: Iterable[tuple[str, str]], sender: str, recipient: str) -> int:
    """Messages of a thread between two; `pairs` are sender and recipient of each delivery."""
    return sum({sender, recipient} == {one, other} for one, other in pairs)


def preview(body: str) -> str:
    """The first part of a body on one line."""
    # A body of megabytes need not be split whole for its first words.
    line = " ".join(body[: 8 * _PREVIEW].split())
    return line if len(line) <= _PREVIEW else line[: _PREVIEW - 3] + "..."


def transcript(messages: Sequence[Message]) -> str:
    """A thread as text for a person, oldest first."""
    return "\n\n".join(map(_told, messages))


def _told(message: Message) -> str:
    to = ", ".join(it.address for it in message.recipients)
    head = f"## {message.created_at_utc}  {message.sender.address} -> {to}\n{message.subject}"
    files = "".join(f"\nattachment: {it.path}" for it in message.attachments)
    return f"{head}{files}\n\n{message.body.rstrip()}"
