"""`houmao-mgr agents turn events`, `stdout` and `stderr`: what a turn tells, as it comes."""

import click

from houmao.cli.client.http import Server
from houmao.cli.client.waiting import wait_callbacks
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option, server_options
from houmao.cli.render.output import CommandOutput, compact
from houmao.cli.turns.reference import TurnReference, follow_events, turn_options
from houmao.cli.turns.transcript import TurnTranscript


@click.command(
    epilog=examples(
        "houmao-mgr agents turn events rev",
        "houmao-mgr agents turn events rev --follow",
        "houmao-mgr agents turn events rev --follow --json | jq -r 'select(.kind==\"assistant\")'",
    )
)
@turn_options
@click.option("--follow", is_flag=True, help="Go on until the turn has ended.")
@server_options
@json_option
def events(server: Server, output: CommandOutput, which: TurnReference, follow: bool) -> None:
    """Tell what a turn said and did so far: its words, its actions and what came of them.

    With --json the answer is one object with `entries`; with --follow, one entry a line. Ctrl-C
    ends the command and not the turn.
    """
    path = which.path(server)
    if follow:
        tell_events(server, output, path)
        return
    found = server.get(*path, "events")
    telling = TurnTranscript()
    text = "".join(piece for entry in found["entries"] for piece in telling.told(entry))
    output.write(found, (text + "".join(telling.end())).splitlines())


def tell_events(server: Server, output: CommandOutput, path: tuple[str, ...]) -> None:
    """Print every event of a turn until it has ended."""
    telling = TurnTranscript()
    try:
        for entry in follow_events(server, path, wait_callbacks(output)):
            if output.as_json:
                click.echo(compact(entry))
            else:
                click.echo("".join(telling.told(entry)), nl=False)
    finally:
        click.echo("".join(telling.end()), nl=False)


@click.command(
    epilog=examples(
        "houmao-mgr agents turn stdout rev",
        "houmao-mgr agents turn stdout rev 9f2c41d07b6e | jq -c 'select(.type==\"result\")'",
    )
)
@turn_options
@server_options
def stdout(server: Server, which: TurnReference) -> None:
    """Write a turn's whole standard output, as the tool wrote it, once the turn has ended."""
    _write(server, which, "stdout")


@click.command(epilog=examples("houmao-mgr agents turn stderr rev 9f2c41d07b6e"))
@turn_options
@server_options
def stderr(server: Server, which: TurnReference) -> None:
    """Write a turn's whole standard error, as the tool wrote it, once the turn has ended."""
    _write(server, which, "stderr")


def _write(server: Server, which: TurnReference, name: str) -> None:
    click.echo(server.text(*which.path(server), "artifacts", name), nl=False)
