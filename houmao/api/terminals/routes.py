"""Routes of terminals that others register here: register, watch, type into, forget."""

from typing import Any

from houmao.api.context import context
from houmao.api.http.answers import OkSchema, Wire
from houmao.api.http.contract import contract
from houmao.api.http.resource import Resource
from houmao.api.http.validation import InvalidRequest, violation
from houmao.api.requests import projection as requests
from houmao.api.services.handover import RequestOrder
from houmao.api.services.waiting import RequestMilestone
from houmao.api.terminals import projection as project
from houmao.api.terminals.schemas import (
    InputBody,
    InputQuery,
    InputSchema,
    RegisteredSchema,
    RegisterQuery,
    TerminalHistoryQuery,
    TerminalHistorySchema,
    TerminalStateSchema,
)
from houmao.errors import Conflict, NotFound
from houmao.ids import AgentKey, split_reference
from houmao.requests.request import RequestKind
from houmao.state.values import AgentIdentity, Detail, History
from houmao.terminals.registration import (
    Registration,
    Terminal,
    default_terminal_id,
    is_terminal_id,
)

_BASE = "/houmao/terminals/<terminal_id>"
_ERRORS = (404, 422, 503)

terminals = Resource("terminals", "Terminals that others registered")


@terminals.answers(
    "POST",
    "/houmao/launches/register",
    contract(RegisteredSchema),
    errors=[400, 503],
    query=RegisterQuery,
)
def register(query: dict[str, Any]) -> Wire:
    """Have a tmux session watched as a terminal; once more replaces what was registered."""
    services = context()
    session = query["tmux_session_name"] or query["session_name"]
    query["terminal_id"] = query["terminal_id"] or default_terminal_id(session)
    terminal = Terminal(
        Registration(registered_at=services.now(), **query), services.settings.host_id
    )
    services.registrations.save(terminal.registration)
    services.terminals.put(terminal)
    return project.registered(terminal)


@terminals.answers("GET", f"{_BASE}/state", contract(TerminalStateSchema), errors=_ERRORS)
def state(terminal_id: str) -> Wire:
    """Tell what the tool in a terminal is doing, with the screen behind it."""
    terminal, now = _terminal(terminal_id), context().now()
    found, past = _agent(terminal, project.RECENT, now)
    return project.state(terminal, found, past, now)


@terminals.answers(
    "GET",
    f"{_BASE}/history",
    contract(TerminalHistorySchema),
    errors=_ERRORS,
    query=TerminalHistoryQuery,
)
def history(query: dict[str, Any], terminal_id: str) -> Wire:
    """Tell a terminal's recent changes, oldest first."""
    terminal = _terminal(terminal_id)
    _, past = _agent(terminal, query["limit"], context().now())
    return project.history(terminal, past)


@terminals.answers(
    "POST", f"{_BASE}/input", InputSchema, errors=(*_ERRORS, 409), query=InputQuery, body=InputBody
)
def type_in(query: dict[str, Any], body: dict[str, str], terminal_id: str) -> Wire:
    """Type a prompt into a terminal, once, as soon as its tool is ready for one."""
    services = context()
    agent = _watched(_terminal(terminal_id))
    (prompt,) = body.values()
    with services.streams.place(wanted=query["wait"] > 0):
        taken = services.handover.submit(agent, RequestOrder(RequestKind.SUBMIT_PROMPT, prompt))
        found = services.waiting.until(taken, RequestMilestone(query["wait_for"]), query["wait"])
    told = requests.accepted(agent, found)
    success = told["delivered"] is not False
    return {**told, "success": success, "terminal_id": terminal_id}


@terminals.answers("DELETE", _BASE, OkSchema, errors=_ERRORS)
def forget(terminal_id: str) -> Wire:
    """Watch a terminal no longer; its tmux session goes on."""
    services = context()
    terminal = _terminal(terminal_id)
    services.registrations.remove(terminal.registration.session_name)
    services.terminals.drop(terminal.host, terminal.registration.terminal_id)
    return {"status": "ok"}


def _terminal(terminal_id: str) -> Terminal:
    """The terminal of that id. Raises InvalidRequest for no id, NotFound for an unknown one."""
    if not is_terminal_id(split_reference(terminal_id)[0]):
        place: list[str | int] = ["path", "terminal_id"]
        message = "must be 8 lower-case hexadecimal digits"
        raise InvalidRequest([violation(place, message, terminal_id)])
    found = context().terminals.find(terminal_id, context().settings.host_id)
    if found is None:
        raise NotFound(f"no terminal {terminal_id} is registered here")
    return found


def _agent(terminal: Terminal, limit: int, now: float) -> tuple[Detail | None, History | None]:
    """What is known of the agent in a terminal, nothing when there is none."""
    if terminal.agent_id is None:
        return None, None
    try:
        reader, agent = context().reader, str(AgentKey(terminal.host, terminal.agent_id))
        return reader.detail(agent, now), reader.history(agent, limit)
    except NotFound:
        return None, None


def _watched(terminal: Terminal) -> AgentIdentity:
    """The agent in a terminal. Raises Conflict when there is none."""
    session = terminal.registration.tmux_session
    if terminal.agent_id is None:
        raise Conflict(f"no tmux session {session!r} is watched; is it running?")
    return context().reader.resolve(str(AgentKey(terminal.host, terminal.agent_id)))
