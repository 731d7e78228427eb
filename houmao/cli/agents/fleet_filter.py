"""The options that say which of all agents are meant."""

from functools import wraps
from typing import Any

import click

from houmao.cli.options import Command
from houmao.cli.render.ranking import FleetFilter, StateKind


def fleet_filter(command: Command) -> Command:
    """Add `--state`, `--tool`, `--host` and `--cwd`; the command gets `wanted: FleetFilter`."""

    @click.option(
        "--state",
        "states",
        type=click.Choice([kind.value for kind in StateKind]),
        multiple=True,
        help="Only agents in this state; may be repeated.",
    )
    @click.option("--tool", "tools", multiple=True, metavar="TOOL", help="Only of this tool.")
    @click.option("--host", "hosts", multiple=True, metavar="HOST", help="Only of this host.")
    @click.option(
        "--cwd",
        "folder",
        type=click.Path(file_okay=False, resolve_path=True),
        metavar="FOLDER",
        help="Only agents that work in this folder or below it.",
    )
    @wraps(command)
    def wrapper(
        *args: Any,
        states: tuple[str, ...],
        tools: tuple[str, ...],
        hosts: tuple[str, ...],
        folder: str | None,
        **kwargs: Any,
    ) -> Any:
        return command(*args, wanted=FleetFilter(states, tools, hosts, folder), **kwargs)

    return wrapper
