"""`houmao-mgr agents wait`: sleep until agents are in a state, and tell by the exit code."""

import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from enum import StrEnum
from types import FrameType

import click

from houmao.cli.agents.list import read_one
from houmao.cli.client.event_stream import follow
from houmao.cli.client.http import Answer, Server
from houmao.cli.client.reference import whole_id
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


class _TimeOver(Exception):
    """The block was left because its time is over."""


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
        agents = {whole_id(it): it for it in (_named(server, name) for name in names)}
        watch = Vigil(WaitGoal(goal), tuple(agents))
        try:
            with time_limit(seconds):
                watch.keep(server, wait_callbacks(output))
        except _TimeOver:
            raise _expired(server, [agents[it] for it in watch.open]) from None
    found = {agent: state_word(now).text for agent, now in watch.known.items()}
    output.write({"goal": goal, "states": found}, _lines(agents, found))


def _lines(agents: Mapping[str, Answer], found: Mapping[str, str]) -> list[str]:
    rows = [[str(agents[it]["agent_name"]), text] for it, text in found.items()]
    return table(("NAME", "STATE"), rows)


def _named(server: Server, name: str) -> Answer:
    return read_agent(server, AgentReference(name, "either"))


def _expired(server: Server, left: Iterable[Answer]) -> WaitExpired:
    """Who was waited for in vain, and what each is doing."""
    told = "; ".join(sorted(_situation_of(server, it) for it in left))
    return WaitExpired(f"the time is over; still waited for: {told}")


def _situation_of(server: Server, agent: Answer) -> str:
    """An agent with what it is doing now, and why that cannot be seen if it cannot."""
    try:
        (now,) = read_one(server, whole_id(agent))["agents"]
        told = told_of(now["state"]) if now["state"] else ""
    except HoumaoError as error:
        told = error.message
    return f"{agent['agent_name']} ({told})" if told else str(agent["agent_name"])


def told_of(state: Answer) -> str:
    """What an agent is doing in a few words, and why that cannot be seen if it cannot."""
    problem = state["diagnostics"]["probe_error"]
    word = state_word(situation(state)).text
    return f"{word}: {problem['message']}" if problem else word


class Vigil:
    """Follows agents until all have come so far once."""

    def __init__(self, goal: WaitGoal, agents: tuple[str, ...]) -> None:
        """`agents` are ids with their hosts."""
        self._goal = goal
        self.open = set(agents)
        self.known: dict[str, Situation] = {}
        self._first: dict[str, Situation] = {}

    def keep(self, server: Server, callbacks: WaitCallbacks) -> None:
        """Return once no agent is waited for. Raises what `follow` raises."""
        for event in follow(server, {}, callbacks):
            if event is None:
                self._read(server, callbacks)
            elif (agent := whole_id(event)) in self.open and event.get("turn_phase") is not None:
                self.see(agent, after(self.known.get(agent, Situation()), event))
            if not self.open:
                return

    def see(self, agent: str, now: Situation) -> None:
        """An agent's situation; the first one is what a change is judged by."""
        first = self._first.setdefault(agent, now)
        self.known[agent] = now
        if reached(self._goal, first, now):
            self.open.discard(agent)

    def _read(self, server: Server, callbacks: WaitCallbacks) -> None:
        for agent in tuple(self.open):
            (found,) = read_one(server, agent)["agents"]
            if found["state"]:
                self.see(agent, situation(found["state"]))
                if agent in self.open and found["state"]["diagnostics"]["probe_error"]:
                    callbacks.tell(f"{found['agent_name']} {told_of(found['state'])}")


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
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise _TimeOver in the block once the time is over; None is no limit."""

    def over(_: int, __: FrameType | None) -> None:
        raise _TimeOver

    former = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds or 0.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, former)
