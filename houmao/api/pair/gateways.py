"""Gateways, to clients of `houmao-server`: attached, detached, and told of where there is none.

What a gateway itself is asked takes the common routes.
"""

from collections.abc import Mapping
from typing import Any

from houmao.api.context import context
from houmao.api.gateways.answers import GatewayStatusSchema
from houmao.api.gateways.routes import pass_on
from houmao.api.http.answers import Wire
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.pair.face import PREFIX
from houmao.api.services.gateways import GatewayCall
from houmao.api.services.hosts import operated
from houmao.errors import Conflict
from houmao.gateway.client import GatewayGone
from houmao.gateway_files.status import (
    AgentPresence,
    GatewaySubject,
    QueueLoad,
    SurfaceEligibility,
    needs_reconciliation,
)
from houmao.gateway_files.status import status as status_fields
from houmao.requests.operation import AgentOperation
from houmao.state.values import AgentIdentity

_GATEWAY = f"{PREFIX}/houmao/agents/<agent_ref>/gateway"
_ERRORS = (*LOOKUP_ERRORS, 500, 502)
#: Seconds a gateway may take to come or to go, launches that are before it included.
OPERATE_SECONDS = 30.0
#: Seconds until readers know of that.
SEEN_SECONDS = 5.0

pair_gateways = Resource("pair_gateways", "Agents' gateways, to clients of houmao-server")


@pair_gateways.answers("GET", _GATEWAY, GatewayStatusSchema, errors=_ERRORS)
def status(agent_ref: str) -> Mapping[str, object]:
    """Tell how an agent's gateway stands, also when none is attached."""
    agent = context().headless.seen(agent_ref)
    if agent.gateway_port is None:
        return _not_attached(agent)
    try:
        return pass_on(agent, GatewayCall("GET", "/v1/status", GatewayStatusSchema))
    except GatewayGone:
        return _not_attached(agent)


@pair_gateways.answers("POST", f"{_GATEWAY}/attach", GatewayStatusSchema, errors=_ERRORS)
def attach(agent_ref: str) -> Wire:
    """Have the agent's host start a gateway beside it; one that is healthy is kept."""
    told = _operate(agent_ref, AgentOperation.ATTACH_GATEWAY)
    if needs_reconciliation(told):
        raise Conflict(
            f"the gateway of agent {agent_ref} was attached to it before it was started anew, and "
            "takes nothing until somebody has looked; detach it, then attach it again"
        )
    return told


@pair_gateways.answers("POST", f"{_GATEWAY}/detach", GatewayStatusSchema, errors=_ERRORS)
def detach(agent_ref: str) -> Wire:
    """End an agent's gateway; the agent and the requests that are on disk stay."""
    return _operate(agent_ref, AgentOperation.DETACH_GATEWAY)


def _operate(agent_ref: str, operation: AgentOperation) -> dict[str, Any]:
    """The gateway's status once readers know of it."""
    services = context()
    agent = services.headless.seen(agent_ref)
    with services.streams.place(wanted=True):
        told = operated(services.hosts, agent, operation, OPERATE_SECONDS)
        services.waiting.appeared(
            str(agent.key), SEEN_SECONDS, lambda it: it.gateway_port == told["gateway_port"]
        )
    return told


def _not_attached(agent: AgentIdentity) -> Wire:
    subject = GatewaySubject(agent.agent_name, agent.backend, agent.tmux_session_name)
    there = AgentPresence(agent.generation_id, SurfaceEligibility.UNKNOWN)
    return status_fields(subject, None, there, QueueLoad())
