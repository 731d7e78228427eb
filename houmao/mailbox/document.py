"""The text of a message file and back: YAML front matter, then the body in Markdown. Pure.

Of YAML it writes only keys and JSON values, which are quick to make and safe to read.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import yaml

from houmao.errors import MailError
from houmao.mailbox.fields import check_time
from houmao.mailbox.message import PROTOCOL_VERSION, Attachment, Message, Participant

_START, _END = "---\n", "\n---\n"
#: JSON may leave them as they are; YAML takes some for the end of a line, others for an error.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_TO = "\nto:\n"
_NAMES = {"from": "sender"}
_PEOPLE = ("to", "cc", "reply_to")
_HEAD = (
    *("protocol_version", "message_id", "thread_id", "in_reply_to", "references"),
    *("created_at_utc", "from", *_PEOPLE, "subject", "attachments", "headers"),
)
#: libyaml when it is there: ten times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def render(message: Message) -> str:
    """The message file."""
    head = "".join(_lines(message))
    return f"{_START}{head}---\n" + (f"\n{message.body}" if message.body else "")


def alone_to(person: Participant) -> Callable[[str], bool]:
    """Tells of a file's text whether it is to this person alone and says so as `render` does.

    Of a text that somebody else has written it may miss that, and never claims it.
    """
    rows = "\n" + "".join((*_list("to", iter((_flow(person),))), *_list("cc", iter(()))))

    def is_alone(text: str) -> bool:
        # The first such row is the head's: what stands above it has no ends of lines in it.
        return text.startswith(rows, text.find(_TO))

    return is_alone


def _lines(message: Message) -> Iterator[str]:
    yield f"protocol_version: {PROTOCOL_VERSION}\n"
    for name in ("message_id", "thread_id", "in_reply_to"):
        yield f"{name}: {_json(getattr(message, name))}\n"
    yield from _list("references", map(_json, message.references))
    yield f"created_at_utc: {_json(message.created_at_utc)}\n"
    yield f"from: {_flow(message.sender)}\n"
    for name in _PEOPLE:
        yield from _list(name, map(_flow, getattr(message, name)))
    yield f"subject: {_json(message.subject)}\n"
    yield from _list("attachments", map(_flow, message.attachments))
    yield _headers(message.headers) if message.headers else "headers: {}\n"


def _list(name: str, items: Iterator[str]) -> Iterator[str]:
    lines = [f"  - {item}\n" for item in items]
    yield f"{name}:\n" if lines else f"{name}: []\n"
    yield from lines


def _flow(value: Participant | Attachment) -> str:
    told = ((name, getattr(value, name)) for name in value.__slots__)
    return "{" + ", ".join(f"{name}: {_json(it)}" for name, it in told if it is not None) + "}"


def _json(value: str | int | None) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _headers(headers: Mapping[str, object]) -> str:
    try:
        return str(yaml.dump({"headers": dict(headers)}, Dumper=_Dumper, sort_keys=False))
    except (yaml.YAMLError, UnicodeError, RecursionError):
        raise MailError("headers", "must hold only texts, numbers, lists and mappings") from None


def parse(text: str) -> Message:
    """The message in a file's text. Raises MailError that names the field."""
    head, body = split(text)
    try:
        found = yaml.load(head, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise MailError("front matter", "is no YAML; restore the file from a backup") from None
    if not isinstance(found, dict):
        raise MailError("front matter", "must be a mapping of fields")
    return from_fields({**found, "body": body})


def split(text: str) -> tuple[str, str]:
    """Front matter and body of a file's text. Raises MailError."""
    head, end, body = text.removeprefix(_START).partition(_END)
    if not text.startswith(_START) or not end:
        raise MailError("front matter", "must stand between two lines of three dashes")
    return head + "\n", body.removeprefix("\n")


def body_of(text: str) -> str:
    """Only the body of a file's text, the whole of it when it has no front matter."""
    _, end, body = text.partition(_END)
    return body.removeprefix("\n") if end else text


def from_fields(found: Mapping[Any, Any]) -> Message:
    """A message of a front matter's fields and `body`. Raises MailError."""
    unknown = [str(name) for name in found if name not in (*_HEAD, "body")]
    if unknown:
        raise MailError(unknown[0], "is not known; take it out")
    if found.get("protocol_version", PROTOCOL_VERSION) != PROTOCOL_VERSION:
        raise MailError("protocol_version", f"must be {PROTOCOL_VERSION}")
    return Message(
        message_id=_text(found, "message_id"),
        thread_id=_text(found, "thread_id"),
        in_reply_to=_optional(found, "in_reply_to"),
        references=tuple(_listed(found, "references", str)),
        created_at_utc=check_time("created_at_utc", _text(found, "created_at_utc")),
        sender=_participant("from", found.get("from")),
        to=_people(found, "to"),
        cc=_people(found, "cc"),
        reply_to=_people(found, "reply_to"),
        subject=_text(found, "subject"),
        body=_text(found, "body"),
        attachments=tuple(_attachment(it) for it in _listed(found, "attachments", dict)),
        headers=_mapping(found, "headers"),
    )


def _text(found: Mapping[Any, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise MailError(name, "must be a text; put it in quotes" if name in found else "is missing")
    return value


def _optional(found: Mapping[Any, Any], name: str) -> str | None:
    return None if found.get(name) is None else _text(found, name)


def _listed(found: Mapping[Any, Any], name: str, kind: type) -> list[Any]:
    items = found.get(name, [])
    if not isinstance(items, list | tuple) or not all(isinstance(it, kind) for it in items):
        raise MailError(name, f"must be a list of {'texts' if kind is str else 'mappings'}")
    return list(items)


def _mapping(found: Mapping[Any, Any], name: str) -> Mapping[str, object]:
    value = found.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(it, str) for it in value):
        raise MailError(name, "must be a mapping whose keys are texts")
    return value


def _people(found: Mapping[Any, Any], name: str) -> tuple[Participant, ...]:
    return tuple(_participant(name, it) for it in _listed(found, name, dict))


def _participant(field: str, value: object) -> Participant:
    try:
        return Participant(**_known(Participant, value))
    except MailError as error:
        raise error.within(field) from None


def _attachment(value: object) -> Attachment:
    known = _known(Attachment, value)
    return Attachment(**known)


def _known(kind: type[Participant | Attachment], value: object) -> dict[str, Any]:
    """The fields of a mapping, all of them known, all needed ones there, each of its type."""
    if not isinstance(value, dict):
        raise MailError("value", "must be a mapping")
    names = {it.name: it for it in fields(kind)}
    for name, found in value.items():
        wanted = int if name == "size_bytes" else str
        optional = name in names and names[name].default is None
        if name not in names:
            raise MailError(str(name), "is not known; take it out")
        if (found is None and not optional) or not isinstance(found, wanted | None):
            raise MailError(name, f"must be a {'number' if wanted is int else 'text'}")
    missing = [it.name for it in names.values() if it.default is not None and it.name not in value]
    if missing:
        raise MailError(missing[0], "is missing")
    return value
