"""`houmao-mgr agents gateway prompt`, `interrupt` and `send-keys`."""

import json
from collections.abc import Mapping

import click

from houmao.cli.client.http import Answer
from houmao.cli.client.waiting import Failed
from houmao.cli.gateway.reference import GatewayReference, gateway_options, line
from houmao.cli.lazy_group import examples
from houmao.cli.options import standard_input
from houmao.cli.render.output import CommandOutput
from houmao.gateway.client import GatewayRefused


@click.command(
    epilog=examples(
        'houmao-mgr agents gateway prompt gpu --prompt "run the tests"',
        "houmao-mgr agents gateway prompt gpu --queue < task.md",
    )
)
@gateway_options
@click.option("--prompt", "text", metavar="TEXT", help="What to type; else standard input is read.")
@click.option("--force", is_flag=True, help="Also when the agent does not look ready.")
@click.option("--queue", "queued", is_flag=True, help="Leave it in the durable queue and go on.")
def prompt(
    who: GatewayReference, output: CommandOutput, text: str | None, force: bool, queued: bool
) -> None:
    """Have a prompt typed now, or be told why not; with --queue, as soon as the agent is ready.

    A refusal is printed as JSON on standard error, exit 1. A queued prompt survives the gateway's
    and the server's end; it is typed at most once.
    """
    prompt = standard_input() if text is None else text
    body: Mapping[str, object] = {"schema_version": 1, "prompt": prompt, "force": force}
    found = _queue(who, "submit_prompt", {"prompt": prompt}) if queued else _now(who, body)
    output.write(found, line(found))


@click.command(epilog=examples("houmao-mgr agents gateway interrupt gpu"))
@gateway_options
def interrupt(who: GatewayReference, output: CommandOutput) -> None:
    """Queue an interrupt of the turn that runs; it overtakes all prompts that wait."""
    found = _queue(who, "interrupt", {})
    output.write(found, line(found))


@click.command(
    "send-keys",
    epilog=examples('houmao-mgr agents gateway send-keys gpu --sequence "/model<[Enter]>"'),
)
@gateway_options
@click.option("--sequence", required=True, help="Text with keys in it, such as `y<[Enter]>`.")
@click.option("--escape-special-keys", "literally", is_flag=True, help="Keys are text, too.")
def send_keys(who: GatewayReference, output: CommandOutput, sequence: str, literally: bool) -> None:
    """Type keys into the agent's pane now, past the queue; that counts as no turn."""
    body = {"sequence": sequence, "escape_special_keys": literally}
    found = who.call("POST", "/v1/control/send-keys", body)
    output.write(found, line(found))


def _queue(who: GatewayReference, kind: str, payload: Mapping[str, object]) -> Answer:
    body = {"schema_version": 1, "kind": kind, "payload": payload}
    return who.call("POST", "/v1/requests", body)


def _now(who: GatewayReference, body: Mapping[str, object]) -> Answer:
    try:
        return who.call("POST", "/v1/control/prompt", body)
    except GatewayRefused as refused:
        if not isinstance(refused.detail, dict):
            raise
        click.echo(json.dumps(refused.detail), err=True)
        raise Failed(str(refused.detail.get("detail") or refused.message)) from None
