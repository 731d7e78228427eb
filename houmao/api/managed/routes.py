"""Routes that show watched agents to clients of managed agents."""

from collections.abc import Mapping
from typing import Any

from houmao.api.context import context
from houmao.api.http.answers import Wire
from houmao.api.http.contract import contract
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.http.validation import LimitQuery
from houmao.api.managed import headless_projection as headless
from houmao.api.managed import watched_projection as project
from houmao.api.managed.gateway import gateway_summary
from houmao.api.managed.schemas import ManagedDetailSchema, ManagedHistorySchema, ManagedStateSchema
from houmao.api.services.headless import HeadlessSnapshot, ResolvedAgent
from houmao.errors import Unavailable
from houmao.state.values import AgentIdentity

managed = Resource("managed", "Agents in the shape of managed-agent clients")


@managed.answers(
    "GET",
    "/houmao/agents/<agent_ref>/managed-state",
    contract(ManagedStateSchema),
    errors=LOOKUP_ERRORS,
)
def managed_state(agent_ref: str) -> Wire:
    """Tell what an agent is doing, with its gateway and mailbox."""
    services = context()
    target = services.headless.target(agent_ref)
    if target.owned is not None:
        return _headless_state(services.headless.present(target))
    found = services.reader.observe(_watched(target), services.now())
    agent = found.identity
    return project.managed_state(agent, found.state, _gateway(agent))


@managed.answers(
    "GET",
    "/houmao/agents/<agent_ref>/managed-state/detail",
    contract(ManagedDetailSchema),
    errors=LOOKUP_ERRORS,
)
def managed_state_detail(agent_ref: str) -> Wire:
    """Tell the same with the capture and the parsed screen behind it."""
    services, now = context(), context().now()
    target = services.headless.target(agent_ref)
    if target.owned is not None:
        present = services.headless.present(target)
        return headless.managed_detail(present, _headless_state(present))
    found = services.reader.detail(_watched(target), now)
    summary = project.managed_state(found.identity, found.state, _gateway(found.identity))
    return project.managed_detail(found, summary, now)


@managed.answers(
    "GET",
    "/houmao/agents/<agent_ref>/managed-history",
    contract(ManagedHistorySchema),
    errors=LOOKUP_ERRORS,
    query=LimitQuery,
)
def managed_history(query: dict[str, Any], agent_ref: str) -> Wire:
    """Tell an agent's recent changes, newest first."""
    services = context()
    target = services.headless.target(agent_ref)
    if target.owned is not None:
        return headless.managed_history(services.headless.present(target, query["limit"]))
    found = services.reader.history(_watched(target), query["limit"])
    return project.managed_history(found)


def _headless_state(present: HeadlessSnapshot) -> Wire:
    agent = present.record
    return headless.managed_state(present, _gateway(agent) if agent else None)


def _gateway(agent: AgentIdentity) -> Mapping[str, object] | None:
    return gateway_summary(agent, context().settings)


def _watched(target: ResolvedAgent) -> str:
    """Key of an agent that is watched through its screen. Raises Unavailable for a headless one."""
    agent = target.agent
    if agent is None or agent.headless:
        which = agent.agent_id if agent else "this"
        raise Unavailable(f"headless agent {which} is not owned by the current passive server")
    return str(agent.key)
