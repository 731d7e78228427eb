"""All agents with what each is doing: how the table of the fleet is read and laid out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from houmao.cli.http import Answer, Refused, Server
from houmao.cli.output import Word, age, table
from houmao.cli.words import last_turn_word, situation, state_word

_COLUMNS = ("NAME", "TOOL", "STATE", "SINCE", "LAST TURN", "SESSION")
_NOBODY = "no agents; run `houmao-mgr agents join` inside a tmux session to adopt the one there"
_NOT_SEEN = Word("not seen yet", "magenta")

_GONE, _AWAY = 404, 503


@dataclass(frozen=True, slots=True)
class Fleet:
    """The server's list of agents, and the state of each one that was observed, by agent id."""

    listing: Answer
    states: Mapping[str, Answer]


def read_fleet(server: Server) -> Fleet:
    """Every agent with its state. Raises what `Server.get` raises."""
    return _with_states(server, server.get("houmao", "agents"))


def read_one(server: Server, agent_id: str) -> Fleet:
    """A fleet of one agent. Raises what `Server.get` raises."""
    return _with_states(server, {"agents": [server.get("houmao", "agents", agent_id)]})


def _with_states(server: Server, listing: Answer) -> Fleet:
    states = ((agent["agent_id"], _state(server, agent)) for agent in listing["agents"])
    return Fleet(listing, {agent_id: state for agent_id, state in states if state})


def _state(server: Server, agent: Answer) -> Answer | None:
    try:
        return server.get("houmao", "agents", agent["agent_id"], "state")
    except Refused as refused:
        # Just found and not looked at yet, or gone since it was listed.
        if refused.status in (_GONE, _AWAY):
            return None
        raise


def fleet_lines(fleet: Fleet, now: float) -> list[str]:
    """The table, or one sentence when nobody is there."""
    agents = fleet.listing["agents"]
    if not agents:
        return [_NOBODY]
    return table(_COLUMNS, [list(_row(a, fleet.states.get(a["agent_id"]), now)) for a in agents])


def _row(agent: Answer, state: Answer | None, now: float) -> Iterator[str | Word]:
    yield agent["agent_name"]
    yield agent["tool"]
    if state is None:
        yield from (_NOT_SEEN, "-", "-")
    else:
        last = state["last_turn"]
        yield state_word(situation(state))
        yield age(state["stability"]["stable_since_utc"], now)
        yield last_turn_word(last["result"], last["updated_at_utc"], now)
    yield agent["tmux_session_name"]
