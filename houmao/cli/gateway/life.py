"""`houmao-mgr agents gateway attach`, `detach` and `status`."""

from collections.abc import Iterator

import click

from houmao import config
from houmao.cli.client.http import Answer
from houmao.cli.gateway.reference import GatewayReference, gateway_options
from houmao.cli.lazy_group import examples
from houmao.cli.render.agent_state import spaced
from houmao.cli.render.output import CommandOutput, card
from houmao.errors import UsageError
from houmao.gateway import attaching
from houmao.gateway.attaching import AttachOptions
from houmao.gateway_files.folder import GatewayListener


@click.command(
    epilog=examples(
        "houmao-mgr agents gateway attach gpu",
        "houmao-mgr agents gateway attach --current-session --foreground",
        "houmao-mgr agents gateway attach gpu --gateway-port 43123",
    )
)
@gateway_options
@click.option("--foreground", is_flag=True, help="Run it in a tmux window of the agent's session.")
@click.option("--gateway-host", metavar="HOST", help="127.0.0.1, or 0.0.0.0 for other machines.")
@click.option("--gateway-port", type=click.IntRange(1, 65535), help="A port of its own; else any.")
def attach(
    who: GatewayReference,
    output: CommandOutput,
    foreground: bool,
    gateway_host: str | None,
    gateway_port: int | None,
) -> None:
    """Start the agent's gateway, and wait until it answers; one that runs already is kept.

    The agent notices nothing. Where the gateway listens is remembered for the next time, and
    published in the agent's session and registry record. With --port, `houmao-server` does it.
    """
    options = AttachOptions(GatewayListener(gateway_host, gateway_port), foreground)
    if who.port is None:
        found = attaching.attach(who.target(), config.load(), options)
    elif options == AttachOptions():
        found = who.through_server("POST", "gateway", "attach")
    else:
        raise UsageError("a server starts gateways where they were; leave --port or the rest out")
    output.write(found, status_lines(found))


@click.command(epilog=examples("houmao-mgr agents gateway detach gpu"))
@gateway_options
def detach(who: GatewayReference, output: CommandOutput) -> None:
    """End the agent's gateway; the agent goes on, and so do the requests that are on disk.

    Without a gateway nothing happens, which is no error.
    """
    if who.port is None:
        found = attaching.detach(who.target(), config.load())
    else:
        found = who.through_server("POST", "gateway", "detach")
    output.write(found, status_lines(found))


@click.command(
    epilog=examples(
        "houmao-mgr agents gateway status gpu",
        "houmao-mgr agents gateway status gpu --json | jq -r .request_admission",
    )
)
@gateway_options
def status(who: GatewayReference, output: CommandOutput) -> None:
    """Tell whether a gateway is attached, whether its agent is there, and what is queued."""
    if who.port is not None:
        found = who.call("GET", "/v1/status")
    else:
        found = attaching.status_of(who.target(), config.load())
    output.write(found, status_lines(found))


def status_lines(found: Answer) -> Iterator[str]:
    """The card of a gateway's status."""
    attached = found["gateway_health"] == "healthy"
    where = f"{found['gateway_host']}:{found['gateway_port']}" if attached else ""
    yield from card(
        [
            ("agent", str(found["attach_identity"])),
            ("gateway", f"attached at {where}" if attached else "not attached"),
            ("agent is", str(found["managed_agent_connectivity"])),
            ("takes requests", spaced(str(found["request_admission"]))),
            ("screen", spaced(str(found["terminal_surface_eligibility"]))),
            ("queued", str(found["queue_depth"])),
        ]
    )
