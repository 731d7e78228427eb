"""`houmao-mgr agents list`, and the table of all agents that `agents watch` begins with."""

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

import click

from houmao import clock
from houmao.cli.agents import today
from houmao.cli.agents.fleet_filter import fleet_filter
from houmao.cli.agents.headless import is_headless
from houmao.cli.agents.usage import read_usage, tokens
from houmao.cli.client.http import Answer, Refused, Server
from houmao.cli.client.reference import whole_id
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option, server_options
from houmao.cli.render.agent_state import headless_word, last_turn_word, situation, state_word
from houmao.cli.render.output import CommandOutput, Word, age, table
from houmao.cli.render.ranking import FleetFilter, ranked

_COLUMNS = ("NAME", "TOOL", "STATE", "SINCE", "LAST TURN", "SESSION")
_USED = ("MODEL", "LAST TURN'S TOKENS", "ALL TOKENS")
_WHERE = {"tmux_socket": "TMUX", "host": "HOST"}
_NOBODY = "no agents; run `houmao-mgr agents join` inside a tmux session to adopt the one there"
_NOT_SEEN = Word("not seen yet", "magenta")


@click.command(
    "list",
    epilog=examples(
        "houmao-mgr agents list",
        "houmao-mgr agents list --state blocked --tool claude",
        "houmao-mgr agents list --host south",
        "houmao-mgr agents list --cwd .",
        "houmao-mgr agents list --today      who did what since midnight?",
        "houmao-mgr agents list --usage      who has used how many tokens?",
        "houmao-mgr agents list --all        why is my agent missing?",
        "houmao-mgr agents list --json | jq -r '.agents[].agent_name'",
    ),
)
@click.option("--today", is_flag=True, help="Also what each did today, and all its tokens.")
@click.option("--usage", is_flag=True, help="Also models and tokens.")
@click.option("--all", "unused", is_flag=True, help="Also unused registry records, and why.")
@fleet_filter
@server_options
@json_option
def list_agents(
    server: Server,
    output: CommandOutput,
    wanted: FleetFilter,
    **more: bool,
) -> None:
    """List every live agent and what it is doing, who needs a person first.

    STATE says what matters most: that the agent cannot be seen, what a person must answer
    first, or whether it works or waits for a prompt. SINCE is how long nothing has changed.
    """
    fleet = chosen_fleet(server, wanted)
    if more["usage"] or more["today"]:
        fleet = _with_usage(server, fleet)
    if more["today"]:
        fleet = _with_today(server, fleet)
    unused = server.get("houmao", "hosts")["unused_records"] if more["unused"] else None
    extra = {} if unused is None else {"unused_records": unused}
    output.write({**fleet, **extra}, _lines(fleet, unused))


def _with_usage(server: Server, fleet: Answer) -> Answer:
    used = [{**it, "usage": read_usage(server, whole_id(it))} for it in fleet["agents"]]
    return {**fleet, "agents": used}


def _with_today(server: Server, fleet: Answer) -> Answer:
    done = today.read_today(server)
    told = [{**it, "today": done.get((it["host"], it["agent_id"]))} for it in fleet["agents"]]
    return {**fleet, "agents": told}


def _lines(fleet: Answer, unused: Sequence[Answer] | None) -> Iterator[str]:
    yield from fleet_lines(fleet, clock.now(), terminal_width())
    if "partial" in fleet:
        yield f"({fleet['partial']})"
    if unused is None:
        return
    rows = [[it["agent_id"], it["reason"]] for it in unused]
    yield ""
    yield from table(("UNUSED RECORD", "WHY"), rows) if rows else ["no unused registry records"]


def chosen_fleet(server: Server, wanted: FleetFilter) -> Answer:
    """The agents that are meant. Raises what `Server.get` raises."""
    fleet = read_fleet(server)
    return {**fleet, "agents": [agent for agent in fleet["agents"] if wanted.fits(agent)]}


def terminal_width() -> int | None:
    """Columns that a table may have; None where no person reads it."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def read_fleet(server: Server) -> Answer:
    """Every agent with its state, null before it was seen. Raises what `Server.get` raises."""
    return server.get("houmao", "states")


def read_one(server: Server, agent_id: str) -> Answer:
    """A fleet of one agent. Raises what `Server.get` raises."""
    agent = server.get("houmao", "agents", agent_id)
    if is_headless(agent):
        now = server.get("houmao", "agents", agent_id, "managed-state")
        return {"agents": [{**agent, "state": None, "headless": now}]}
    try:
        state = server.get("houmao", "agents", agent_id, "state")
    except Refused as refused:
        if not refused.away:
            raise
        # Just found and not looked at yet.
        state = None
    return {"agents": [{**agent, "state": state}]}


def seen(fleet: Answer) -> list[Answer]:
    """The agents whose screens were seen."""
    return [it for it in fleet["agents"] if it["state"] and not is_headless(it)]


def fleet_lines(fleet: Answer, now: float, width: int | None = None) -> list[str]:
    """The table, who needs a person first, or one sentence when nobody is there.

    `width` is that of the terminal.
    """
    agents = ranked(fleet["agents"])
    if not agents:
        return [_NOBODY]
    where, (titles, more) = _telling(agents), _more(agents[0])
    rows = [
        [
            *_row(agent, now),
            *more(agent),
            *(_short(agent[name]) for name in where),
        ]
        for agent in agents
    ]
    return table((*_COLUMNS, *titles, *(_WHERE[name] for name in where)), rows, width)


def _more(agent: Answer) -> tuple[tuple[str, ...], Callable[[Answer], Sequence[str | Word]]]:
    """The columns that were asked for, and how an agent's are told."""
    if "today" in agent:
        titles = (*today.COLUMNS, _USED[-1])
        return titles, lambda it: (*today.cells(it["today"]), _usage(it["usage"])[-1])
    if "usage" in agent:
        return _USED, lambda it: _usage(it["usage"])
    return (), lambda _: ()


def _usage(found: Answer | None) -> tuple[str, str, str]:
    if found is None:
        return "-", "-", "-"
    return found["model"] or "-", tokens(found["last_turn"]), tokens(found["conversation"])


def _telling(agents: Sequence[Answer]) -> list[str]:
    """What must be told of where agents are: hosts where there are several, and tmux servers."""
    hosts = {agent.get("host") for agent in agents}
    servers = {(agent.get("host"), agent.get("tmux_socket")) for agent in agents}
    several = {"tmux_socket": len(servers) > len(hosts), "host": len(hosts) > 1}
    return [name for name in _WHERE if several[name]]


def _short(place: str) -> str:
    """A host's name, or a tmux server's: its socket's file name where tmux keeps its sockets."""
    socket = PurePath(place)
    return socket.name if socket.parent.name.startswith("tmux-") else place


def _row(agent: Answer, now: float) -> Iterator[str | Word]:
    state = agent["state"]
    yield agent["agent_name"]
    yield agent["tool"]
    if is_headless(agent):
        yield from _headless(agent.get("headless"), now)
    elif state is None:
        yield from (_NOT_SEEN, "-", "-")
    else:
        last = state["last_turn"]
        yield state_word(situation(state))
        yield age(state["stability"]["stable_since_utc"], now)
        yield last_turn_word(last["result"], last["updated_at_utc"], now)
    yield agent["tmux_session_name"]


def _headless(found: Answer | None, now: float) -> Iterator[str | Word]:
    yield headless_word(found)
    last = found["last_turn"] if found else None
    began = found.get("active_turn_started_at_utc") if found else None
    yield age(began or (last["updated_at_utc"] if last else None), now)
    yield last_turn_word(last["result"], last["updated_at_utc"], now) if last else "-"
