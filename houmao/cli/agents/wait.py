"""`houmao-mgr agents wait`: sleep until agents are in a state, and tell by the exit code."""

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from types import FrameType

import click

from houmao.cli.agents.list import read_one
from houmao.cli.client.event_stream import follow
from houmao.cli.client.http import Answer, Server
from houmao.cli.client.waiting import WaitCallbacks, wait_callbacks
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    complete_agent,
    json_option,
    own_token,
    port_option,
    read_agent,
)
from houmao.cli.render.agent_state import Situation, after, situation, state_word
from houmao.cli.render.output import CommandOutput, table
from houmao.cli.render.ranking import StateKind, kind_of_situation
from houmao.errors import HoumaoError


class WaitGoal(StrEnum):
    """What may be waited for."""

    READY = "ready"
    DONE = "done"
    BLOCKED = "blocked"
    CHANGE = "change"


class WaitExpired(HoumaoError):
    """Not every agent came so far in time."""

    exit_code = 3


@click.command(
    epilog=examples(
        "houmao-mgr agents wait gpu --for ready",
        "houmao-mgr agents wait gpu docs --for done --timeout 600 && git push",
        "houmao-mgr agents wait gpu --for blocked && houmao-mgr agents dialog gpu",
    )
)
@click.argument("names", nargs=-1, required=True, metavar="AGENT...", shell_complete=complete_agent)
@click.option(
    "--for",
    "goal",
    type=click.Choice([goal.value for goal in WaitGoal]),
    default=WaitGoal.DONE.value,
    show_default=True,
    help="What to wait for.",
)
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up after so long; else never.",
)
@port_option
@json_option
def wait(
    output: CommandOutput, port: int, names: tuple[str, ...], goal: str, seconds: float | None
) -> None:
    """Wait until every agent named is in a state.

    `ready` takes a prompt, `done` is ready after a turn, `blocked` waits for a person, `change`
    is another state than now. Exit 0 when all are, 3 when the time is over, 1 when it cannot be
    told.
    """
    with closing(Server(port, token=own_token())) as server:
        agents = {str(it["agent_id"]): it for it in (_named(server, name) for name in names)}
        watch = Vigil(WaitGoal(goal), tuple(agents))
        with time_limit(seconds, watch):
            watch.keep(server, wait_callbacks(output))
    found = {name: state_word(now).text for name, now in watch.known.items()}
    rows = [[agents[it]["agent_name"], text] for it, text in found.items()]
    output.write({"goal": goal, "states": found}, table(("NAME", "STATE"), rows))


def _named(server: Server, name: str) -> Answer:
    return read_agent(server, AgentReference(name, "either"))


class Vigil:
    """Follows agents until all have come so far once."""

    def __init__(self, goal: WaitGoal, agent_ids: tuple[str, ...]) -> None:
        self._goal = goal
        self.open = set(agent_ids)
        self.known: dict[str, Situation] = {}
        self._first: dict[str, Situation] = {}

    def keep(self, server: Server, callbacks: WaitCallbacks) -> None:
        """Return once no agent is waited for. Raises what `follow` raises."""
        for event in follow(server, {}, callbacks):
            if event is None:
                self._read(server)
            elif event["agent_id"] in self.open and event.get("turn_phase") is not None:
                before = self.known.get(event["agent_id"], Situation())
                self.see(event["agent_id"], after(before, event))
            if not self.open:
                return

    def see(self, agent_id: str, now: Situation) -> None:
        """An agent's situation; the first one is what a change is judged by."""
        first = self._first.setdefault(agent_id, now)
        self.known[agent_id] = now
        if reached(self._goal, first, now):
            self.open.discard(agent_id)

    def _read(self, server: Server) -> None:
        for agent_id in tuple(self.open):
            (agent,) = read_one(server, agent_id)["agents"]
            if agent["state"]:
                self.see(agent_id, situation(agent["state"]))


def reached(goal: WaitGoal, first: Situation, now: Situation) -> bool:
    """Whether an agent has come so far."""
    kind = kind_of_situation(now)
    match goal:
        case WaitGoal.READY:
            return kind in (StateKind.READY, StateKind.DONE)
        case WaitGoal.DONE:
            return kind in (StateKind.READY, StateKind.DONE) and now.last_turn_result != "none"
        case WaitGoal.BLOCKED:
            return kind is StateKind.BLOCKED
        case WaitGoal.CHANGE:
            return state_word(now) != state_word(first)


@contextmanager
def time_limit(seconds: float | None, watch: Vigil) -> Iterator[None]:
    """Raise WaitExpired in the block once the time is over; None is no limit."""

    def over(_: int, __: FrameType | None) -> None:
        left = ", ".join(sorted(watch.open))
        raise WaitExpired(f"the time is over; still waited for: {left}")

    former = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds or 0.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, former)
