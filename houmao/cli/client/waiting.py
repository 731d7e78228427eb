"""How a command waits: for a request until the point its caller wants to know, or for a turn.

It speaks to the server and tells progress through a function. An outage only makes the wait
longer.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from houmao.cli.client.http import Answer, Refused, Server, Unreachable
from houmao.cli.client.reference import whole_id
from houmao.cli.render.agent_state import result_text, situation, spaced, state_word
from houmao.cli.render.output import CommandOutput, plain
from houmao.errors import HoumaoError

#: Seconds before the next question when the server cannot answer one.
PAUSE_SECONDS = 1.0
#: Seconds one question about a turn waits at the server.
TURN_SLICE_SECONDS = 20.0


#: Seconds one question about a request waits, so that the reason for waiting is told anew.
SLICE_SECONDS = 4.0
#: The points of a request's life that one can wait for, in their order.
POINTS = ("typing", "delivery", "turn")


class Failed(HoumaoError):
    """The request ended, or its turn did, but not as it was meant to."""


@dataclass(frozen=True, slots=True)
class WaitCallbacks:
    """What waiting needs of the world beside the server."""

    #: Takes one sentence whenever there is another one to tell.
    tell: Callable[[str], None]
    #: Waits so many seconds.
    pause: Callable[[float], None]


def wait_for(
    server: Server, path: tuple[str, ...], callbacks: WaitCallbacks, **query: object
) -> Answer:
    """The answer once there is something new, or after a while. Raises what no waiting heals."""
    told = False
    while True:
        seconds = min(TURN_SLICE_SECONDS, server.timeout_seconds / 2)
        try:
            return server.get(*path, wait=f"{seconds:g}", **query)
        except (Unreachable, Refused) as error:
            if isinstance(error, Refused) and not error.away:
                raise
            if not told:
                callbacks.tell(f"{error.message} (it goes on; trying until it can be asked for)")
            told = True
        callbacks.pause(PAUSE_SECONDS)


def wait_callbacks(output: CommandOutput) -> WaitCallbacks:
    """Progress goes to standard error, and only to people."""

    def tell(sentence: str) -> None:
        if not output.as_json:
            click.echo(plain(sentence), err=True)

    return WaitCallbacks(tell, time.sleep)


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
        return server.get("houmao", "agents", whole_id(request), "state")
    except Refused:
        return None


def _ask_again(server: Server, request: Answer, point: str, callbacks: WaitCallbacks) -> Answer:
    path = ("houmao", "agents", whole_id(request), "requests", request["request_id"])
    seconds = min(SLICE_SECONDS, server.timeout_seconds / 2)
    try:
        return server.get(*path, wait=f"{seconds:g}", wait_for=point)
    except Refused as refused:
        if not refused.away:
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
