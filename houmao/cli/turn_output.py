"""`houmao-mgr agents turn stdout` and `stderr`: what a turn's tool wrote, as it wrote it."""

import click

from houmao.cli.http import Server
from houmao.cli.lazy import examples
from houmao.cli.options import server_options
from houmao.cli.turns import Which, turn_options


@click.command(
    epilog=examples(
        "houmao-mgr agents turn stdout rev",
        "houmao-mgr agents turn stdout rev 9f2c41d07b6e | jq -c 'select(.type==\"result\")'",
    )
)
@turn_options
@server_options
def stdout(server: Server, which: Which) -> None:
    """Write a turn's whole standard output, as the tool wrote it, once the turn has ended."""
    _write(server, which, "stdout")


@click.command(epilog=examples("houmao-mgr agents turn stderr rev 9f2c41d07b6e"))
@turn_options
@server_options
def stderr(server: Server, which: Which) -> None:
    """Write a turn's whole standard error, as the tool wrote it, once the turn has ended."""
    _write(server, which, "stderr")


def _write(server: Server, which: Which, name: str) -> None:
    click.echo(server.text(*which.path(server), "artifacts", name), nl=False)
