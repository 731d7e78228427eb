"""CAO's inboxes: a message is typed into its receiver, and how it stands can be read.

Also the sentences for what CAO has and Houmao has not.
"""

from typing import Any

from flask import Response

from houmao.api.cao import projection as project
from houmao.api.cao.routes import JSON, crews, listing, optional_body
from houmao.api.cao.schemas import InboxQuery, MessageBody, MessageQuery
from houmao.api.context import context
from houmao.api.http.answers import answer
from houmao.api.http.resource import Resource
from houmao.errors import HoumaoError, UsageError

_INBOX = "/terminals/<terminal_id>/inbox/messages"

inbox = Resource("inbox", "Messages between terminals, to CAO's tools")


class NotBuilt(HoumaoError):
    """CAO has it, and Houmao has not."""

    http_status = 501


@inbox.answers("POST", _INBOX, JSON, errors=(404, 409, 422, 503), query=MessageQuery)
def send(query: dict[str, Any], terminal_id: str) -> Response:
    """Send a message: it is typed once, in order, as soon as its receiver is ready."""
    text = query["message"] or optional_body(MessageBody)["message"]
    if text is None:
        raise UsageError("which message? give it as `message`")
    sent = crews().send(query["sender_id"], crews().terminal(terminal_id), text)
    return answer(project.sent(sent))


@inbox.answers("GET", _INBOX, JSON, errors=(404, 503), query=InboxQuery)
def messages(query: dict[str, Any], terminal_id: str) -> Response:
    """List a terminal's messages, newest first, and how each stands."""
    now, kept = context().now(), _kept(terminal_id)
    told = [project.message(it, crews().request(it.request_id), now) for it in kept]
    wanted = [it for it in told if query["status"] in (None, it["status"])]
    return listing(wanted[: query["limit"]])


@inbox.answers("GET", "/memory", JSON, errors=[501])
@inbox.answers("GET", "/workflows", JSON, errors=[501])
@inbox.answers("GET", "/fleet", JSON, errors=[501])
@inbox.answers("POST", "/workflows/validate", JSON, errors=[501])
def not_built() -> Response:
    """Refuse what Houmao has not."""
    raise NotBuilt("CAO's memory, workflows and fleets are not part of Houmao")


def _kept(terminal_id: str) -> list[Any]:
    found = crews().store.inbox(terminal_id)
    if not found:
        crews().terminal(terminal_id)
    return found
