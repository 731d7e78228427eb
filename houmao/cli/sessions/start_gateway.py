"""`start-session --gateway-auto-attach`: a gateway attached right after its agent began."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from houmao import clock
from houmao.cli.options import Command
from houmao.config import Settings
from houmao.errors import HoumaoError
from houmao.gateway.attaching import AttachOptions, attach
from houmao.gateway_files.folder import GatewayListener
from houmao.registry.record import GATEWAY_HOSTS
from houmao.sessions.starting.start import Started
from houmao.sessions.target import resolve


@dataclass(frozen=True, slots=True)
class StartGateway:
    """What was asked for of a new session's gateway."""

    listener: GatewayListener
    auto_attach: bool

    def attached(self, started: Started, settings: Settings) -> Mapping[str, object]:
        """Where the gateway listens, or why it does not; nothing when none was asked for."""
        if not self.auto_attach:
            return {}
        try:
            target = resolve(started.record.manifest_path, settings, clock.now())
            found = attach(target, settings, AttachOptions(self.listener))
        except HoumaoError as error:
            return {"gateway_auto_attach_error": error.message}
        return {name: found[name] for name in ("gateway_host", "gateway_port")}


def gateway_start_options(command: Command) -> Command:
    """Add the options; the command gets `gateway: StartGateway`."""

    @click.option("--gateway-auto-attach", is_flag=True, help="Attach a gateway at once.")
    @click.option(
        "--gateway-host",
        type=click.Choice(sorted(GATEWAY_HOSTS)),
        help="Where its gateways listen; else what the blueprint says, else 127.0.0.1.",
    )
    @click.option("--gateway-port", type=click.IntRange(1, 65535), help="The same of their port.")
    @wraps(command)
    def wrapper(
        *args: Any,
        gateway_auto_attach: bool,
        gateway_host: str | None,
        gateway_port: int | None,
        **kwargs: Any,
    ) -> Any:
        gateway = StartGateway(GatewayListener(gateway_host, gateway_port), gateway_auto_attach)
        return command(*args, gateway=gateway, **kwargs)

    return wrapper
