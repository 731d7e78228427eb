"""`houmao-passive-server`: start the host's processes and keep them running."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from houmao import config
from houmao.errors import HoumaoError
from houmao.serve.host import join_host, run_alone
from houmao.serve.programs import NAMES


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    r"""Watch the CLI agents in this machine's tmux and serve their true state.

    \b
    houmao-passive-server serve        everything in one command; Ctrl-C ends it
    honcho start                       the same processes, one Procfile line each
    """


@cli.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on.  [default: 9891]")
@click.option("--runtime-root", type=Path, help="Folder of all runtime state.")
@click.option("--registry-root", type=Path, help="Folder of the shared agent registry.")
@click.option("--adopt", is_flag=True, help="Adopt every supported tool that runs in any pane.")
@click.option("--require-token", is_flag=True, help="Ask for a token from yourself, too.")
def serve(
    host: str | None,
    port: int | None,
    runtime_root: Path | None,
    registry_root: Path | None,
    adopt: bool,
    require_token: bool,
) -> None:
    """Run Redis, the API, the clock and the watcher until stopped.

    Beside a `houmao-server` of the same runtime root it runs the API alone, and takes the rest
    over when that server ends.

    Roots come from the options, then HOUMAO_GLOBAL_RUNTIME_DIR and HOUMAO_GLOBAL_REGISTRY_DIR,
    then an enclosing project's .houmao folder, then ~/.houmao.
    """
    settings = config.load(
        host=host, port=port, runtime_root=runtime_root, registry_root=registry_root
    )
    asks = require_token or settings.token_on_loopback
    join_host(replace(settings, adopt=adopt or settings.adopt, token_on_loopback=asks))


@cli.command()
@click.argument("name", type=click.Choice(NAMES))
def run(name: str) -> None:
    """Keep one of the processes running; the Procfile has a line for each."""
    run_alone(name, config.load())


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    try:
        cli(standalone_mode=True)
    except HoumaoError as error:
        click.echo(f"Error: {error.message}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
