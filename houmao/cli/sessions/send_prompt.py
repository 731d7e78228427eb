"""`houmao-mgr send-prompt`: prompt a session and wait for its turn, with or without a server.

Never two type it: a server that follows the agent is asked to have it typed, and only one that
certainly does not leaves it to this process.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import click

from houmao import clock
from houmao.cli.client.http import Answer, NotHoumao, Refused, Server, Unreachable
from houmao.cli.client.waiting import PAUSE_SECONDS, SLICE_SECONDS, progress, reached
from houmao.cli.lazy_group import examples
from houmao.cli.options import own_token, port_option
from houmao.cli.render.output import compact, plain
from houmao.cli.sessions.commands import identity_option
from houmao.errors import HoumaoError
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import Finish
from houmao.sessions.driving.conversation import PromptListener, PromptSender, converse
from houmao.sessions.driving.turn import (
    UNKNOWN,
    NotDelivered,
    TurnListener,
    TurnLost,
    TurnResult,
    take_turn,
)
from houmao.sessions.target import SessionTarget

#: Seconds a prompt and its turn may take when the caller does not say.
DEFAULT_TIMEOUT = 600.0
#: Seconds in which a server on this machine says whether it follows an agent.
_LOOKUP_SECONDS = 2.0


@click.command(
    "send-prompt",
    epilog=examples(
        'houmao-mgr send-prompt --agent-identity gpu --prompt "run the tests"',
        "houmao-mgr send-prompt --agent-identity gpu --prompt go | tail -1 | jq -r .payload.result",
    ),
)
@identity_option
@click.option("--prompt", required=True, metavar="TEXT", help="What to type.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="Give up when the turn has not ended by then.",
)
@port_option
@click.pass_context
def send_prompt(
    ctx: click.Context, target: SessionTarget, prompt: str, timeout: float, port: int
) -> None:
    """Prompt an agent and wait until its turn has ended.

    Prints JSON lines: `submitted`, then `done` or `error` with result and output_text. Exit 0
    when the turn succeeded, else 1. Nothing is typed while a turn runs, a dialog is open or
    somebody's draft stands in the composer.
    """
    if not converse(
        target, prompt, route_prompt(target, port, timeout), PromptListener(_print, _say)
    ):
        ctx.exit(1)


def _print(event: Mapping[str, Any]) -> None:
    click.echo(compact(event))


def _say(sentence: str) -> None:
    click.echo(plain(sentence), err=True)


def route_prompt(target: SessionTarget, port: int, timeout: float) -> PromptSender:
    """How a prompt gets to this agent within so many seconds."""
    server = Server(port, _LOOKUP_SECONDS, own_token())
    if not _follows(server, target):
        server.close()
        return lambda prompt, listener: take_turn(target, prompt, timeout, listener)

    def through_server(prompt: str, listener: TurnListener) -> TurnResult:
        server.timeout_seconds = 2 * SLICE_SECONDS
        call = _ServerPrompt(server, target.stored.agent_id, clock.monotonic() + timeout, listener)
        try:
            return call.run(prompt, timeout)
        finally:
            server.close()

    return through_server


def _follows(server: Server, target: SessionTarget) -> bool:
    """Whether that server's watch process owns this very session's pane."""
    try:
        agent = server.get("houmao", "agents", target.stored.agent_id)
        state = server.get("houmao", "agents", target.stored.agent_id, "state")
    except (Unreachable, NotHoumao, Refused):
        return False
    same = agent.get("generation_id") == target.stored.generation_id
    return same and bool(state["diagnostics"]["availability"] == "available")


@dataclass(slots=True)
class _ServerPrompt:
    """One prompt on its way through the server; `deadline` is on the monotonic clock."""

    server: Server
    agent_id: str
    deadline: float
    listener: TurnListener
    told: str = ""

    def run(self, prompt: str, timeout: float) -> TurnResult:
        """Hand the prompt over and see its turn to its end. Raises as `take_turn` does."""
        path = ("houmao", "agents", self.agent_id, "requests")
        body = {"prompt": prompt}
        request = self.server.post(*path, body=body, key=uuid4().hex, deadline=f"{timeout:g}")
        try:
            request = self._until("delivery", request)
        except KeyboardInterrupt:
            with suppress(HoumaoError):
                self.server.delete(*path, str(request["request_id"]))
            raise
        if request["outcome"] != RequestOutcome.SUBMITTED:
            raise NotDelivered(Finish(RequestOutcome(request["outcome"]), str(request["detail"])))
        began = clock.monotonic()
        self.listener.submitted()
        ended = self._until("turn", request)
        result = str(ended["turn_result"])
        return TurnResult(result or UNKNOWN, clock.monotonic() - began, ended.get("answer"))

    def _until(self, point: str, request: Answer) -> Answer:
        """The request at that point. Raises TurnLost when the deadline comes first."""
        while not reached(request, point):
            if clock.monotonic() > self.deadline + SLICE_SECONDS:
                raise TurnLost(f"the turn did not end in time: {self.told or 'it runs on'}")
            self._tell(request)
            path = ("houmao", "agents", self.agent_id, "requests", request["request_id"])
            left = max(0.0, min(SLICE_SECONDS, self.deadline - clock.monotonic()))
            request = self._ask(*path, wait=f"{left:.1f}", wait_for=point) or request
        return request

    def _tell(self, request: Answer) -> None:
        """Say what is waited for, whenever that is something else."""
        state = self._ask("houmao", "agents", self.agent_id, "state")
        blocked = state["surface"].get("blocked_on") if state else None
        waits = f"the agent waits for a person: {blocked}"
        sentence = waits if blocked else progress(request, state)
        if sentence != self.told:
            self.listener.waiting(sentence)
            self.told = sentence

    def _ask(self, *path: str, **query: object) -> Answer | None:
        """The answer; None after a pause when the server cannot give one now."""
        try:
            return self.server.get(*path, **query)
        except (Unreachable, Refused):
            # What was handed over is on the host's disk: an outage only makes the wait longer.
            time.sleep(PAUSE_SECONDS)
            return None
