"""`houmao-server`: the pair's server, and a few questions to one that runs."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from houmao import config
from houmao.cli.client.http import Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import own_token
from houmao.cli.render.output import pretty
from houmao.cli.server_options import base_url_option, serve_options
from houmao.cli.server_sessions import read_sessions
from houmao.config import Settings
from houmao.errors import HoumaoError
from houmao.serve.host import join_host, run_alone
from houmao.serve.programs import NAMES
from houmao.server_kind import ServerKind


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "houmao-server serve                everything in one command; Ctrl-C ends it",
        "houmao-mgr server start            the same, in the background",
    ),
)
def cli() -> None:
    """Launch, prompt and stop agents over HTTP, for houmao-mgr's clients and CAO's."""


@cli.command()
@base_url_option
@serve_options
def serve(
    base_url: tuple[str, int], runtime_root: Path | None, registry_root: Path | None, adopt: bool
) -> None:
    """Serve until stopped, with the Redis and the workers that this host needs.

    Beside a `houmao-passive-server` of the same runtime root both share them: who remains keeps
    them alive.
    """
    host, port = base_url
    settings = config.load(
        host=host, port=port, runtime_root=runtime_root, registry_root=registry_root
    )
    join_host(paired(replace(settings, adopt=adopt or settings.adopt)))


@cli.command()
@base_url_option
@click.argument("name", type=click.Choice(NAMES))
def run(base_url: tuple[str, int], name: str) -> None:
    """Keep one of the processes running; the Procfile has a line for each."""
    host, port = base_url
    run_alone(name, paired(config.load(host=host, port=port)))


def paired(settings: Settings) -> Settings:
    """The settings of the pair's server."""
    return replace(settings, service=ServerKind.PAIR)


def _question(name: str, *path: str) -> None:
    """Add a command that prints what the server answers at that path."""

    @cli.command(name, help=f"Print what the server answers at /{'/'.join(path)}.")
    @base_url_option
    def ask(base_url: tuple[str, int]) -> None:
        _print(base_url, lambda server: server.get(*path))


def _print(base_url: tuple[str, int], ask: Callable[[Server], Any]) -> None:
    click.echo(pretty(ask(Server(base_url[1], token=own_token()))))


_question("health", "health")
_question("current-instance", "houmao", "server", "current-instance")


@cli.command("register-launch")
@base_url_option
@click.option("--session-name", required=True, help="The tmux session.")
@click.option("--tool", required=True, help="What runs in it.")
@click.option("--terminal-id", help="Eight hexadecimal digits; made from the session when absent.")
@click.option("--manifest-path", help="Where the session's manifest is.")
@click.option("--session-root", help="Where the session keeps its things.")
@click.option("--agent-name", help="What people call the agent.")
@click.option("--agent-id", help="The agent's id.")
@click.option("--tmux-session-name", help="The tmux session, when it is called otherwise.")
@click.option("--tmux-window-name", help="The window the tool runs in.")
@click.option("--observed-tool-version", help="What the tool says it is.")
def register_launch(base_url: tuple[str, int], **wanted: Any) -> None:
    """Have a tmux session watched as a terminal."""
    given = {name: value for name, value in wanted.items() if value is not None}
    _print(base_url, lambda server: server.post("houmao", "launches", "register", **given))


@cli.group()
def sessions() -> None:
    """The sessions that were launched through the server, as CAO's tools know them."""


@sessions.command("list")
@base_url_option
def list_sessions(base_url: tuple[str, int]) -> None:
    """Print the sessions whose terminals live."""
    _print(base_url, read_sessions)


@sessions.command("get")
@base_url_option
@click.argument("name")
def get_session(base_url: tuple[str, int], name: str) -> None:
    """Print a session and its terminals."""
    _print(base_url, lambda server: server.get("cao", "sessions", name))


@cli.group()
def terminals() -> None:
    """What the tools in registered terminals do."""


@terminals.command()
@base_url_option
@click.argument("terminal_id")
def state(base_url: tuple[str, int], terminal_id: str) -> None:
    """Print a terminal's state."""
    _print(base_url, lambda server: server.get("houmao", "terminals", terminal_id, "state"))


@terminals.command()
@base_url_option
@click.argument("terminal_id")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True)
def history(base_url: tuple[str, int], terminal_id: str, limit: int) -> None:
    """Print a terminal's recent changes."""
    where = ("houmao", "terminals", terminal_id, "history")
    _print(base_url, lambda server: server.get(*where, limit=limit))


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    try:
        cli(standalone_mode=True)
    except HoumaoError as error:
        click.echo(f"Error: {error.message}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
