"""A request as its routes and the event stream tell it. Pure; its text is never part of it."""

from houmao.api.http.answers import Wire, utc_ms
from houmao.api.observation.projection import who
from houmao.clock import iso_ms
from houmao.requests.request import DONE, Request, RequestKind, RequestState
from houmao.state.values import AgentIdentity, FleetEvent

_ON_ITS_WAY = {
    (RequestKind.INTERRUPT, RequestState.QUEUED): "the agent is told to stop next",
    (RequestKind.INTERRUPT, RequestState.DELIVERING): "the agent is being told to stop",
}
_TYPED = {
    RequestState.QUEUED: "queued; it is typed as soon as the agent is ready",
    RequestState.DELIVERING: "it is being typed",
}
_EVENT_FIELDS = ("request_id", "kind", "state", "outcome", "detail", "turn_result")


def request(found: Request, agent_name: str | None, answer: str | None = None) -> Wire:
    """One request; its agent has no name any more when it is gone."""
    return {
        "request_id": found.request_id,
        "agent_id": found.agent_id,
        "agent_name": agent_name,
        "host": found.host,
        "kind": found.kind,
        "state": found.state,
        "outcome": found.outcome,
        "delivered": found.outcome in DONE if found.outcome else None,
        "detail": found.detail or _on_its_way(found),
        "created_at": iso_ms(found.created_at),
        "deadline_at": iso_ms(found.deadline_at),
        "typed_at": utc_ms(found.typed_at),
        "ended_at": utc_ms(found.ended_at),
        "turn_result": found.turn_result,
        "turn_ended_at": utc_ms(found.turn_ended_at),
        "answer": answer,
    }


def accepted(agent: AgentIdentity, found: Request, answer: str | None = None) -> Wire:
    """A request that its host has taken, however it went since."""
    return {"status": "ok", **request(found, agent.agent_name, answer)}


def handed_to_gateway(agent: AgentIdentity, request_id: str) -> Wire:
    """A request that the agent's gateway has queued, in the contract's fields."""
    detail = "queued at the agent's gateway"
    return {"status": "ok", **who(agent), "request_id": request_id, "detail": detail}


def request_event(found: FleetEvent) -> Wire:
    """One step of a request, for the event stream."""
    return {
        "agent_id": found.agent_id,
        "agent_name": found.agent_name,
        "recorded_at": found.fields.get("recorded_at"),
        "summary": found.fields.get("summary", ""),
        **{name: found.fields.get(name) for name in _EVENT_FIELDS},
    }


def _on_its_way(found: Request) -> str:
    return _ON_ITS_WAY.get((found.kind, found.state)) or _TYPED.get(found.state, "")
