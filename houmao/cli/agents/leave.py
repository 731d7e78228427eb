"""`houmao-mgr agents leave`: undo an adoption."""

import click

from houmao.cli.agents.join import joined
from houmao.cli.client.http import Server
from houmao.cli.here import elsewhere, own_part
from houmao.cli.lazy_group import examples
from houmao.cli.options import AgentReference, agent_options, json_option, server_options
from houmao.cli.render.output import CommandOutput
from houmao.cli.watched_registry import watched_registry
from houmao.errors import NotFound
from houmao.sessions.adopting.leave import leave as give_back


@click.command(epilog=examples("houmao-mgr agents leave gpu"))
@agent_options()
@server_options
@json_option
def leave(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """Watch an adopted agent no longer. Its tool runs on as if it had never been adopted."""
    settings = watched_registry(server).settings
    try:
        record = give_back(own_part(who.text, settings), settings)
    except NotFound as missing:
        raise elsewhere(who.text, settings, missing) from None
    output.write(joined(record), [f"{record.agent_name} is its own again; its tool runs on"])
