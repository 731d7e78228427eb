"""A request on its way: asked, seen through to the point the caller waits for, and judged.

What is shared by all commands that want something of an agent. It speaks to the server, tells
progress through a function, and never prints.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from houmao.cli.client.http import Answer, Refused, Server
from houmao.cli.client.waiting import PAUSE_SECONDS, Failed, WaitCallbacks
from houmao.cli.render.agent_state import result_text, situation, spaced, state_word

#: Seconds one question waits at the server, so that the reason for waiting is told anew.
SLICE_SECONDS = 4.0
#: The points of a request's life that one can wait for, in their order.
POINTS = ("typing", "delivery", "turn")

_AWAY = 503


def reached(request: Answer, point: str) -> bool:
    """Whether there is nothing to wait for any more."""
    ended: bool = request["state"] == "ended"
    if point == "typing":
        return ended or request["typed_at"] is not None
    if point == "turn":
        return ended and (request["outcome"] != "submitted" or request["turn_result"] is not None)
    return ended


def see_through(server: Server, request: Answer, until: str, callbacks: WaitCallbacks) -> Answer:
    """The request once it has reached that point; an outage only makes the wait longer.

    Raises what `Server.get` raises.
    """
    told = ""
    for point in POINTS[: POINTS.index(until) + 1]:
        while not reached(request, point):
            sentence = progress(request, _state(server, request))
            if sentence != told:
                callbacks.tell(sentence)
                told = sentence
            request = _ask_again(server, request, point, callbacks)
    return request


def progress(request: Answer, state: Answer | None) -> str:
    """What a request waits for now; `state` is its agent's, None when it is not known."""
    if request["state"] == "ended":
        return "submitted; the turn runs"
    if request["typed_at"] is not None:
        return "telling it to stop" if request["kind"] == "interrupt" else "typing"
    if state is None:
        return "queued"
    now = situation(state)
    if now.turn_phase == "active":
        return "queued behind the running turn"
    return f"queued; the agent is {state_word(now).text}"


def judge(request: Answer, until: str) -> None:
    """Return when the request went well as far as was waited for, else raise Failed."""
    if request["delivered"] is False:
        raise Failed(f"{spaced(request['outcome'])}: {request['detail']}")
    if until == "turn" and request["turn_result"] not in (None, "success"):
        raise Failed(f"the turn ended: {result_text(request['turn_result'])}")


def _state(server: Server, request: Answer) -> Answer | None:
    """The agent's state, asked for only when it explains why a request waits."""
    if request["state"] != "queued":
        return None
    try:
        return server.get("houmao", "agents", request["agent_id"], "state")
    except Refused:
        return None


def _ask_again(server: Server, request: Answer, point: str, callbacks: WaitCallbacks) -> Answer:
    path = ("houmao", "agents", request["agent_id"], "requests", request["request_id"])
    seconds = min(SLICE_SECONDS, server.timeout_seconds / 2)
    try:
        return server.get(*path, wait=f"{seconds:g}", wait_for=point)
    except Refused as refused:
        if refused.status != _AWAY:
            raise
        callbacks.pause(PAUSE_SECONDS)
        return request


@contextmanager
def interruptible(request: Answer) -> Iterator[None]:
    """On Ctrl-C say that the request goes on and how to withdraw it."""
    try:
        yield
    except KeyboardInterrupt:
        name, request_id = request["agent_name"], request["request_id"]
        click.echo(
            f"\nthe request goes on without you; withdraw it with "
            f"`houmao-mgr agents requests {name} --cancel {request_id}`",
            err=True,
        )
        raise click.Abort from None
