"""Managed agents as clients of `houmao-server` know them: who they are, requests, turns, stop.

What a view does is what the common routes do; only shapes differ.
"""

from typing import Any

from houmao.api.context import context
from houmao.api.http.answers import Wire
from houmao.api.http.contract import contract
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.http.validation import LimitQuery, idempotency_key
from houmao.api.launches import routes as launches
from houmao.api.launches.routes import LaunchListSchema
from houmao.api.managed import headless_projection, watched_projection
from houmao.api.managed import routes as managed
from houmao.api.managed.schemas import (
    ManagedDetailSchema,
    ManagedHistorySchema,
    ManagedIdentitySchema,
    ManagedStateSchema,
)
from houmao.api.pair.face import PREFIX
from houmao.api.pair.schemas import (
    SUBMIT,
    ActionSchema,
    EnvelopeSchema,
    ManagedListSchema,
    ManagedRequestBody,
    PairLaunchSchema,
    PairTurnSchema,
)
from houmao.api.services.handover import RequestOrder
from houmao.api.services.headless import NotManaged, ResolvedAgent
from houmao.api.services.hosts import operated
from houmao.api.services.waiting import RequestMilestone
from houmao.api.turns import routes as turns
from houmao.api.turns.schemas import HeadlessLaunchBody, TurnBody
from houmao.headless.records import TurnRecord
from houmao.requests.operation import AgentOperation
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.state.values import AgentIdentity, HeadlessAgent

_BASE = f"{PREFIX}/houmao/agents"
_AGENT = f"{_BASE}/<agent_ref>"
#: Seconds that an interrupt, a stop and a new start may take.
INTERRUPT_SECONDS, STOP_SECONDS, RELAUNCH_SECONDS = 5.0, 15.0, 120.0

pair_agents = Resource("pair_agents", "Managed agents, to clients of houmao-server")

for _rule, _schema, _view in (
    ("state", ManagedStateSchema, managed.managed_state),
    ("state/detail", ManagedDetailSchema, managed.managed_state_detail),
):
    pair_agents.answers("GET", f"{_AGENT}/{_rule}", contract(_schema), errors=LOOKUP_ERRORS)(_view)
pair_agents.answers(
    "GET",
    f"{_AGENT}/history",
    contract(ManagedHistorySchema),
    errors=LOOKUP_ERRORS,
    query=LimitQuery,
)(managed.managed_history)


@pair_agents.answers("GET", _BASE, contract(ManagedListSchema), errors=[503])
def list_agents() -> Wire:
    """List every live agent, headless or not."""
    services = context()
    seen = services.reader.identities()
    headless = {it.key: it for it in services.headless.agents()}
    known = {agent.key: _who(ResolvedAgent(headless.get(agent.key), agent)) for agent in seen}
    missing = {key: _who(ResolvedAgent(it, None)) for key, it in headless.items()}
    return {"agents": list({**missing, **known}.values())}


# Else the list of launches would be taken for an agent of that name.
pair_agents.answers("GET", f"{_BASE}/launches", LaunchListSchema, errors=[503], query=LimitQuery)(
    launches.recent
)


@pair_agents.answers(
    "POST",
    f"{_BASE}/headless/launches",
    contract(PairLaunchSchema),
    errors=(422, 500, 503),
    body=HeadlessLaunchBody,
)
def launch(body: dict[str, Any]) -> Wire:
    """Have this host start a built brain as an agent that is run turn by turn."""
    told = turns.launch(body)
    kept = ("tracked_agent_id", "manifest_path", "session_root", "detail")
    identity = _who(context().headless.target(str(told["tracked_agent_id"])))
    return {"success": True, "identity": identity, **{name: told[name] for name in kept}}


@pair_agents.answers("GET", _AGENT, contract(ManagedIdentitySchema), errors=LOOKUP_ERRORS)
def show(agent_ref: str) -> Wire:
    """Tell who an agent is; by id or by name."""
    return _who(context().headless.target(agent_ref))


@pair_agents.answers(
    "POST", f"{_AGENT}/requests", EnvelopeSchema, errors=LOOKUP_ERRORS, body=ManagedRequestBody
)
def ask(body: dict[str, Any], agent_ref: str) -> Wire:
    """Give an agent a prompt, or tell it to stop its turn."""
    target, kind = context().headless.target(agent_ref), body["request_kind"]
    if target.owned is None:
        return _envelope(agent_ref, _submitted(agent_ref, kind, body["prompt"]))
    if kind == SUBMIT:
        turn = context().headless.submit(target.owned, body["prompt"], None, idempotency_key())
        return _turn_envelope(target.owned, turn)
    return _interrupt_envelope(target.owned, context().headless.interrupt(target.owned))


@pair_agents.answers("POST", f"{_AGENT}/interrupt", ActionSchema, errors=(400, *LOOKUP_ERRORS))
def interrupt(agent_ref: str) -> Wire:
    """Tell a headless agent to stop its turn."""
    agent = context().headless.owned(agent_ref)
    return _action(agent.tracked_agent_id, context().headless.interrupt(agent))


@pair_agents.answers("POST", f"{_AGENT}/stop", ActionSchema, errors=(*LOOKUP_ERRORS, 500))
def stop(agent_ref: str) -> Wire:
    """End an agent's tmux session and every process in it, and remove its record."""
    services = context()
    owned = services.headless.target(agent_ref).owned
    if owned is not None:
        return _action(owned.tracked_agent_id, services.headless.stop(owned))
    agent = services.reader.resolve(agent_ref)
    done = services.hosts.stop(agent.host, agent.agent_id, STOP_SECONDS)
    return _action(agent.agent_id, done)


@pair_agents.answers("POST", f"{_AGENT}/relaunch", ActionSchema, errors=(*LOOKUP_ERRORS, 422, 500))
def relaunch(agent_ref: str) -> Wire:
    """Start an agent's tool anew in its pane: same home, session and name, a new conversation."""
    services = context()
    agent = services.headless.seen(agent_ref)
    with services.streams.place(wanted=True):
        told = operated(services.hosts, agent, AgentOperation.RELAUNCH, RELAUNCH_SECONDS)
    return _action(agent.agent_id, str(told["detail"]))


@pair_agents.answers(
    "POST", f"{_AGENT}/turns", PairTurnSchema, errors=(400, *LOOKUP_ERRORS), body=TurnBody
)
def begin_turn(body: dict[str, Any], agent_ref: str) -> Wire:
    """Give a headless agent a prompt; 409 while another turn of it runs."""
    headless, key = context().headless, idempotency_key()
    agent = headless.owned(agent_ref)
    turn = headless.submit(agent, body["prompt"], body["limit_seconds"], key)
    where = {"turn_id": turn.turn_id, "turn_index": turn.turn_index, "status": turn.status}
    return {**_action(agent.tracked_agent_id, f"turn {turn.turn_id} accepted"), **where}


def _who(target: ResolvedAgent) -> Wire:
    if target.owned is not None:
        return headless_projection.identity(target.owned)
    if target.agent is None:
        raise NotManaged("this reference means no agent")
    return watched_projection.identity(target.agent)


def _submitted(agent_ref: str, kind: str, prompt: str | None) -> Request:
    services = context()
    agent: AgentIdentity = services.reader.resolve(agent_ref)
    order = RequestOrder(RequestKind(kind), prompt or "", idempotency_key=idempotency_key())
    seconds = 0.0 if kind == SUBMIT else INTERRUPT_SECONDS
    with services.streams.place(wanted=seconds > 0):
        taken = services.handover.submit(agent, order)
        return services.waiting.until(taken, RequestMilestone.DELIVERY, seconds)


def _envelope(agent_ref: str, found: Request) -> Wire:
    nothing = found.outcome is RequestOutcome.NO_OP
    return {
        "success": True,
        "tracked_agent_id": found.agent_id,
        "request_id": found.request_id,
        "request_kind": found.kind,
        "disposition": "no_op" if nothing else "accepted",
        "detail": found.detail or f"{agent_ref} gets it as soon as it is ready",
        "headless_turn_id": None,
        "headless_turn_index": None,
    }


def _turn_envelope(agent: HeadlessAgent, turn: TurnRecord) -> Wire:
    return {
        "success": True,
        "tracked_agent_id": agent.tracked_agent_id,
        "request_id": f"mreq-{turn.turn_id}",
        "request_kind": SUBMIT,
        "disposition": "accepted",
        "detail": f"turn {turn.turn_id} accepted",
        "headless_turn_id": turn.turn_id,
        "headless_turn_index": turn.turn_index,
    }


def _interrupt_envelope(agent: HeadlessAgent, done: str) -> Wire:
    nothing = done.startswith("no turn runs")
    return {
        "success": True,
        "tracked_agent_id": agent.tracked_agent_id,
        "request_id": f"mreq-{context().handover.new_id().removeprefix('mreq-')}",
        "request_kind": "interrupt",
        "disposition": "no_op" if nothing else "accepted",
        "detail": done,
        "headless_turn_id": None,
        "headless_turn_index": None,
    }


def _action(tracked: str, detail: str) -> Wire:
    return {"success": True, "tracked_agent_id": tracked, "detail": detail, "turn_id": None}
