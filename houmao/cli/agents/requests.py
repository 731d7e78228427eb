"""`houmao-mgr agents requests`: what an agent was asked for and how that went."""

import click

from houmao import clock
from houmao.cli.client.http import Answer, Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    read_agent,
    server_options,
)
from houmao.cli.render.agent_state import RESULT_COLOURS, result_text, spaced
from houmao.cli.render.output import CommandOutput, Word, ago, card, table
from houmao.errors import UsageError

_COLUMNS = ("WHEN", "REQUEST", "WHAT", "OUTCOME", "TURN")


@click.command(
    epilog=examples(
        "houmao-mgr agents requests gpu",
        "houmao-mgr agents requests gpu --request mreq-3f2a9c1b7d60",
        "houmao-mgr agents requests gpu --cancel mreq-3f2a9c1b7d60",
    )
)
@agent_options()
@click.option("--request", "request_id", metavar="ID", help="Tell about this one alone.")
@click.option(
    "--cancel", "cancelled_id", metavar="ID", help="Withdraw it, if it was not typed yet."
)
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="At most so many."
)
@server_options
@json_option
def requests(
    server: Server, output: CommandOutput, who: AgentReference, limit: int, **one: str | None
) -> None:
    """List an agent's latest prompts and interrupts, newest first, and how each went."""
    if any(one.values()):
        answer = _one(server, who, **one)
        output.write(answer, request_card(answer, clock.now()))
    else:
        answer = read_agent(server, who, "requests", limit=limit)
        output.write(answer, request_table(answer, clock.now()))


def _one(
    server: Server, who: AgentReference, request_id: str | None, cancelled_id: str | None
) -> Answer:
    if request_id and cancelled_id:
        raise UsageError("give --request or --cancel, not both")
    path = ("houmao", "agents", who.exact(read_agent(server, who)), "requests")
    if cancelled_id:
        return server.delete(*path, cancelled_id)
    return server.get(*path, str(request_id))


def request_table(answer: Answer, now: float) -> list[str]:
    """The table, or one sentence when nothing was asked yet."""
    if not answer["requests"]:
        return ["nothing was asked of this agent yet"]
    return table(_COLUMNS, [_row(request, now) for request in answer["requests"]])


def request_card(request: Answer, now: float) -> list[str]:
    """One request in full."""
    return card(
        [
            ("request", request["request_id"]),
            ("what", spaced(request["kind"])),
            ("state", _outcome(request)),
            ("detail", request["detail"]),
            ("asked", ago(request["created_at"], now)),
            ("typed", ago(request["typed_at"], now)),
            ("ended", ago(request["ended_at"], now)),
            ("turn", _turn(request)),
        ]
    )


def _row(request: Answer, now: float) -> list[str | Word]:
    when, what = ago(request["created_at"], now), spaced(request["kind"])
    return [when, request["request_id"], what, _outcome(request), _turn(request)]


def _outcome(request: Answer) -> Word:
    colour = {True: "green", False: "red", None: "cyan"}[request["delivered"]]
    return Word(spaced(request["outcome"] or request["state"]), colour)


def _turn(request: Answer) -> Word:
    result = request["turn_result"]
    return Word(result_text(result) if result else "-", RESULT_COLOURS.get(result))
