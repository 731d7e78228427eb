"""`houmao-passive-server`: start the host's processes and keep them running."""

import os
import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import click

from houmao import clock, config, logs, token
from houmao.caller import CallerRole
from houmao.config import Settings
from houmao.errors import HoumaoError
from houmao.serve.instance import (
    hold_redis_folder,
    marker,
    open_listener,
    prepare_runtime_root,
)
from houmao.serve.programs import NAMES, check_workers, find_redis, program
from houmao.serve.supervisor import Supervisor
from houmao.sign_in import make_code
from houmao.state import connect
from houmao.state.host_key import own_key
from houmao.tmux.address import require_tmux


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

    Roots come from the options, then HOUMAO_GLOBAL_RUNTIME_DIR and HOUMAO_GLOBAL_REGISTRY_DIR,
    then an enclosing project's .houmao folder, then ~/.houmao.
    """
    settings = config.load(
        host=host, port=port, runtime_root=runtime_root, registry_root=registry_root
    )
    asks = require_token or settings.token_on_loopback
    supervise(NAMES, replace(settings, adopt=adopt or settings.adopt, token_on_loopback=asks))


@cli.command()
@click.argument("name", type=click.Choice(NAMES))
def run(name: str) -> None:
    """Keep one of the processes running; the Procfile has a line for each."""
    supervise((name,), config.load())


def supervise(names: tuple[str, ...], settings: Settings) -> None:
    """Run the named programs until a signal; raises ConfigError before anything is started."""
    logs.configure("serve" if len(names) > 1 else names[0])
    check_workers()
    prepare_runtime_root(settings)
    if settings.redis_url:
        _check_outside_redis(settings)
    if "watch" in names:
        require_tmux()
    with ExitStack() as held:
        handles = {}
        if "redis" in names and not settings.redis_url:
            find_redis()
            handles["redis"] = held.enter_context(hold_redis_folder(settings, clock.monotonic))
        if "web" in names:
            handles["web"] = _open_front(settings, held)
        programs = [program(name, settings, handles.get(name)) for name in names]
        Supervisor(programs, clock.monotonic).run()


def _check_outside_redis(settings: Settings) -> None:
    """Refuse what would never work; a Redis that is away for now is waited for."""
    if not connect.check(settings.effective_redis_url):
        click.echo("Redis does not answer yet (HOUMAO_REDIS_URL); waiting for it.", err=True)
        return
    with suppress(connect.RedisAway):
        own_key(settings).claim(connect.connect(settings.effective_redis_url))


def _open_front(settings: Settings, held: ExitStack) -> int:
    """The API's open socket, with all that clients look for before they call it."""
    token.ensure(settings.token_file)
    if settings.needs_token:
        code = make_code(token.read(settings.token_file), CallerRole.ACT)
        click.echo(f"Clients must show the token in {settings.token_file}.", err=True)
        click.echo(f"A browser, once: {settings.page_url(code)}", err=True)
    listener = held.enter_context(open_listener(settings, clock.monotonic))
    held.enter_context(marker(settings, os.getpid(), clock.now()))
    click.echo(f"Houmao serves {settings.api_base_url}; Ctrl-C ends it.", err=True)
    return listener.fileno()


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    try:
        cli(standalone_mode=True)
    except HoumaoError as error:
        click.echo(f"Error: {error.message}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
