"""The routes of one agent's gateway; each translates a call for the dispatcher."""

from collections.abc import Mapping
from typing import Any

from flask import current_app

from houmao import clock
from houmao.api.gateways.answers import (
    ControlInputSchema,
    GatewayHealthSchema,
    GatewayStatusSchema,
    HeadlessControlSchema,
    PromptControlSchema,
    SnapshotHistorySchema,
    TrackedTerminalSchema,
)
from houmao.api.gateways.requests import (
    ControlInputBody,
    GatewayRequestBody,
    PromptControlBody,
    PromptPayload,
    SnapshotQuery,
)
from houmao.api.http.answers import Wire
from houmao.api.http.resource import Resource
from houmao.api.http.validation import idempotency_key
from houmao.api.services.gateways import AcceptedRequestSchema
from houmao.errors import UsageError
from houmao.gateway_files.status import PROTOCOL
from houmao.requests.typable import check_prompt
from workers.gateway import projection as project
from workers.gateway.dispatcher import RequestDispatcher

EXTENSION = "houmao-gateway"

_REFUSALS = (409, 422, 503)

gateway = Resource("gateway", "One agent's gateway")


def dispatcher() -> RequestDispatcher:
    """The dispatcher of the gateway that serves this request."""
    found: RequestDispatcher = current_app.extensions[EXTENSION]
    return found


@gateway.answers("GET", "/health", GatewayHealthSchema)
def health() -> Mapping[str, object]:
    """Say that this is a gateway; nothing is said about its agent."""
    return {"protocol_version": PROTOCOL, "status": "ok"}


@gateway.answers("GET", "/v1/status", GatewayStatusSchema)
def status() -> Mapping[str, object]:
    """Tell how the gateway and its agent stand."""
    return dispatcher().status()


@gateway.answers(
    "POST",
    "/v1/requests",
    AcceptedRequestSchema,
    errors=(*_REFUSALS, 429),
    body=GatewayRequestBody,
)
def submit(body: dict[str, Any]) -> Mapping[str, object]:
    """Queue a prompt or an interrupt; it is on disk once this answers."""
    return dispatcher().accept(body["kind"], body["payload"], idempotency_key())


@gateway.answers(
    "POST",
    "/v1/control/prompt",
    PromptControlSchema,
    errors=(*_REFUSALS, 501),
    body=PromptControlBody,
)
def prompt(body: dict[str, Any]) -> Mapping[str, object]:
    """Send a prompt now, or refuse it."""
    return dispatcher().prompt_now(check_prompt(body["prompt"]), force=body["force"])


@gateway.answers(
    "POST",
    "/v1/control/send-keys",
    ControlInputSchema,
    errors=_REFUSALS,
    body=ControlInputBody,
)
def send_keys(body: dict[str, Any]) -> Mapping[str, object]:
    """Type keys into the agent's pane, past the queue."""
    return dispatcher().press(body["sequence"], literally=body["escape_special_keys"])


@gateway.answers("GET", "/v1/control/tui/state", TrackedTerminalSchema, errors=_REFUSALS)
def tui_state() -> Mapping[str, object]:
    """Tell what the agent's screen shows and what it is doing."""
    return _tracked()


@gateway.answers(
    "GET",
    "/v1/control/tui/history",
    SnapshotHistorySchema,
    errors=_REFUSALS,
    query=SnapshotQuery,
)
def tui_history(query: dict[str, Any]) -> Mapping[str, object]:
    """Tell the agent's recent changes, oldest first."""
    agent = _screen().require_followed()
    return project.snapshots(agent.services.reader.history(_agent_id(), query["limit"]))


@gateway.answers(
    "POST",
    "/v1/control/tui/note-prompt",
    TrackedTerminalSchema,
    errors=_REFUSALS,
    body=PromptPayload,
)
def note_prompt(body: dict[str, Any]) -> Mapping[str, object]:
    """Expect a turn from a prompt that the caller has typed by other means."""
    agent = _screen().require_followed()
    agent.services.note_prompt(agent.found.identity)
    return _tracked()


@gateway.answers("GET", "/v1/control/headless/state", HeadlessControlSchema, errors=_REFUSALS)
def headless_state() -> Mapping[str, object]:
    """Tell whether a headless agent would take a prompt."""
    if not dispatcher().agent.headless:
        raise UsageError("this agent has a screen; ask /v1/control/tui/state")
    return dispatcher().headless_state()


def _agent_id() -> str:
    return dispatcher().agent.agent_id


def _screen() -> Any:
    if dispatcher().agent.headless:
        raise UsageError("this agent is headless; ask /v1/control/headless/state")
    return dispatcher().agent


def _tracked() -> Wire:
    agent = _screen()
    found = agent.followed()
    if found is None:
        return project.terminal_state(agent.looked_at(), None, clock.now())
    past = found.services.reader.history(agent.agent_id, project.RECENT)
    return project.terminal_state(found.found, past, clock.now())
