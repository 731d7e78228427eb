"""`houmao-mgr agents launch` and `agents relaunch`: agents by recipe, without a server."""

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from houmao import clock, config
from houmao.agents.selector import PROVIDERS
from houmao.cli.lazy import examples
from houmao.cli.options import Reference, agent_options
from houmao.cli.sessions import definitions_option, find, new_birth, report, warn
from houmao.config import Settings
from houmao.errors import Conflict, UsageError
from houmao.sessions.launching import LaunchOrder, check
from houmao.sessions.launching import launch as launch_agent
from houmao.sessions.relaunch import relaunch as start_again
from houmao.sessions.resolve import current
from houmao.sessions.start import Started
from houmao.tmux.address import TmuxAddress

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(
    epilog=examples(
        "houmao-mgr agents launch --agents gpu-kernel-coder --provider codex",
        "houmao-mgr agents launch --agents reviewer --agent-name second --yolo",
    )
)
@click.option("--agents", "selector", required=True, metavar="NAME|FILE", help="Which recipe.")
@click.option(
    "--provider",
    default="claude_code",
    show_default=True,
    metavar="|".join(PROVIDERS),
    help="Which tool.",
)
@click.option("--agent-name", metavar="NAME", help="What to call it; else the recipe says it.")
@click.option("--agent-id", metavar="ID", help="Its id; by default made from its name.")
@click.option("--session-name", metavar="NAME", help="Name of its tmux session.")
@click.option("--headless", is_flag=True, help="Run it turn by turn, without a screen.")
@click.option("--yolo", is_flag=True, help="Do not ask whether the tool may be trusted.")
@click.option("--runtime-root", type=_FOLDER, help="Below this folder home and session are kept.")
@definitions_option
def launch(**options: Any) -> None:
    """Build a recipe and start it as an agent in a tmux session of its own.

    From a terminal it attaches to that session; otherwise it prints how to.
    """
    started, settings = launched(**options)
    warn(started.warnings)
    hand_over(started, settings)


def launched(
    *,
    yolo: bool,
    headless: bool,
    runtime_root: Path | None,
    agent_def_dir: Path | None,
    **known: Any,
) -> tuple[Started, Settings]:
    """Launch what the options say. Raises HoumaoError, Conflict when the person says no."""
    if headless:
        raise UsageError(
            "headless agents are launched by the server, which runs their turns: leave --headless "
            "out to run the agent with its screen in tmux"
        )
    cwd = Path.cwd()
    definitions = config.agent_def_dir(agent_def_dir, cwd=cwd).resolve()
    order = LaunchOrder(definitions=definitions, working_directory=cwd, **known)
    check(order)
    if not yolo and sys.stdin.isatty():
        _ask_for_trust(order)
    settings = config.load(runtime_root=runtime_root)
    return launch_agent(order, settings, config.environment(), new_birth()), settings


def _ask_for_trust(order: LaunchOrder) -> None:
    click.echo(
        f"{order.provider} will be trusted to read, write and run things in "
        f"{order.working_directory}; --yolo leaves this question out.",
        err=True,
    )
    if not click.confirm("Launch it?", default=True, err=True):
        raise Conflict("the launch was cancelled")


def hand_over(started: Started, settings: Settings) -> None:
    """Print what was launched, then become tmux when a person sits at a terminal."""
    attach = attach_argv(started, settings)
    for line in launch_lines(started):
        click.echo(line)
    if sys.stdin.isatty() and sys.stdout.isatty():
        os.execvp(attach[0], attach)
    click.echo("terminal_handoff=skipped_non_interactive")
    click.echo(f"attach_command={shlex.join(attach)}")


def launch_lines(started: Started) -> Iterator[str]:
    """A heading, then `name=value` lines that scripts may read, too."""
    record = started.record
    yield f"launched {record.agent_name}"
    yield f"agent_name={record.agent_name}"
    yield f"agent_id={record.agent_id}"
    yield f"tmux_session_name={record.session_name}"
    yield f"manifest_path={record.manifest_path}"


def attach_argv(started: Started, settings: Settings) -> tuple[str, ...]:
    """The command that shows the agent to a person."""
    socket = TmuxAddress(settings.tmux_socket).arguments[2:] if settings.tmux_socket else ()
    return ("tmux", *socket, "attach-session", "-t", started.record.session_name)


@click.command(epilog=examples("houmao-mgr agents relaunch gpu", "houmao-mgr agents relaunch"))
@agent_options(required=False)
@click.pass_context
def relaunch(ctx: click.Context, who: Reference | None) -> None:
    """Start an agent's tool anew in its pane: same home, session and name, a new conversation.

    Without AGENT the agent of the tmux session around this command is meant.
    """
    settings, environ = config.load(), config.environment()
    target = find(who.text, settings) if who else current(settings, environ)
    report(ctx, start_again(target, environ, clock.now()))
