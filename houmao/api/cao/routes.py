"""CAO's sessions and terminals: launch, tell, type into, end."""

from typing import Any

import marshmallow as ma
from flask import Response, request

from houmao.api.cao import projection as project
from houmao.api.cao.schemas import (
    KeyQuery,
    OutputQuery,
    SessionQuery,
    StepBody,
    TerminalBody,
    TerminalQuery,
    TypedQuery,
)
from houmao.api.context import context
from houmao.api.http.answers import Wire, answer, dump
from houmao.api.http.resource import Resource
from houmao.api.services.crews import Crews, TerminalOrder, terminal_id_of, whole_name
from houmao.api.services.handover import RequestOrder
from houmao.api.services.waiting import RequestMilestone
from houmao.errors import Conflict, HoumaoError
from houmao.requests.request import DONE, Request, RequestKind
from houmao.state.connect import RedisAway
from houmao.state.values import Detail
from houmao.terminals.cao import CaoTerminal

#: Seconds that a launch may take, and that a caller waits for the first keystrokes.
LAUNCH_SECONDS, TYPED_SECONDS, JOURNAL_SECONDS = 120.0, 10.0, 5.0
#: Most of what is answered here is told by nobody else's schema.
JSON = "application/json"
#: The key by which CAO's tools cancel a turn.
INTERRUPT_KEY = "C-c"
_SESSION, _TERMINAL = "/sessions/<session_name>", "/terminals/<terminal_id>"

cao = Resource("cao", "Sessions and terminals, to CAO's tools")


class StepFailed(HoumaoError):
    """A step's agent did not come to its end."""

    http_status = 502


class StepTimedOut(HoumaoError):
    """A step's agent still works."""

    http_status = 504


def crews() -> Crews:
    """All CAO sessions."""
    return context().crews


@cao.answers("GET", "/sessions", JSON, errors=[503])
def sessions() -> Response:
    """List the sessions whose terminals live."""
    names = dict.fromkeys(it.session_name for it in crews().terminals())
    return listing([project.session(name) for name in names])


@cao.answers("POST", "/sessions", JSON, errors=(409, 422, 503), query=SessionQuery)
def create(query: dict[str, Any]) -> Response:
    """Launch an agent as the first terminal of a new session."""
    key = query["idempotency_key"]
    name, own = whole_name(query.pop("session_name"), key), terminal_id_of(key)
    taken = (it for it in crews().terminals() if it.session_name == name)
    if any(it.terminal_id != own for it in taken):
        raise Conflict(f"session {name!r} exists already; choose another name or end it first")
    return _launched(TerminalOrder(session_name=name, **query))


@cao.answers("GET", _SESSION, JSON, errors=(404, 503))
def session(session_name: str) -> Wire | Response:
    """Tell a session and its terminals."""
    found = crews().session(session_name)
    told = project.session(session_name)
    return answer({"session": told, "terminals": [project.listed(it) for it in found]})


@cao.answers("DELETE", _SESSION, JSON, errors=(404, 500, 503))
def end_session(session_name: str) -> Response:
    """End every agent of a session."""
    found = crews().session(session_name)
    for terminal in found:
        crews().end(terminal)
    return answer({"success": True, "deleted": [session_name], "errors": []})


@cao.answers("GET", f"{_SESSION}/terminals", JSON, errors=(404, 503))
def terminals(session_name: str) -> Response:
    """List a session's terminals, oldest first."""
    return listing([project.listed(it) for it in crews().session(session_name)])


@cao.answers(
    "POST", f"{_SESSION}/terminals", JSON, errors=(404, 409, 422, 503), query=TerminalQuery
)
def add(query: dict[str, Any], session_name: str) -> Response:
    """Launch an agent as one more terminal of a session."""
    crews().session(session_name)
    return _launched(TerminalOrder(session_name=session_name, **query))


@cao.answers("GET", _TERMINAL, JSON, errors=(404, 503))
def show(terminal_id: str) -> Response:
    """Tell a terminal and what its agent does."""
    return answer(told(crews().terminal(terminal_id)))


@cao.answers("DELETE", _TERMINAL, JSON, errors=(404, 500, 503))
def end(terminal_id: str) -> Response:
    """End a terminal's agent."""
    crews().end(crews().terminal(terminal_id))
    return answer({"success": True})


@cao.answers("GET", f"{_TERMINAL}/working-directory", JSON, errors=(404, 503))
def working_directory(terminal_id: str) -> Response:
    """Tell in which folder a terminal was launched."""
    found = crews().terminal(terminal_id)
    return answer({"working_directory": found.working_directory or None})


@cao.answers("POST", f"{_TERMINAL}/input", JSON, errors=(404, 409, 422, 503), query=TypedQuery)
def type_in(query: dict[str, Any], terminal_id: str) -> Response:
    """Type a prompt, once, as soon as the agent is ready."""
    services = context()
    with services.streams.place(wanted=True):
        taken = crews().prompt(crews().terminal(terminal_id), query["message"])
        _check(services.waiting.until(taken, RequestMilestone.DELIVERY, TYPED_SECONDS))
    return answer({"success": True})


@cao.answers("POST", f"{_TERMINAL}/exit", JSON, errors=(404, 409, 422, 503))
def leave(terminal_id: str) -> Response:
    """Have the tool in a terminal end itself."""
    services, agent = context(), crews().agent(crews().terminal(terminal_id))
    order = RequestOrder(RequestKind.RUN_COMMAND, "/exit")
    with services.streams.place(wanted=True):
        taken = services.handover.submit(agent, order)
        services.waiting.until(taken, RequestMilestone.TYPING, TYPED_SECONDS)
    return answer({"success": True})


@cao.answers("POST", f"{_TERMINAL}/key", JSON, errors=(404, 409, 422, 503), query=KeyQuery)
def press(query: dict[str, str], terminal_id: str) -> Response:
    """Press one key; `C-c` stops the agent's turn and nothing else."""
    services, agent = context(), crews().agent(crews().terminal(terminal_id))
    key = query["key"]
    order = RequestOrder(RequestKind.SEND_KEYS, key)
    if key == INTERRUPT_KEY:
        order = RequestOrder(RequestKind.INTERRUPT)
    with services.streams.place(wanted=True):
        taken = services.handover.submit(agent, order)
        _check(services.waiting.until(taken, RequestMilestone.DELIVERY, TYPED_SECONDS))
    return answer({"success": True})


@cao.answers("GET", f"{_TERMINAL}/output", JSON, errors=(404, 503), query=OutputQuery)
def output(query: dict[str, str], terminal_id: str) -> Response:
    """Tell what a terminal shows, or its agent's last answer."""
    found = crews().terminal(terminal_id)
    if query["mode"] == "last":
        return answer({"output": last_answer(found), "mode": "last"})
    screen = _screen(crews().detail(found))
    return answer({"output": project.tail(screen) if query["mode"] == "tail" else screen, **query})


@cao.answers(
    "POST", "/terminals/run-step", JSON, errors=(404, 409, 422, 502, 503, 504), body=StepBody
)
def run_step(body: dict[str, Any]) -> Response:
    """Launch an agent, give it one prompt, tell its answer and end it."""
    with context().streams.place(wanted=True):
        found = _step_terminal(body)
        try:
            said = _stepped(found, body["prompt"], body["timeout"])
        finally:
            if body["teardown"] and not body["reuse_terminal_id"]:
                crews().end(found)
    return answer({"terminal_id": found.terminal_id, "last_message": said, "status": "completed"})


def told(found: CaoTerminal) -> Wire:
    """A terminal as it is now."""
    seen = crews().detail(found)
    latest = crews().latest(found)
    now = project.status(seen.state if seen else None, latest, context().now())
    return project.terminal(found, now, crews().request(found.first_request))


def listing(found: list[Wire]) -> Response:
    """An answer that is a list."""
    return Response(dump(found), content_type=JSON)


def last_answer(found: CaoTerminal) -> str:
    """The agent's last answer: as its tool wrote it down, else as its screen shows it."""
    try:
        said = context().hosts.journal(found.host, found.terminal_id, "answer", JOURNAL_SECONDS)
    except (HoumaoError, RedisAway):
        said = {}
    return said.get("answer") or _screen(crews().detail(found))


def _screen(seen: Detail | None) -> str:
    if seen is None:
        return ""
    if seen.surface is not None:
        return seen.surface.dialog_text or seen.surface.normalized_projection_text
    return seen.probe.captured_text_excerpt if seen.probe else ""


def _launched(order: TerminalOrder) -> Response:
    body = optional_body(TerminalBody)
    with context().streams.place(wanted=True):
        found = crews().launch(order, LAUNCH_SECONDS)
        if body["initial_message"]:
            found = crews().begin(found, body["initial_message"])
    return answer(told(found), 201)


def optional_body(schema: type[ma.Schema]) -> dict[str, Any]:
    """The request's body where there is one, its defaults where there is none."""
    if not request.get_data(cache=True):
        return dict(schema().load({}))
    return dict(Resource.ARGUMENTS_PARSER.parse(schema(), request, location="json"))


def _stepped(found: CaoTerminal, prompt: str, seconds: float) -> str:
    """What the agent answers to one prompt."""
    taken = crews().prompt(found, prompt)
    _check_step(context().waiting.until(taken, RequestMilestone.TURN, seconds), seconds)
    return last_answer(found)


def _step_terminal(body: dict[str, Any]) -> CaoTerminal:
    if body["reuse_terminal_id"]:
        return crews().terminal(body["reuse_terminal_id"])
    order = TerminalOrder(
        session_name=whole_name(body["session_name"]),
        provider=body["provider"],
        agent_profile=body["agent"],
        working_directory=body["working_directory"] or "",
        caller_id=body["caller_id"] or "",
        allowed_tools=",".join(body["allowed_tools"] or ()),
    )
    return crews().launch(order, LAUNCH_SECONDS)


def _check(request: Request) -> None:
    if request.ended and request.outcome not in DONE:
        raise Conflict(request.detail)


def _check_step(done: Request, seconds: float) -> None:
    if done.ended and project.message_status(done)[0] != project.DELIVERED:
        raise StepFailed(done.detail)
    if done.turn_result is None:
        raise StepTimedOut(f"the agent still works after {seconds:g} s")
    if done.turn_result != "success":
        raise StepFailed(f"the agent's turn ended as {done.turn_result}")
