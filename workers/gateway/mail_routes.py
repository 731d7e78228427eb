"""The mail routes of one agent's gateway, and its notifier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app

from houmao.api.gateways.answers import (
    MailActionSchema,
    MailListSchema,
    MailMarkSchema,
    MailStatusSchema,
    NotifierSchema,
)
from houmao.api.gateways.requests import (
    MailCheckBody,
    MailReplyBody,
    MailSendBody,
    MailStateBody,
    NotifierBody,
)
from houmao.api.http.resource import Resource
from houmao.mailbox import wire
from houmao.mailbox.attaching import AttachedFile
from houmao.mailbox.box import MailDraft
from houmao.mailbox.fields import referred
from houmao.mailbox.fields import since as since_time
from houmao.mailbox.reading import InboxFilter
from workers.gateway.mail import GatewayMail
from workers.gateway.notifier import MailNotifier

MAIL_EXTENSION = "houmao-gateway-mail"

_ERRORS = (404, 422, 502, 503)
_VERSION = {"schema_version": 1}

mail = Resource("mail", "The mailbox of a gateway's agent")


@dataclass(frozen=True, slots=True)
class MailServices:
    """What the mail routes work on."""

    mail: GatewayMail
    notifier: MailNotifier


def _services() -> MailServices:
    found: MailServices = current_app.extensions[MAIL_EXTENSION]
    return found


@mail.answers("GET", "/v1/mail/status", MailStatusSchema, errors=_ERRORS)
def status() -> Mapping[str, object]:
    """Tell which mailbox the agent has."""
    found = _services().mail
    version = found.binding().version
    return {**_VERSION, **wire.owner(found.box()), "bindings_version": version}


@mail.answers("POST", "/v1/mail/check", MailListSchema, errors=_ERRORS, body=MailCheckBody)
def check(body: dict[str, Any]) -> Mapping[str, object]:
    """List the inbox, the newest first; nothing is marked as read by that."""
    box, unread = _services().mail.box(), body["unread_only"]
    since = since_time(body["since"]) if body["since"] else None
    found = box.check(InboxFilter(unread, body["limit"], since))
    return {**_VERSION, **wire.checked(box, found, unread_only=unread)}


@mail.answers("POST", "/v1/mail/send", MailActionSchema, errors=_ERRORS, body=MailSendBody)
def send(body: dict[str, Any]) -> Mapping[str, object]:
    """Send a message: all recipients get it, or nobody does."""
    box = _services().mail.box()
    to, cc = tuple(body["to"]), tuple(body["cc"])
    draft = MailDraft(to, body["subject"], body["body_content"], cc, _files(body))
    return {**_VERSION, **wire.sent(box, "send", box.send(draft))}


@mail.answers("POST", "/v1/mail/reply", MailActionSchema, errors=_ERRORS, body=MailReplyBody)
def reply(body: dict[str, Any]) -> Mapping[str, object]:
    """Answer a message, in its thread."""
    box = _services().mail.box()
    entry = box.reply(body["message_ref"], body["body_content"], _files(body))
    return {**_VERSION, **wire.sent(box, "reply", entry)}


@mail.answers("POST", "/v1/mail/state", MailMarkSchema, errors=_ERRORS, body=MailStateBody)
def mark(body: dict[str, Any]) -> Mapping[str, object]:
    """Mark a message as read."""
    box = _services().mail.box()
    state = box.mark(body["message_ref"], read=True)
    told = wire.marked(box, referred(body["message_ref"]), state)
    named = ("transport", "principal_id", "address", "message_ref", "read")
    return {**_VERSION, **{name: told[name] for name in named}}


@mail.answers("GET", "/v1/mail-notifier", NotifierSchema, errors=_ERRORS)
def notifier() -> Mapping[str, object]:
    """Tell whether the agent is reminded of its mail."""
    return _services().notifier.status()


@mail.answers("PUT", "/v1/mail-notifier", NotifierSchema, errors=_ERRORS, body=NotifierBody)
def notify(body: dict[str, Any]) -> Mapping[str, object]:
    """Remind the agent of new mail from now on."""
    return _services().notifier.switch(body["interval_seconds"])


@mail.answers("DELETE", "/v1/mail-notifier", NotifierSchema, errors=_ERRORS)
def notify_no_more() -> Mapping[str, object]:
    """Remind the agent no more."""
    return _services().notifier.switch(None)


def _files(body: Mapping[str, Any]) -> tuple[AttachedFile, ...]:
    return tuple(AttachedFile(it["path"], it["label"]) for it in body["attachments"])
