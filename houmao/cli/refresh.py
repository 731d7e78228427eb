"""`houmao-mgr agents refresh`."""

import click

from houmao.cli.http import Server
from houmao.cli.lazy import examples
from houmao.cli.options import Reference, agent_options, json_option, server_options
from houmao.cli.output import Output
from houmao.cli.state import tell


@click.command(
    epilog=examples(
        "houmao-mgr agents refresh gpu",
        "tmux send-keys -t '=gpu:' Escape && houmao-mgr agents refresh gpu --json",
    )
)
@agent_options()
@server_options
@json_option
def refresh(server: Server, output: Output, who: Reference) -> None:
    """Look at an agent's screen now and tell its state after that.

    States are kept current without this; it is for scripts that must know that what they
    did a moment ago is already in the answer.
    """
    answer = server.post("houmao", "agents", who.text, "refresh")
    who.check(answer["agent_id"], answer["agent_name"])
    tell(server, output, answer)
