"""`houmao-mgr server sessions`: the CAO sessions of the pair's server."""

import json
from collections.abc import Sequence
from typing import Any

import click

from houmao.cli.client.http import Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option, server_options
from houmao.cli.render.output import CommandOutput, table
from houmao.errors import UsageError


@click.group(
    epilog=examples("houmao-mgr server sessions list", "houmao-mgr server sessions show X")
)
def sessions() -> None:
    """See the sessions that were launched through the server, and end them."""


@sessions.command("list")
@server_options
@json_option
def list_sessions(server: Server, output: CommandOutput) -> None:
    """List the sessions whose terminals live."""
    found = read_sessions(server)
    rows = [(str(it["name"]), str(it["status"])) for it in found]
    output.write({"sessions": found}, table(("SESSION", "STATUS"), rows))


@sessions.command()
@click.argument("name")
@server_options
@json_option
def show(name: str, server: Server, output: CommandOutput) -> None:
    """Tell a session's terminals."""
    found = server.get("cao", "sessions", name)
    rows = [(str(it["id"]), it["tmux_window"], it["provider"]) for it in found["terminals"]]
    output.write(found, table(("TERMINAL", "WINDOW", "PROVIDER"), rows))


@sessions.command()
@click.option("--all", "everyone", is_flag=True, help="End every session.")
@click.option("--session", "name", metavar="NAME", help="End this one.")
@server_options
@json_option
def shutdown(everyone: bool, name: str | None, server: Server, output: CommandOutput) -> None:
    """End every agent of one session, or of all."""
    if everyone == bool(name):
        raise UsageError("which session? give --session NAME, or --all")
    names = [str(it["name"]) for it in read_sessions(server)] if name is None else [name]
    for each in names:
        server.delete("cao", "sessions", each)
    output.write({"success": True, "sessions": names}, [f"ended {each}" for each in names])


def read_sessions(server: Server) -> Sequence[Any]:
    """The server's sessions. Raises what `Server.get` raises."""
    found: Sequence[Any] = json.loads(server.text("cao", "sessions"))
    return found
