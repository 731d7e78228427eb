"""`houmao-mgr agents requests`: what an agent was asked for and how that went."""

from typing import Any

import click

from houmao import clock
from houmao.cli.client.http import Answer, Refused, Server
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
from houmao.ids import AT

_COLUMNS = ("WHEN", "REQUEST", "WHAT", "OUTCOME", "TURN")


@click.command(
    epilog=examples(
        "houmao-mgr agents requests gpu",
        "houmao-mgr agents requests gpu --request mreq-3f2a9c1b7d60",
        "houmao-mgr agents requests gpu --cancel mreq-3f2a9c1b7d60",
        "houmao-mgr agents requests --open                   what waits, for whom?",
        "houmao-mgr agents requests --batch batch-7c1b3f2a9d60 --withdraw",
    )
)
@agent_options(required=False)
@click.option("--request", "request_id", metavar="ID", help="Tell about this one alone.")
@click.option(
    "--cancel", "cancelled_id", metavar="ID", help="Withdraw it, if it was not typed yet."
)
@click.option("--batch", "batch_id", metavar="ID", help="What several agents were asked at once.")
@click.option("--withdraw", is_flag=True, help="Withdraw what of the batch was not typed yet.")
@click.option("--open", "only_open", is_flag=True, help="Only what has not ended, of all agents.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="At most so many."
)
@server_options
@json_option
def requests(
    server: Server, output: CommandOutput, who: AgentReference | None, limit: int, **more: Any
) -> None:
    """List an agent's latest prompts and interrupts, newest first, and how each went.

    Without AGENT those of all agents.
    """
    if who is None:
        _of_all(server, output, limit, **more)
    elif more["request_id"] or more["cancelled_id"]:
        answer = _one(server, who, more["request_id"], more["cancelled_id"])
        output.write(answer, request_card(answer, clock.now()))
    else:
        answer = read_agent(server, who, "requests", limit=limit)
        output.write(answer, request_table(answer, clock.now()))


def _of_all(
    server: Server,
    output: CommandOutput,
    limit: int,
    batch_id: str | None,
    withdraw: bool,
    only_open: bool,
    **one: str | None,
) -> None:
    if any(one.values()):
        raise UsageError("whose request? name the agent, too")
    if withdraw and not batch_id:
        raise UsageError("--withdraw goes with --batch; one request is withdrawn with --cancel")
    asked = {"batch": batch_id} if batch_id else {"limit": limit}
    query = {**asked, **({"open": "true"} if only_open or withdraw else {})}
    answer = server.get("houmao", "requests", **query)
    if withdraw:
        answer = {"requests": [_withdrawn(server, it) for it in answer["requests"]]}
    output.write(answer, fleet_table(answer, clock.now()))


def _withdrawn(server: Server, request: Answer) -> Answer:
    """The request as it stands after that: it may have been too late."""
    path = ("houmao", "agents", f"{request['agent_id']}{AT}{request['host']}", "requests")
    try:
        return server.delete(*path, request["request_id"])
    except Refused:
        return server.get(*path, request["request_id"])


def _one(
    server: Server, who: AgentReference, request_id: str | None, cancelled_id: str | None
) -> Answer:
    if request_id and cancelled_id:
        raise UsageError("give --request or --cancel, not both")
    path = ("houmao", "agents", who.exact(read_agent(server, who)), "requests")
    if cancelled_id:
        return server.delete(*path, cancelled_id)
    return server.get(*path, str(request_id))


def fleet_table(answer: Answer, now: float) -> list[str]:
    """The requests of several agents, or one sentence when there are none."""
    if not answer["requests"]:
        return ["no request is known of this kind"]
    rows = [[it["agent_name"], *_row(it, now)] for it in answer["requests"]]
    return table(("NAME", *_COLUMNS), rows)


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
            ("state", outcome_word(request)),
            ("detail", request["detail"]),
            ("asked", ago(request["created_at"], now)),
            ("typed", ago(request["typed_at"], now)),
            ("ended", ago(request["ended_at"], now)),
            ("turn", turn_word(request)),
        ]
    )


def _row(request: Answer, now: float) -> list[str | Word]:
    when, what = ago(request["created_at"], now), spaced(request["kind"])
    return [when, request["request_id"], what, outcome_word(request), turn_word(request)]


def outcome_word(request: Answer) -> Word:
    """How a request stands or ended."""
    colour = {True: "green", False: "red", None: "cyan"}[request["delivered"]]
    return Word(spaced(request["outcome"] or request["state"]), colour)


def turn_word(request: Answer) -> Word:
    """The verdict on the turn that it began, if any."""
    result = request["turn_result"]
    return Word(result_text(result) if result else "-", RESULT_COLOURS.get(result))
