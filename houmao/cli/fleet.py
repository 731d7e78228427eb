"""All agents with what each is doing: how the table of the fleet is read and laid out."""

from collections.abc import Iterator

from houmao.cli.headless import is_headless
from houmao.cli.http import Answer, Refused, Server
from houmao.cli.output import Word, age, table
from houmao.cli.words import headless_word, last_turn_word, situation, state_word

_COLUMNS = ("NAME", "TOOL", "STATE", "SINCE", "LAST TURN", "SESSION")
_NOBODY = "no agents; run `houmao-mgr agents join` inside a tmux session to adopt the one there"
_NOT_SEEN = Word("not seen yet", "magenta")

#: Just found and not looked at yet.
_AWAY = 503


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
        if refused.status != _AWAY:
            raise
        state = None
    return {"agents": [{**agent, "state": state}]}


def states(fleet: Answer) -> dict[str, Answer]:
    """The state of each agent whose screen was seen, by agent id."""
    seen = (it for it in fleet["agents"] if it["state"] and not is_headless(it))
    return {agent["agent_id"]: agent["state"] for agent in seen}


def fleet_lines(fleet: Answer, now: float) -> list[str]:
    """The table, or one sentence when nobody is there."""
    agents = fleet["agents"]
    return table(_COLUMNS, [list(_row(agent, now)) for agent in agents]) if agents else [_NOBODY]


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
