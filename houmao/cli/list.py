"""`houmao-mgr agents list`."""

from collections.abc import Iterator, Sequence

import click

from houmao import clock
from houmao.cli.fleet import fleet_lines, read_fleet
from houmao.cli.http import Answer, Server
from houmao.cli.lazy import examples
from houmao.cli.options import json_option, server_options
from houmao.cli.output import Output, table


@click.command(
    "list",
    epilog=examples(
        "houmao-mgr agents list",
        "houmao-mgr agents list --all        why is my agent missing?",
        "houmao-mgr agents list --json | jq -r '.agents[].agent_name'",
    ),
)
@click.option("--all", "with_unused", is_flag=True, help="Also unused registry records, and why.")
@server_options
@json_option
def list_agents(server: Server, output: Output, with_unused: bool) -> None:
    """List every live agent and what it is doing.

    STATE says what matters most: that the agent cannot be seen, what a person must answer
    first, or whether it works or waits for a prompt. SINCE is how long nothing has changed.
    """
    fleet = read_fleet(server)
    unused = server.get("houmao", "hosts")["unused_records"] if with_unused else None
    extra = {} if unused is None else {"unused_records": unused}
    output.write({**fleet, **extra}, _lines(fleet, unused))


def _lines(fleet: Answer, unused: Sequence[Answer] | None) -> Iterator[str]:
    yield from fleet_lines(fleet, clock.now())
    if unused is None:
        return
    rows = [[it["agent_id"], it["reason"]] for it in unused]
    yield ""
    yield from table(("UNUSED RECORD", "WHY"), rows) if rows else ["no unused registry records"]
