"""Routes about agents: who is live, what each is doing, what it did, look again now."""

from collections.abc import Callable, Collection
from typing import Any

from flask import Response, after_this_request

from houmao.api.agents import projection
from houmao.api.agents.schemas import (
    AgentListSchema,
    AgentSummarySchema,
    FleetSchema,
    HistorySchema,
    TodaySchema,
)
from houmao.api.context import Context, context
from houmao.api.http.answers import PARTIAL, Wire
from houmao.api.http.contract import contract
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.http.validation import LimitQuery
from houmao.api.managed.headless_projection import brief
from houmao.api.observation import projection as observation
from houmao.api.observation.schemas import StateDetailSchema, StateSchema

#: Seconds a caller waits for a capture made for it.
REFRESH_SECONDS = 3.0

agents = Resource("agents", "Live agents and what they are doing")

#: The endpoint that clients poll.
STATE = "agents.state"
_STATE_TOLD = contract(StateSchema)


@agents.answers("GET", "/houmao/agents", contract(AgentListSchema), errors=[503])
def list_agents() -> Wire:
    """List every live agent, sorted by name."""
    found = context().reader.identities()
    _tell_missing(context().reader.lost_hosts().heard)
    return projection.agent_list(found)


@agents.answers("GET", "/houmao/states", FleetSchema, errors=[503])
def states() -> Wire:
    """List every live agent with its state."""
    services = context()
    now = services.now()
    found = services.reader.observe_all(now)
    _tell_missing(services.reader.lost_hosts().heard)
    present = services.headless.present_all() if any(it.identity.headless for it in found) else {}
    headless = {key: brief(each) for key, each in present.items()}
    return projection.fleet(found, headless, now)


@agents.answers("GET", "/houmao/today", TodaySchema, errors=[503])
def today() -> Wire:
    """Tell what every live agent with a screen did since midnight."""
    services = context()
    now = services.now()
    return projection.today(services.reader.observe_all(now), now)


@agents.answers(
    "GET", "/houmao/agents/<agent_ref>", contract(AgentSummarySchema), errors=LOOKUP_ERRORS
)
def show(agent_ref: str) -> Wire:
    """Tell who an agent is; by id or by name."""
    return projection.summary(context().reader.resolve(agent_ref))


@agents.answers("GET", "/houmao/agents/<agent_ref>/state", _STATE_TOLD, errors=LOOKUP_ERRORS)
def state(agent_ref: str) -> Wire:
    """Tell what an agent is doing and how well that is known."""
    return _present(context(), agent_ref)


def plain_state(services: Context, agent_ref: str) -> Wire:
    """What `state` tells without a query."""
    return _STATE_TOLD.pruned(_present(services, agent_ref))


def _present(services: Context, agent_ref: str) -> Wire:
    now = services.now()
    return observation.state(services.reader.observe(agent_ref, now), now)


@agents.answers(
    "GET",
    "/houmao/agents/<agent_ref>/state/detail",
    contract(StateDetailSchema),
    errors=LOOKUP_ERRORS,
)
def state_detail(agent_ref: str) -> Wire:
    """Tell the same with the capture and the parsed screen behind it."""
    services = context()
    now = services.now()
    return observation.detail(services.reader.detail(agent_ref, now), now)


@agents.answers(
    "GET",
    "/houmao/agents/<agent_ref>/history",
    contract(HistorySchema),
    errors=LOOKUP_ERRORS,
    query=LimitQuery,
)
def history(query: dict[str, Any], agent_ref: str) -> Wire:
    """Tell an agent's recent changes, newest first."""
    return projection.history(context().reader.history(agent_ref, query["limit"]))


@agents.answers("POST", "/houmao/agents/<agent_ref>/refresh", StateSchema, errors=LOOKUP_ERRORS)
def refresh(agent_ref: str) -> Wire:
    """Look at an agent's screen now and tell its state after that."""
    return _state_after(context().hosts.refresh, agent_ref)


@agents.answers("POST", "/houmao/agents/<agent_ref>/seen", StateSchema, errors=LOOKUP_ERRORS)
def mark_seen(agent_ref: str) -> Wire:
    """Note that a person has seen how an agent's last turn ended, and tell its state."""
    return _state_after(context().hosts.mark_seen, agent_ref)


def _tell_missing(hosts: Collection[str]) -> None:
    """Say in a header whose agents a list lacks."""

    def told(response: Response) -> Response:
        response.headers[PARTIAL] = (
            f"without {', '.join(sorted(hosts))}: away since Redis lost its data"
        )
        return response

    if hosts:
        after_this_request(told)


def _state_after(ask: Callable[[str, str, float], None], agent_ref: str) -> Wire:
    """What is told of an agent once its host has done that."""
    services = context()
    agent = services.reader.resolve(agent_ref)
    ask(agent.host, agent.agent_id, REFRESH_SECONDS)
    return _present(services, str(agent.key))
