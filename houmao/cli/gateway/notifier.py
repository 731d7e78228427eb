"""`houmao-mgr agents gateway mail-notifier`: whether the agent is reminded of its mail."""

from collections.abc import Iterator

import click

from houmao.cli.client.http import Answer
from houmao.cli.gateway.reference import GatewayReference, gateway_options
from houmao.cli.lazy_group import examples
from houmao.cli.render.output import CommandOutput, card

_PATH = "/v1/mail-notifier"


@click.group("mail-notifier")
def notifier() -> None:
    """Have an agent reminded of unread mail by its gateway."""


@notifier.command(epilog=examples("houmao-mgr agents gateway mail-notifier status gpu"))
@gateway_options
def status(who: GatewayReference, output: CommandOutput) -> None:
    """Tell whether it is on, and when it last looked."""
    found = who.call("GET", _PATH)
    output.write(found, _lines(found))


@notifier.command(
    epilog=examples("houmao-mgr agents gateway mail-notifier enable gpu --interval-seconds 60")
)
@gateway_options
@click.option("--interval-seconds", type=click.IntRange(1), required=True)
def enable(who: GatewayReference, output: CommandOutput, interval_seconds: int) -> None:
    """Look for unread mail that often, and prompt the agent once for each new set."""
    body = {"schema_version": 1, "enabled": True, "interval_seconds": interval_seconds}
    found = who.call("PUT", _PATH, body)
    output.write(found, _lines(found))


@notifier.command(epilog=examples("houmao-mgr agents gateway mail-notifier disable gpu"))
@gateway_options
def disable(who: GatewayReference, output: CommandOutput) -> None:
    """Look no more."""
    found = who.call("DELETE", _PATH)
    output.write(found, _lines(found))


def _lines(found: Answer) -> Iterator[str]:
    on = f"every {found['interval_seconds']} s" if found["enabled"] else "off"
    yield from card([("notifier", on), ("last error", str(found["last_error"] or ""))])
