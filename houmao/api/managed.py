"""Routes that show watched agents to clients of managed agents."""

from typing import Any

from flask import Response

from houmao.api import managed_projection as project
from houmao.api.context import context
from houmao.api.gateway_summary import gateway_summary
from houmao.api.resource import LOOKUP_ERRORS, Resource
from houmao.api.schemas import (
    LimitQuery,
    ManagedDetailSchema,
    ManagedHistorySchema,
    ManagedStateSchema,
)
from houmao.api.wire import answer
from houmao.errors import Unavailable
from houmao.state.values import AgentIdentity

managed = Resource("managed", "Agents in the shape of managed-agent clients")


@managed.answers(
    "GET", "/houmao/agents/<agent_ref>/managed-state", ManagedStateSchema, errors=LOOKUP_ERRORS
)
def managed_state(agent_ref: str) -> Response:
    """Tell what an agent is doing, with its gateway and mailbox."""
    services = context()
    found = services.reader.observe(agent_ref, services.now())
    agent = _watched(found.identity)
    return answer(project.managed_state(agent, found.state, gateway_summary(agent)))


@managed.answers(
    "GET",
    "/houmao/agents/<agent_ref>/managed-state/detail",
    ManagedDetailSchema,
    errors=LOOKUP_ERRORS,
)
def managed_state_detail(agent_ref: str) -> Response:
    """Tell the same with the capture and the parsed screen behind it."""
    services = context()
    now = services.now()
    found = services.reader.detail(agent_ref, now)
    agent = _watched(found.identity)
    summary = project.managed_state(agent, found.state, gateway_summary(agent))
    return answer(project.managed_detail(found, summary, now))


@managed.answers(
    "GET",
    "/houmao/agents/<agent_ref>/managed-history",
    ManagedHistorySchema,
    errors=LOOKUP_ERRORS,
    query=LimitQuery,
)
def managed_history(query: dict[str, Any], agent_ref: str) -> Response:
    """Tell an agent's recent changes, newest first."""
    found = context().reader.history(agent_ref, query["limit"])
    _watched(found.identity)
    return answer(project.managed_history(found))


def _watched(agent: AgentIdentity) -> AgentIdentity:
    """The agent, when it is watched through its screen. Raises Unavailable for a headless one."""
    if agent.backend in project.HEADLESS_BACKENDS:
        raise Unavailable(
            f"headless agent {agent.agent_id} is not owned by the current passive server"
        )
    return agent
