"""Routes of headless agents' turns: ask for one, see how it goes, read what came of it."""

from collections.abc import Sequence
from typing import Any

from flask import Response

from houmao.api.context import context
from houmao.api.http.answers import Wire
from houmao.api.http.contract import contract
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.http.validation import LimitQuery, idempotency_key
from houmao.api.launches.mailbox import mailbox_wishes
from houmao.api.services.launches import new_tracked_id
from houmao.api.turns import projection as project
from houmao.api.turns.schemas import (
    FanOutBody,
    FanOutQuery,
    FanOutSchema,
    HeadlessLaunchBody,
    HeadlessLaunchedSchema,
    HeadlessTurnSchema,
    TurnAcceptedSchema,
    TurnBody,
    TurnEventsQuery,
    TurnEventsSchema,
    TurnListSchema,
    TurnQuery,
)
from houmao.errors import HoumaoError, NotFound, Unavailable, UsageError
from houmao.requests.launch_ticket import LaunchOutcome, LaunchTicket
from houmao.state.values import HeadlessAgent

_BASE = "/houmao/agents/<agent_ref>/turns"
_ERRORS = (400, *LOOKUP_ERRORS)
#: Seconds a launch may take before its caller is told to look later.
LAUNCH_SECONDS = 100.0
_STATUSES: dict[str, type[HoumaoError]] = {"503": Unavailable, "500": HoumaoError}

turns = Resource("turns", "Turns of headless agents")


@turns.answers(
    "POST",
    "/houmao/agents/headless/launches",
    contract(HeadlessLaunchedSchema),
    errors=(422, 500, 503),
    body=HeadlessLaunchBody,
)
def launch(body: dict[str, Any]) -> Wire:
    """Have this host start a built brain as an agent that is run turn by turn."""
    services, wanted = context(), _wanted(body)
    with services.streams.place(wanted=True):
        taken = services.launching.submit(services.settings.host_id, **wanted)
        return _launched(services.waiting.launched(taken, LAUNCH_SECONDS))


@turns.answers("POST", _BASE, contract(TurnAcceptedSchema), errors=(*_ERRORS, 500), body=TurnBody)
def submit(body: dict[str, Any], agent_ref: str) -> Wire:
    """Give a headless agent a prompt; 409 while another turn of it runs."""
    headless, key = context().headless, idempotency_key()
    agent = headless.owned(agent_ref)
    found = headless.submit(agent, body["prompt"], body["limit_seconds"], key)
    return project.accepted(found)


@turns.answers("GET", _BASE, TurnListSchema, errors=_ERRORS, query=LimitQuery)
def recent(query: dict[str, Any], agent_ref: str) -> Wire:
    """Tell a headless agent's latest turns, newest first."""
    headless = context().headless
    agent = headless.owned(agent_ref)
    found = headless.store.latest(agent.tracked_agent_id, query["limit"])
    return {**_who(agent), "turns": [project.turn(each) for each in found]}


@turns.answers(
    "GET", f"{_BASE}/<turn_id>", contract(HeadlessTurnSchema), errors=_ERRORS, query=TurnQuery
)
def show(query: dict[str, Any], agent_ref: str, turn_id: str) -> Wire:
    """Tell how a turn goes or went; `wait` waits for its end."""
    services = context()
    found = services.headless.turn(agent_ref, turn_id)
    with services.streams.place(wanted=query["wait"] > 0):
        return project.turn(services.waiting.turned(found, query["wait"]))


@turns.answers(
    "GET",
    f"{_BASE}/<turn_id>/events",
    contract(TurnEventsSchema),
    errors=_ERRORS,
    query=TurnEventsQuery,
)
def events(query: dict[str, Any], agent_ref: str, turn_id: str) -> Wire:
    """Tell what a turn told so far; `after` and `wait` follow it while it runs."""
    services = context()
    found = services.headless.turn(agent_ref, turn_id)
    with services.streams.place(wanted=query["wait"] > 0):
        found = services.waiting.told_more(found, query["after"], query["wait"])
        return project.events(found, services.headless.events(found, query["after"]))


@turns.answers("GET", f"{_BASE}/<turn_id>/artifacts/<name>", "text/plain", errors=_ERRORS)
def artifact(agent_ref: str, turn_id: str, name: str) -> Response:
    """The whole `stdout` or `stderr` of a turn that ended, as the tool wrote it."""
    headless = context().headless
    found = headless.output(headless.turn(agent_ref, turn_id), name)
    return Response(found, content_type="text/plain; charset=utf-8")


@turns.answers(
    "POST", "/houmao/fan-outs", FanOutSchema, errors=(400, 404, 409, 503), body=FanOutBody
)
def fan_out(body: dict[str, Any]) -> Wire:
    """Give many headless agents the same prompt; one id tells of all their turns."""
    headless = context().headless
    agents = _chosen(body["agent_refs"], everyone=body["all"])
    fan_out_id, _ = headless.fan_out(agents, body["prompt"], body["limit_seconds"])
    return project.fan_out(fan_out_id, headless.fan_out_turns(fan_out_id))


@turns.answers(
    "GET", "/houmao/fan-outs/<fan_out_id>", FanOutSchema, errors=(404, 503), query=FanOutQuery
)
def show_fan_out(query: dict[str, Any], fan_out_id: str) -> Wire:
    """Tell how all turns of a fan-out go or went; `wait` waits for the end of the last one."""
    services = context()
    with services.streams.place(wanted=query["wait"] > 0):
        found = services.waiting.turned_of(fan_out_id, query["ended"], query["wait"])
        return project.fan_out(fan_out_id, found)


def _wanted(body: dict[str, Any]) -> dict[str, str]:
    """The fields of the launch. Raises UsageError for what a launch cannot do."""
    mailbox = mailbox_wishes(body.pop("mailbox"))
    # How the pane is rendered: it shows the tool's own lines.
    for name in ("headless_display_style", "headless_display_detail"):
        body.pop(name)
    known = {name: value.strip() for name, value in body.items() if value}
    named = {"agents": known["brain_manifest_path"], "provider": known["tool"]}
    return {**named, **known, **mailbox, "tracked_agent_id": new_tracked_id()}


def _launched(found: LaunchTicket) -> dict[str, object]:
    """What is told of a launch that worked. Raises HoumaoError for every other one."""
    if found.outcome is not LaunchOutcome.LAUNCHED:
        if not found.ended:
            raise Unavailable(f"launch {found.launch_id} goes on; ask for it in a moment")
        late = found.outcome is LaunchOutcome.EXPIRED
        status = "503" if late else found.failed_status or "500"
        raise _STATUSES.get(status, UsageError)(found.detail)
    return {
        "status": "ok",
        "tracked_agent_id": found.tracked_agent_id,
        "agent_name": found.agent_name,
        "agent_id": found.agent_id,
        "manifest_path": found.manifest_path,
        "session_root": found.session_root,
        "tmux_session_name": found.tmux_session_name,
        "detail": f"headless agent {found.tracked_agent_id} is ready",
    }


def _chosen(references: Sequence[str], *, everyone: bool) -> list[HeadlessAgent]:
    """The agents that are meant, each once. Raises UsageError when none is named."""
    headless = context().headless
    if everyone == bool(references):
        raise UsageError("name agents in agent_refs, or set all to true, not both")
    if not everyone:
        found = {it.tracked_agent_id: it for it in map(headless.owned, references)}
        return list(found.values())
    agents = [it for it in headless.store.agents() if it.session_lives]
    if not agents:
        raise NotFound("there are no headless agents that run; launch some first")
    return agents


def _who(agent: HeadlessAgent) -> dict[str, object]:
    return {
        "tracked_agent_id": agent.tracked_agent_id,
        "agent_id": agent.agent_id,
        "agent_name": agent.agent_name,
    }
