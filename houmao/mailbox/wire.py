"""Mail as JSON objects, in the words of the mail facade. Pure."""

from collections.abc import Sequence
from typing import Any

from houmao.mailbox.binding import FILESYSTEM
from houmao.mailbox.box import Mailbox
from houmao.mailbox.fields import reference
from houmao.mailbox.message import Attachment, Participant
from houmao.mailbox.reading import LogLine, MailEntry
from houmao.mailbox.thread import preview

Wire = dict[str, Any]


def owner(box: Mailbox) -> Wire:
    """Whose mailbox it is."""
    return {"transport": FILESYSTEM, "principal_id": box.principal_id, "address": box.address}


def checked(box: Mailbox, found: Sequence[MailEntry], *, unread_only: bool) -> Wire:
    """The answer to a check; counts are of the messages in it."""
    return {
        **owner(box),
        "unread_only": unread_only,
        "message_count": len(found),
        "unread_count": sum(it.unread for it in found),
        "messages": [message(it) for it in found],
    }


def sent(box: Mailbox, operation: str, entry: MailEntry) -> Wire:
    """The answer to a send or a reply."""
    return {"operation": operation, **owner(box), "message": message(entry)}


def marked(box: Mailbox, message_id: str, state: dict[str, object]) -> Wire:
    """The answer to a change of state."""
    flags = {name: state[name] for name in ("read", "starred", "archived", "deleted")}
    return {**owner(box), "message_ref": reference(message_id), **flags}


def message(entry: MailEntry) -> Wire:
    """One message."""
    body = entry.body
    return {
        "message_ref": reference(entry.message_id),
        "thread_ref": reference(entry.thread_id),
        "created_at_utc": entry.created_at_utc,
        "subject": entry.subject,
        "unread": entry.unread,
        "body_preview": preview(body),
        "body_text": body,
        "sender": _person(entry.sender),
        "to": [_person(it) for it in entry.to],
        "cc": [_person(it) for it in entry.cc],
        "reply_to": [_person(it) for it in entry.reply_to],
        "attachments": [_attachment(it) for it in entry.attachments],
    }


def log_line(line: LogLine) -> Wire:
    """One line of the log."""
    return {
        "message_ref": reference(line.message_id),
        "thread_ref": reference(line.thread_id),
        "created_at_utc": line.created_at_utc,
        "sender": line.sender,
        "recipients": list(line.recipients),
        "subject": line.subject,
    }


def _person(it: Participant) -> Wire:
    return {
        "address": it.address,
        "display_name": it.display_name,
        "principal_id": it.principal_id,
    }


def _attachment(it: Attachment) -> Wire:
    return {
        "attachment_id": it.attachment_id,
        "kind": it.kind,
        "media_type": it.media_type,
        "locator": it.path,
        "size_bytes": it.size_bytes,
        "label": it.label,
    }
