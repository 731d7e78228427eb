"""`houmao-mgr send-prompt`: prompt a session and wait for its turn, with or without a server."""

from collections.abc import Mapping
from typing import Any

import click

from houmao.cli.lazy import examples
from houmao.cli.options import port_option
from houmao.cli.output import compact, plain
from houmao.cli.sessions import identity_option
from houmao.cli.way import way_to
from houmao.sessions.prompting import Listener, converse
from houmao.sessions.resolve import Target

#: Seconds a prompt and its turn may take when the caller does not say.
DEFAULT_TIMEOUT = 600.0


@click.command(
    "send-prompt",
    epilog=examples(
        'houmao-mgr send-prompt --agent-identity gpu --prompt "run the tests"',
        "houmao-mgr send-prompt --agent-identity gpu --prompt go | tail -1 | jq -r .payload.result",
    ),
)
@identity_option
@click.option("--prompt", required=True, metavar="TEXT", help="What to type.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="Give up when the turn has not ended by then.",
)
@port_option
@click.pass_context
def send_prompt(ctx: click.Context, target: Target, prompt: str, timeout: float, port: int) -> None:
    """Prompt an agent and wait until its turn has ended.

    Prints JSON lines: `submitted`, then `done` or `error` with result and output_text. Exit 0
    when the turn succeeded, else 1. Nothing is typed while a turn runs, a dialog is open or
    somebody's draft stands in the composer.
    """
    if not converse(target, prompt, way_to(target, port, timeout), Listener(_print, _say)):
        ctx.exit(1)


def _print(event: Mapping[str, Any]) -> None:
    click.echo(compact(event))


def _say(sentence: str) -> None:
    click.echo(plain(sentence), err=True)
