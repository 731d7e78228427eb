"""The ways to an agent's mail: through its gateway, by a server's route to that, or on its files.

All answer in the words of the mail facade.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol

import click

from houmao import clock, config
from houmao.cli.client.http import Answer, Server
from houmao.cli.mail.options import binding_of, session_of
from houmao.cli.options import AgentReference, Command, agent_options, own_token
from houmao.errors import NotFound, UsageError
from houmao.gateway.attaching import live_gateway
from houmao.gateway.client import GatewayClient
from houmao.gateway_files.status import SCHEMA_VERSION
from houmao.mailbox import wire
from houmao.mailbox.attaching import AttachedFile
from houmao.mailbox.binding import MailboxBinding
from houmao.mailbox.box import MailDraft
from houmao.mailbox.fields import since as since_time
from houmao.mailbox.reading import InboxFilter
from houmao.sessions.mailboxes import opened
from houmao.sessions.target import resolve
from houmao.sessions.variables import MANIFEST_PATH, spellings

#: Asks one operation of the facade: its name, and its body where it has one.
Ask = Callable[[str, Mapping[str, object] | None], Answer]


class MailWay(Protocol):
    """One way to an agent's mail. All raise HoumaoError."""

    def status(self) -> Answer:
        """Whose mailbox it is."""
        ...

    def check(self, *, unread_only: bool, limit: int | None, since: str | None) -> Answer:
        """The inbox, the newest first."""
        ...

    def send(self, draft: MailDraft) -> Answer:
        """Deliver a message."""
        ...

    def reply(self, reference: str, body: str, files: Sequence[AttachedFile]) -> Answer:
        """Answer a message."""
        ...


@dataclass(frozen=True, slots=True)
class MailOnFiles:
    """On the mailbox's own files."""

    binding: MailboxBinding

    def status(self) -> Answer:
        """Whose mailbox it is."""
        return {**wire.owner(opened(self.binding)), "bindings_version": self.binding.version}

    def check(self, *, unread_only: bool, limit: int | None, since: str | None) -> Answer:
        """The inbox, the newest first."""
        box = opened(self.binding)
        wanted = InboxFilter(unread_only, limit, since_time(since) if since else None)
        return wire.checked(box, box.check(wanted), unread_only=unread_only)

    def send(self, draft: MailDraft) -> Answer:
        """Deliver a message."""
        box = opened(self.binding)
        return wire.sent(box, "send", box.send(draft))

    def reply(self, reference: str, body: str, files: Sequence[AttachedFile]) -> Answer:
        """Answer a message."""
        box = opened(self.binding)
        return wire.sent(box, "reply", box.reply(reference, body, files))


@dataclass(frozen=True, slots=True)
class MailThroughGateway:
    """By the facade of the agent's gateway."""

    ask: Ask

    def status(self) -> Answer:
        """Whose mailbox it is."""
        return self.ask("status", None)

    def check(self, *, unread_only: bool, limit: int | None, since: str | None) -> Answer:
        """The inbox, the newest first."""
        return self._post("check", unread_only=unread_only, limit=limit, since=since)

    def send(self, draft: MailDraft) -> Answer:
        """Deliver a message."""
        return self._post(
            "send",
            to=list(draft.to),
            cc=list(draft.cc),
            subject=draft.subject,
            body_content=draft.body,
            attachments=_attachments(draft.files),
        )

    def reply(self, reference: str, body: str, files: Sequence[AttachedFile]) -> Answer:
        """Answer a message."""
        return self._post(
            "reply", message_ref=reference, body_content=body, attachments=_attachments(files)
        )

    def _post(self, operation: str, **body: object) -> Answer:
        return self.ask(operation, {"schema_version": SCHEMA_VERSION, **body})


def _attachments(files: Sequence[AttachedFile]) -> list[dict[str, object]]:
    if any(it.copied for it in files):
        raise UsageError("a gateway copies no attached files; leave --copy out")
    return [{"path": it.path, "label": it.label} for it in files]


def mail_option(command: Command) -> Command:
    """Add the agent's options and `--port`; the command gets `mail: MailWay`."""

    @agent_options(required=False)
    @click.option(
        "--port",
        type=click.IntRange(1, 65535),
        metavar="PORT",
        help="Go through the server on that port of this machine.",
    )
    @wraps(command)
    def wrapper(*args: Any, who: AgentReference | None, port: int | None, **kwargs: Any) -> Any:
        return command(*args, mail=_way(who, port), **kwargs)

    return wrapper


def _way(who: AgentReference | None, port: int | None) -> MailWay:
    if port is not None:
        return MailThroughGateway(_by_server(who, port))
    gateway = _gateway(who)
    return MailThroughGateway(_by(gateway)) if gateway else MailOnFiles(binding_of(who))


def _gateway(who: AgentReference | None) -> GatewayClient | None:
    """The agent's gateway when it serves mail, which it does on loopback alone."""
    settings, environ = config.load(), config.environment()
    if who is None:
        path = next((environ[it] for it in spellings(MANIFEST_PATH) if environ.get(it)), None)
        try:
            target = resolve(path, settings, clock.now()) if path else None
        except NotFound:
            return None
    else:
        target = session_of(who)
    found = live_gateway(target, settings) if target else None
    return found if found and found.host != "0.0.0.0" else None


def _by(gateway: GatewayClient) -> Ask:
    def ask(operation: str, body: Mapping[str, object] | None) -> Answer:
        return gateway.call("POST" if body else "GET", f"/v1/mail/{operation}", body)

    return ask


def _by_server(who: AgentReference | None, port: int) -> Ask:
    if who is None:
        raise UsageError("--port asks a server, which needs to know the agent; name it")

    def ask(operation: str, body: Mapping[str, object] | None) -> Answer:
        route = ("houmao", "agents", who.text, "mail", operation)
        with closing(Server(port, token=own_token())) as server:
            return server.ask("POST" if body else "GET", *route, body=body)

    return ask
