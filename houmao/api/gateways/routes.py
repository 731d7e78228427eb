"""Routes that hand calls on to an agent's gateway. Attaching works on the agent's host alone."""

from collections.abc import Mapping
from typing import Any

from houmao import token
from houmao.api.context import context
from houmao.api.gateways.answers import (
    AcceptedRequestSchema,
    ControlInputSchema,
    GatewayStatusSchema,
    MailActionSchema,
    MailListSchema,
    MailStatusSchema,
    NotifierSchema,
    PromptControlSchema,
    SnapshotHistorySchema,
    TrackedTerminalSchema,
)
from houmao.api.gateways.requests import (
    ControlInputBody,
    GatewayRequestBody,
    MailCheckBody,
    MailReplyBody,
    MailSendBody,
    NotifierBody,
    PromptControlBody,
    PromptNoteBody,
    SnapshotQuery,
)
from houmao.api.http.answers import OkSchema
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.services.gateways import GatewayCall, client_of, hand_on
from houmao.errors import HoumaoError

_BASE = "/houmao/agents/<agent_ref>"
_GATEWAY, _MAIL = f"{_BASE}/gateway", f"{_BASE}/mail"
_ERRORS = (*LOOKUP_ERRORS, 502)
#: What a gateway's own refusals may be beside.
_PASSED_ON = (*_ERRORS, 501)

gateways = Resource("gateways", "What agents' gateways answer")


class OnItsHostOnly(HoumaoError):
    """A server never starts processes beside an agent."""

    http_status = 501


@gateways.answers("GET", _GATEWAY, GatewayStatusSchema, errors=_ERRORS)
def status(agent_ref: str) -> Mapping[str, object]:
    """Tell how an agent's gateway stands."""
    return _answer(agent_ref, GatewayCall("GET", "/v1/status", GatewayStatusSchema))


@gateways.answers("GET", f"{_GATEWAY}/tui/state", TrackedTerminalSchema, errors=_ERRORS)
def tui_state(agent_ref: str) -> Mapping[str, object]:
    """Tell what an agent's screen shows, as its gateway has it."""
    call = GatewayCall("GET", "/v1/control/tui/state", TrackedTerminalSchema)
    return _answer(agent_ref, call)


@gateways.answers(
    "GET",
    f"{_GATEWAY}/tui/history",
    SnapshotHistorySchema,
    errors=_ERRORS,
    query=SnapshotQuery,
)
def tui_history(query: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """Tell an agent's recent snapshots, oldest first."""
    path = f"/v1/control/tui/history?limit={query['limit']}"
    return _answer(agent_ref, GatewayCall("GET", path, SnapshotHistorySchema))


@gateways.answers(
    "POST",
    f"{_GATEWAY}/tui/note-prompt",
    TrackedTerminalSchema,
    errors=_ERRORS,
    body=PromptNoteBody,
)
def note_prompt(body: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """Tell a gateway of a prompt that was typed by other means."""
    call = GatewayCall("POST", "/v1/control/tui/note-prompt", TrackedTerminalSchema)
    return _answer(agent_ref, call, {"prompt": body["prompt"]})


@gateways.answers(
    "POST",
    f"{_GATEWAY}/requests",
    AcceptedRequestSchema,
    errors=_ERRORS,
    body=GatewayRequestBody,
)
def requests(body: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """Queue a prompt or an interrupt at an agent's gateway."""
    call = GatewayCall("POST", "/v1/requests", AcceptedRequestSchema)
    return _answer(agent_ref, call, body)


@gateways.answers(
    "POST",
    f"{_GATEWAY}/control/prompt",
    PromptControlSchema,
    errors=_PASSED_ON,
    body=PromptControlBody,
)
def control_prompt(body: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """Have a gateway send a prompt now, or refuse it."""
    call = GatewayCall("POST", "/v1/control/prompt", PromptControlSchema, keeps_status=True)
    return _answer(agent_ref, call, body)


@gateways.answers(
    "POST",
    f"{_GATEWAY}/control/send-keys",
    ControlInputSchema,
    errors=_ERRORS,
    body=ControlInputBody,
)
def control_keys(body: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """Have a gateway type keys into its agent's pane."""
    return _answer(
        agent_ref, GatewayCall("POST", "/v1/control/send-keys", ControlInputSchema), body
    )


@gateways.answers("GET", f"{_GATEWAY}/mail-notifier", NotifierSchema, errors=_ERRORS)
def notifier(agent_ref: str) -> Mapping[str, object]:
    """Tell whether an agent is reminded of its mail."""
    return _answer(agent_ref, GatewayCall("GET", "/v1/mail-notifier", NotifierSchema))


@gateways.answers(
    "PUT", f"{_GATEWAY}/mail-notifier", NotifierSchema, errors=_ERRORS, body=NotifierBody
)
def notify(body: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """Have an agent reminded of its mail."""
    return _answer(agent_ref, GatewayCall("PUT", "/v1/mail-notifier", NotifierSchema), body)


@gateways.answers("DELETE", f"{_GATEWAY}/mail-notifier", NotifierSchema, errors=_ERRORS)
def notify_no_more(agent_ref: str) -> Mapping[str, object]:
    """Have an agent reminded no more."""
    return _answer(agent_ref, GatewayCall("DELETE", "/v1/mail-notifier", NotifierSchema))


@gateways.answers("POST", f"{_GATEWAY}/attach", OkSchema, errors=(501,))
def attach(agent_ref: str) -> Mapping[str, object]:
    """Refuse: a gateway is attached on its agent's host."""
    raise OnItsHostOnly(
        f"attach works only on the agent's host: houmao-mgr agents gateway attach {agent_ref}"
    )


@gateways.answers("POST", f"{_GATEWAY}/detach", OkSchema, errors=(501,))
def detach(agent_ref: str) -> Mapping[str, object]:
    """Refuse: a gateway is detached on its agent's host."""
    raise OnItsHostOnly(
        f"detach works only on the agent's host: houmao-mgr agents gateway detach {agent_ref}"
    )


@gateways.answers("GET", f"{_MAIL}/status", MailStatusSchema, errors=_ERRORS)
def mail_status(agent_ref: str) -> Mapping[str, object]:
    """Tell which mailbox an agent has."""
    return _answer(agent_ref, GatewayCall("GET", "/v1/mail/status", MailStatusSchema))


@gateways.answers("POST", f"{_MAIL}/check", MailListSchema, errors=_PASSED_ON, body=MailCheckBody)
def mail_check(body: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """List an agent's mail."""
    return _answer(agent_ref, _mail("check", MailListSchema), body)


@gateways.answers("POST", f"{_MAIL}/send", MailActionSchema, errors=_PASSED_ON, body=MailSendBody)
def mail_send(body: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """Send mail in an agent's name."""
    return _answer(agent_ref, _mail("send", MailActionSchema), body)


@gateways.answers("POST", f"{_MAIL}/reply", MailActionSchema, errors=_PASSED_ON, body=MailReplyBody)
def mail_reply(body: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
    """Answer mail in an agent's name."""
    return _answer(agent_ref, _mail("reply", MailActionSchema), body)


def _mail(name: str, schema: Any) -> GatewayCall:
    return GatewayCall("POST", f"/v1/mail/{name}", schema, keeps_status=True)


def _answer(
    agent_ref: str, call: GatewayCall, body: Mapping[str, Any] | None = None
) -> Mapping[str, object]:
    services = context()
    path = services.settings.token_file
    shown = token.read(path) if path.exists() else None
    client = client_of(services.reader.resolve(agent_ref), shown)
    return hand_on(client, call, body)
