"""Routes that hand calls on to an agent's gateway. Attaching works on the agent's host alone."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from houmao.api.context import context
from houmao.api.gateways.answers import (
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
    PromptPayload,
    SnapshotQuery,
)
from houmao.api.http.answers import OkSchema
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.services.gateways import (
    AcceptedRequestSchema,
    GatewayCall,
    client_of,
    hand_on,
    shown_token,
)
from houmao.errors import HoumaoError
from houmao.server_kind import ServerKind
from houmao.state.values import AgentIdentity

_BASE = "/houmao/agents/<agent_ref>"
_GATEWAY, _MAIL = f"{_BASE}/gateway", f"{_BASE}/mail"
_ERRORS = (*LOOKUP_ERRORS, 502)
#: What a gateway's own refusals may be beside.
_PASSED_ON = (*_ERRORS, 501)

gateways = Resource("gateways", "What agents' gateways answer")


class OnItsHostOnly(HoumaoError):
    """A server never starts processes beside an agent."""

    http_status = 501


#: Our route, what it is for, the gateway's call, and the schema of what that call takes.
PROXIED: tuple[tuple[str, str, GatewayCall, Any], ...] = (
    (
        f"{_GATEWAY}",
        "Tell how an agent's gateway stands.",
        GatewayCall("GET", "/v1/status", GatewayStatusSchema),
        None,
    ),
    (
        f"{_GATEWAY}/tui/state",
        "Tell what an agent's screen shows, as its gateway has it.",
        GatewayCall("GET", "/v1/control/tui/state", TrackedTerminalSchema),
        None,
    ),
    (
        f"{_GATEWAY}/tui/history",
        "Tell an agent's recent snapshots, oldest first.",
        GatewayCall("GET", "/v1/control/tui/history", SnapshotHistorySchema),
        SnapshotQuery,
    ),
    (
        f"{_GATEWAY}/tui/note-prompt",
        "Tell a gateway of a prompt that was typed by other means.",
        GatewayCall("POST", "/v1/control/tui/note-prompt", TrackedTerminalSchema),
        PromptPayload,
    ),
    (
        f"{_GATEWAY}/requests",
        "Queue a prompt or an interrupt at an agent's gateway.",
        GatewayCall("POST", "/v1/requests", AcceptedRequestSchema),
        GatewayRequestBody,
    ),
    (
        f"{_GATEWAY}/control/prompt",
        "Have a gateway send a prompt now, or refuse it.",
        GatewayCall("POST", "/v1/control/prompt", PromptControlSchema, keeps_status=True),
        PromptControlBody,
    ),
    (
        f"{_GATEWAY}/control/send-keys",
        "Have a gateway type keys into its agent's pane.",
        GatewayCall("POST", "/v1/control/send-keys", ControlInputSchema),
        ControlInputBody,
    ),
    (
        f"{_GATEWAY}/mail-notifier",
        "Tell whether an agent is reminded of its mail.",
        GatewayCall("GET", "/v1/mail-notifier", NotifierSchema),
        None,
    ),
    (
        f"{_GATEWAY}/mail-notifier",
        "Have an agent reminded of its mail.",
        GatewayCall("PUT", "/v1/mail-notifier", NotifierSchema),
        NotifierBody,
    ),
    (
        f"{_GATEWAY}/mail-notifier",
        "Have an agent reminded no more.",
        GatewayCall("DELETE", "/v1/mail-notifier", NotifierSchema),
        None,
    ),
    (
        f"{_MAIL}/status",
        "Tell which mailbox an agent has.",
        GatewayCall("GET", "/v1/mail/status", MailStatusSchema),
        None,
    ),
    (
        f"{_MAIL}/check",
        "List an agent's mail.",
        GatewayCall("POST", "/v1/mail/check", MailListSchema, keeps_status=True),
        MailCheckBody,
    ),
    (
        f"{_MAIL}/send",
        "Send mail in an agent's name.",
        GatewayCall("POST", "/v1/mail/send", MailActionSchema, keeps_status=True),
        MailSendBody,
    ),
    (
        f"{_MAIL}/reply",
        "Answer mail in an agent's name.",
        GatewayCall("POST", "/v1/mail/reply", MailActionSchema, keeps_status=True),
        MailReplyBody,
    ),
)


def _register(rule: str, purpose: str, call: GatewayCall, takes: Any) -> None:
    asks = {"query" if call.method == "GET" else "body": takes} if takes else {}

    def view(*given: dict[str, Any], agent_ref: str) -> Mapping[str, object]:
        return pass_on(context().headless.seen(agent_ref), call, *given)

    words = rule.removeprefix(_BASE).replace("-", "_").split("/")
    view.__name__ = "_".join([call.method.lower(), *words[1:]])
    view.__doc__ = purpose
    errors = _PASSED_ON if call.keeps_status else _ERRORS
    gateways.answers(call.method, rule, call.answers, errors=errors, **asks)(view)


def pass_on(
    agent: AgentIdentity, call: GatewayCall, given: Mapping[str, Any] | None = None
) -> Mapping[str, object]:
    """What the agent's gateway answers. Raises NoGatewayAttached, and what `hand_on` raises."""
    settings = context().settings
    # The original's two servers tell it in two ways.
    absent = 503 if settings.service is ServerKind.PAIR else 502
    client = client_of(agent, settings.host_id, shown_token(settings.token_file), absent)
    query = f"?{urlencode(given)}" if given and call.method == "GET" else ""
    return hand_on(client, call, query, None if query else given)


for _proxied in PROXIED:
    _register(*_proxied)


@gateways.answers("POST", f"{_GATEWAY}/attach", OkSchema, errors=(501,))
def attach(agent_ref: str) -> Mapping[str, object]:
    """Refuse: a gateway is attached on its agent's host."""
    raise _elsewhere("attach", agent_ref)


@gateways.answers("POST", f"{_GATEWAY}/detach", OkSchema, errors=(501,))
def detach(agent_ref: str) -> Mapping[str, object]:
    """Refuse: a gateway is detached on its agent's host."""
    raise _elsewhere("detach", agent_ref)


def _elsewhere(what: str, agent_ref: str) -> OnItsHostOnly:
    return OnItsHostOnly(
        f"{what} works only on the agent's host: houmao-mgr agents gateway {what} {agent_ref}"
    )
