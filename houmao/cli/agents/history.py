"""`houmao-mgr agents history`: what an agent did, newest first."""

import click

from houmao import clock
from houmao.cli.agents.headless import is_headless
from houmao.cli.client.http import Answer, Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    read_agent,
    server_options,
)
from houmao.cli.render.agent_state import (
    RESULT_COLOURS,
    Situation,
    after,
    result_text,
    spaced,
    state_word,
)
from houmao.cli.render.output import CommandOutput, Word, ago, table
from houmao.cli.turns.tables import turn_table

_COLUMNS = ("WHEN", "WHAT", "STATE AFTER", "LAST TURN")


@click.command(
    epilog=examples(
        "houmao-mgr agents history gpu", "houmao-mgr agents history gpu --limit 5 --json"
    )
)
@agent_options()
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="At most so many."
)
@server_options
@json_option
def history(server: Server, output: CommandOutput, who: AgentReference, limit: int) -> None:
    """List an agent's latest changes, newest first; of a headless agent, its turns."""
    agent = read_agent(server, who)
    path = ("houmao", "agents", who.exact(agent))
    if is_headless(agent):
        answer = server.get(*path, "turns", limit=limit)
        output.write(answer, turn_table(answer, clock.now()))
    else:
        answer = server.get(*path, "history", limit=limit)
        output.write(answer, history_lines(answer, clock.now()))


def history_lines(answer: Answer, now: float) -> list[str]:
    """The table, or one sentence when nothing has happened yet."""
    if not answer["entries"]:
        return ["nothing has changed since this agent was first seen"]
    return table(_COLUMNS, [_row(entry, now) for entry in answer["entries"]])


def _row(entry: Answer, now: float) -> list[str | Word]:
    then = after(Situation(), {**entry, "availability": entry["diagnostics_availability"]})
    result = entry["last_turn_result"]
    return [
        ago(entry["recorded_at_utc"], now),
        spaced(entry["summary"]),
        state_word(then),
        Word("-" if result == "none" else result_text(result), RESULT_COLOURS.get(result)),
    ]
