"""Routes that ask agents for something: a prompt, an interrupt, the end; and how that went."""

from contextlib import suppress
from typing import Any

from houmao.api.context import context
from houmao.api.http.answers import Wire
from houmao.api.http.contract import contract
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.http.validation import LimitQuery, asks_for_more, idempotency_key
from houmao.api.observation import projection as observation
from houmao.api.requests import projection as project
from houmao.api.requests.schemas import (
    KINDS,
    AcceptedSchema,
    DoneSchema,
    FleetRequestsQuery,
    FleetRequestsSchema,
    InterruptedSchema,
    PromptBody,
    PromptQuery,
    RequestListSchema,
    RequestSchema,
    WaitQuery,
)
from houmao.api.services.gateways import client_of, queue_at, shown_token
from houmao.api.services.handover import RequestOrder
from houmao.api.services.waiting import RequestMilestone
from houmao.errors import HoumaoError, NotFound
from houmao.requests.request import DEFAULT_DEADLINE_SECONDS, Request, RequestKind
from houmao.state.values import AgentIdentity, HeadlessAgent

#: Seconds a host may take to end an agent's session: processes get time to end by themselves.
STOP_SECONDS = 12.0
#: Seconds a host has to tell what a turn said.
ANSWER_SECONDS = 3.0

_BASE = "/houmao/agents/<agent_ref>"
_ERRORS = (*LOOKUP_ERRORS, 502)

requests = Resource("requests", "Prompts, interrupts and how they went")


@requests.answers(
    "POST",
    f"{_BASE}/requests",
    contract(AcceptedSchema),
    errors=_ERRORS,
    query=PromptQuery,
    body=PromptBody,
)
def submit(query: dict[str, Any], body: dict[str, Any], agent_ref: str) -> Wire:
    """Give an agent a prompt; it is typed once, as soon as the agent is ready for it."""
    deadline = query.pop("deadline")
    kind = KINDS[body["kind"]]
    order = RequestOrder(kind, body["prompt"], deadline, idempotency_key())
    return hand_over(agent_ref, order, query)


@requests.answers(
    "POST", f"{_BASE}/interrupt", contract(InterruptedSchema), errors=_ERRORS, query=WaitQuery
)
def interrupt(query: dict[str, Any], agent_ref: str) -> Wire:
    """Tell an agent to stop its turn; prompts that wait for it stay queued."""
    owned = context().headless.target(agent_ref).owned
    if owned is not None:
        return _done(owned, context().headless.interrupt(owned))
    return hand_over(
        agent_ref, RequestOrder(RequestKind.INTERRUPT, idempotency_key=idempotency_key()), query
    )


@requests.answers(
    "GET", f"{_BASE}/requests", RequestListSchema, errors=LOOKUP_ERRORS, query=LimitQuery
)
def recent(query: dict[str, Any], agent_ref: str) -> Wire:
    """Tell an agent's latest requests, newest first."""
    services = context()
    agent = services.reader.resolve(agent_ref)
    found = services.store.latest(agent.key, query["limit"])
    return {
        **observation.who(agent),
        "requests": [project.request(it, agent.agent_name) for it in found],
    }


@requests.answers(
    "GET", "/houmao/requests", FleetRequestsSchema, errors=(503,), query=FleetRequestsQuery
)
def recent_of_all(query: dict[str, Any]) -> Wire:
    """Tell the latest requests of all live agents, newest first, or all those of one batch.

    Whoever prompts several agents with one Idempotency-Key follows them all by it.
    """
    services = context()
    names = {it.key: it.agent_name for it in services.reader.identities()}
    if query["batch"] is None:
        found, most = services.store.latest_of(tuple(names), query["limit"]), query["limit"]
    else:
        found, most = services.store.batch(tuple(names), query["batch"]), None
    told = [it for it in found if not (query["open"] and it.ended)][:most]
    return {"requests": [project.request(it, names[it.agent]) for it in told]}


@requests.answers(
    "GET", f"{_BASE}/requests/<request_id>", RequestSchema, errors=LOOKUP_ERRORS, query=WaitQuery
)
def show(query: dict[str, Any], agent_ref: str, request_id: str) -> Wire:
    """Tell how a request went; `wait` waits for it."""
    with context().streams.place(wanted=query["wait"] > 0):
        found, agent_name = _asked(agent_ref, request_id)
        found = _waited(found, query)
    return project.request(found, agent_name, _answer(found, query))


@requests.answers("DELETE", f"{_BASE}/requests/<request_id>", RequestSchema, errors=LOOKUP_ERRORS)
def cancel(agent_ref: str, request_id: str) -> Wire:
    """Withdraw a request that was not typed yet; 409 when it is too late for that."""
    services = context()
    agent = services.reader.resolve(agent_ref)
    return project.request(services.handover.cancel(agent, request_id), agent.agent_name)


@requests.answers("POST", f"{_BASE}/stop", contract(DoneSchema), errors=(*LOOKUP_ERRORS, 500))
def stop(agent_ref: str) -> Wire:
    """End an agent's tmux session and every process in it, and remove its record."""
    services = context()
    target = services.headless.target(agent_ref)
    if target.owned is not None:
        return _done(target.owned, services.headless.stop(target.owned))
    agent = services.reader.resolve(agent_ref)
    done = services.hosts.stop(agent.host, agent.agent_id, STOP_SECONDS)
    return {"status": "ok", **observation.who(agent), "detail": done}


def _done(agent: HeadlessAgent, detail: str) -> Wire:
    """What was done to a headless agent, which goes by its tracked id here."""
    named = {"agent_id": agent.tracked_agent_id, "agent_name": agent.agent_name}
    return {"status": "ok", **named, "detail": detail}


def hand_over(agent_ref: str, order: RequestOrder, wait: dict[str, Any]) -> Wire:
    """The request as it stands once its host has it, or as far as `wait` asks for."""
    services = context()
    agent: AgentIdentity = services.reader.resolve(agent_ref)
    request_id = None if wait["wait"] or asks_for_more() else _queued_at_gateway(agent, order)
    if request_id is not None:
        return project.handed_to_gateway(agent, request_id)
    # Before the request is handed over: a caller who finds no place has asked for nothing.
    with services.streams.place(wanted=wait["wait"] > 0):
        found = _waited(services.handover.submit(agent, order), wait)
    return project.accepted(agent, found, _answer(found, wait))


def _queued_at_gateway(agent: AgentIdentity, order: RequestOrder) -> str | None:
    """The id at the agent's gateway, which is asked for nothing that it does not know."""
    is_known = order.kind in (RequestKind.SUBMIT_PROMPT, RequestKind.INTERRUPT)
    is_plain = order.deadline_seconds == DEFAULT_DEADLINE_SECONDS
    settings = context().settings
    # Another host's gateway cannot be reached; its watch process takes the request just as well.
    is_here = agent.gateway_port is not None and agent.host == settings.host_id
    if not (is_here and is_known and is_plain):
        return None
    client = client_of(agent, settings.host_id, shown_token(settings.token_file))
    return queue_at(client, order)


def _asked(agent_ref: str, request_id: str) -> tuple[Request, str | None]:
    """A request and its agent's name, None when that agent is gone. Raises NotFound."""
    services = context()
    try:
        agent = services.reader.resolve(agent_ref)
    except NotFound:
        # How a request ended can be asked for longer than its agent lives, by its id then.
        return services.handover.find(agent_ref, request_id), None
    return services.handover.find(str(agent.key), request_id), agent.agent_name


def _answer(found: Request, query: dict[str, Any]) -> str | None:
    """What the turn said, for a caller who waits for turns; that it is not known is no failure."""
    if query["wait_for"] != RequestMilestone.TURN or found.turn_result != "success":
        return None
    with suppress(HoumaoError):
        asked = (found.agent_id, "answer", ANSWER_SECONDS, found.request_id)
        return context().hosts.journal(found.host, *asked).get("answer")
    return None


def _waited(found: Request, query: dict[str, Any]) -> Request:
    return context().waiting.until(found, RequestMilestone(query["wait_for"]), query["wait"])
