"""The way of a call from a passive route to an agent's gateway, and what its failures mean.

A gateway of another release may say more than ours; what it says is passed on as it is, once it
has the shape that the route promises. This file knows no Flask.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import marshmallow as ma

from houmao import token
from houmao.api.http.answers import AnswerSchema, number, text
from houmao.api.services.handover import RequestOrder
from houmao.errors import HoumaoError
from houmao.gateway.client import GatewayAway, GatewayClient, GatewayGone, GatewayRefused
from houmao.gateway_files.status import SCHEMA_VERSION
from houmao.requests.request import RequestKind
from houmao.state.values import AgentIdentity


class NoGatewayAttached(HoumaoError):
    """The agent has no gateway."""

    def __init__(self, agent: AgentIdentity, status: int) -> None:
        self._status = status
        super().__init__(
            f"No gateway is attached to agent {agent.agent_id}; on its host: "
            f"houmao-mgr agents gateway attach {agent.agent_name}"
        )

    @property
    def answer_status(self) -> int:
        return self._status


class GatewayElsewhere(HoumaoError):
    """The agent's gateway listens on another host, for that host alone."""

    http_status = 502

    def __init__(self, agent: AgentIdentity) -> None:
        super().__init__(
            f"the gateway of agent {agent.agent_id} serves its own host {agent.host} alone; "
            "ask there"
        )


class PassedOn(HoumaoError):
    """What the gateway refused, under the gateway's own status and in its own words."""

    def __init__(self, refused: GatewayRefused) -> None:
        super().__init__(refused.message)
        self._refused = refused

    @property
    def answer_status(self) -> int:
        return self._refused.status

    def extra(self) -> Mapping[str, object]:
        return {"detail": _decoded(self._refused.detail)}


class AcceptedRequestSchema(AnswerSchema):
    request_id = text()
    request_kind = text()
    state = text()
    accepted_at_utc = text()
    queue_depth = number()
    managed_agent_instance_epoch = number()


@dataclass(frozen=True, slots=True)
class GatewayCall:
    """One call; with `keeps_status` the gateway's refusals are passed on, else they are 502."""

    method: str
    path: str
    answers: type[AnswerSchema]
    keeps_status: bool = False


def client_of(
    agent: AgentIdentity, own_host: str, shown: str | None = None, absent_status: int = 502
) -> GatewayClient:
    """The agent's gateway. Raises GatewayElsewhere, and NoGatewayAttached with that status."""
    if agent.gateway_host is None or agent.gateway_port is None:
        raise NoGatewayAttached(agent, absent_status)
    if agent.host != own_host:
        # At that port of this machine another agent's may listen.
        raise GatewayElsewhere(agent)
    return GatewayClient(agent.gateway_host, agent.gateway_port, shown)


def shown_token(path: Path) -> str | None:
    """What a gateway of this host is shown, None where there is no token yet."""
    return token.read(path) if path.exists() else None


def queue_at(client: GatewayClient, order: RequestOrder) -> str | None:
    """The id of a request that the gateway has queued, None where no gateway listens any more.

    Raises GatewayAway and GatewayRefused.
    """
    payload = {"prompt": order.text} if order.kind is RequestKind.SUBMIT_PROMPT else {}
    body = {"schema_version": SCHEMA_VERSION, "kind": order.kind, "payload": payload}
    key = {"Idempotency-Key": order.idempotency_key} if order.idempotency_key else None
    call = GatewayCall("POST", "/v1/requests", AcceptedRequestSchema)
    try:
        return str(hand_on(client, call, body=body, headers=key)["request_id"])
    except GatewayGone:
        return None


def hand_on(
    client: GatewayClient,
    call: GatewayCall,
    query: str = "",
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The gateway's answer. Raises GatewayAway, GatewayRefused, and PassedOn."""
    try:
        found = client.call(call.method, call.path + query, body, headers)
    except GatewayRefused as refused:
        if call.keeps_status:
            raise PassedOn(refused) from None
        raise
    problems = call.answers(unknown=ma.INCLUDE).validate(found)
    if problems:
        fields = ", ".join(sorted(map(str, problems)))
        done = "" if call.method == "GET" else "it has taken the call, so do not repeat it: "
        raise GatewayAway(f"the gateway's answer has not the shape of one: {done}{fields}")
    return found


def _decoded(detail: object) -> object:
    """An object that came as text is an object again; any other text stays text."""
    if isinstance(detail, str) and detail.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(detail)
        except ValueError:
            return detail
    return detail if isinstance(detail, str | dict | list) else json.dumps(detail)
