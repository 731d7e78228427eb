"""A headless agent as a person reads it, where other agents are read off their screens."""

from collections.abc import Iterator
from contextlib import suppress

from houmao.cli.client.http import Answer, Refused, Server
from houmao.cli.options import AgentReference, read_agent
from houmao.cli.render.agent_state import headless_word, last_turn_word
from houmao.cli.render.output import Word, ago, card, local_time, paint, plain
from houmao.cli.turns.reference import read_turns
from houmao.cli.turns.tables import status_word

_UNKNOWN = 404


def is_headless(agent: Answer) -> bool:
    """True for an agent without a screen, which is run turn by turn."""
    return str(agent["backend"]).endswith("_headless")


def instead_of(server: Server, state: Answer) -> Answer | None:
    """What an agent without a screen is doing, in place of a state that was read off one.

    None for an agent with a screen. Raises as `headless_detail` does.
    """
    # Nobody reads a headless agent off its screen, so that is never there.
    if state["diagnostics"]["availability"] == "available":
        return None
    return headless_detail(server, str(state["agent_id"]))


def agent_id_of(server: Server, who: AgentReference) -> str:
    """What means that agent alone, also of a headless one whose session has gone."""
    try:
        return who.exact(read_agent(server, who))
    except Refused as refused:
        if refused.status != _UNKNOWN:
            raise
        with suppress(Refused):
            return str(read_turns(server, who, limit=0)["tracked_agent_id"])
        raise


def headless_detail(server: Server, agent_id: str) -> Answer | None:
    """What an agent without a screen is doing; None for an agent with one.

    Raises Refused for a headless agent that no server of ours owns.
    """
    if not is_headless(server.get("houmao", "agents", agent_id)):
        return None
    return server.get("houmao", "agents", agent_id, "managed-state", "detail")


def headless_card(found: Answer, now: float) -> Iterator[str]:
    """What it is doing, what stands in the way of a turn, and what to do next."""
    identity, detail = found["identity"], found["detail"]
    last, name = detail["last_turn"], identity["agent_name"]
    yield from card(
        [
            ("agent", f"{name} ({identity['agent_id']})"),
            ("state", headless_word(found["summary_state"])),
            ("because", "; ".join(it["message"] for it in detail["diagnostics"])),
            ("turn", _active_turn(detail, now)),
            ("last turn", last_turn_word(last["result"], last["updated_at_utc"], now)),
            ("which said", detail["last_turn_error"] or ""),
            ("takes a turn", "yes" if detail["can_accept_prompt_now"] else "no"),
            ("session", identity["tmux_session_name"]),
        ]
    )
    yield f"see its turns with `houmao-mgr agents history {plain(name)}`"


def turn_event_line(event: Answer, name: str) -> str:
    """One step of a turn, as it happens; `name` is the agent's, padded."""
    word = Word("interrupting", "yellow")
    if event["summary"] != "turn_interrupting":
        word = status_word(event["status"])
    told = [local_time(event["recorded_at"]), name, f"turn {event['turn_index']}", paint(word)]
    return "  ".join([*told, *([plain(event["error"])] if event["error"] else [])])


def _active_turn(detail: Answer, now: float) -> str:
    turn_id = detail["turn"]["active_turn_id"]
    if turn_id is None:
        return ""
    told = f"{turn_id}, began {ago(detail['active_turn_started_at_utc'], now)}"
    asked = detail["active_turn_interrupt_requested_at_utc"]
    return f"{told}, told to end {ago(asked, now)}" if asked else told
