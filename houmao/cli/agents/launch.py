"""`houmao-mgr agents launch` and `agents relaunch`: agents by recipe.

Only headless agents need a server for it.
"""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from houmao import clock, config
from houmao.cli.client.http import Answer, Server
from houmao.cli.client.waiting import Failed, WaitCallbacks, wait_callbacks, wait_for
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    mailbox_options,
    own_token,
    server_options,
    warn,
)
from houmao.cli.render.output import CommandOutput, plain
from houmao.cli.sessions.commands import definitions_option, find, new_generation, report
from houmao.config import Settings
from houmao.errors import Conflict, UsageError
from houmao.mailbox.binding import MailboxOptions
from houmao.sessions.control.operations import ControlResult
from houmao.sessions.control.relaunch import relaunch as start_again
from houmao.sessions.starting.launch import LaunchOrder, check
from houmao.sessions.starting.launch import launch as launch_agent
from houmao.sessions.starting.start import Started
from houmao.sessions.target import current
from houmao.tmux.address import TmuxAddress
from houmao.tools.catalog import DEFAULT_PROVIDER, PROVIDERS

_FOLDER = click.Path(path_type=Path, file_okay=False)
#: Seconds a server may take to start a tool anew.
RELAUNCH_SECONDS = 120.0
_BASE = ("houmao", "agents", "launches")


@click.command(
    epilog=examples(
        "houmao-mgr agents launch --agents gpu-kernel-coder --provider codex",
        "houmao-mgr agents launch --agents reviewer --agent-name second --yolo",
        "houmao-mgr agents launch --agents reviewer --headless",
    )
)
@click.option("--agents", "selector", required=True, metavar="NAME|FILE", help="Which recipe.")
@click.option(
    "--provider",
    default=DEFAULT_PROVIDER,
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
@click.option("--host", metavar="NAME", help="Launch it on that host; see `hosts list`.")
@click.option("--workdir", type=_FOLDER, help="Where it works; else here, or the host's choice.")
@mailbox_options(transport=True)
@definitions_option
@server_options
@json_option
def launch(
    server: Server,
    output: CommandOutput,
    *,
    headless: bool,
    yolo: bool,
    runtime_root: Path | None,
    host: str | None,
    **options: Any,
) -> None:
    """Build a recipe and start it as an agent in a tmux session of its own.

    From a terminal it attaches to that session; otherwise it prints how to. A headless agent has
    no screen: the server, which must run, gives it one turn at a time; see `agents turn`.
    On another host everything is taken from there: its definitions, its tools, its folders.
    """
    if host is not None:
        _check_server_keeps(runtime_root, "--host")
        output.write(*_launched(server, there(host, headless=headless, **options), output))
        return
    order = _trusted(yolo=yolo, **options)
    if headless:
        _check_server_keeps(runtime_root, "--headless")
        output.write(*_launched(server, headless_body(order), output))
    else:
        hand_over(*_started(order, runtime_root), output)


def _started(order: LaunchOrder, runtime_root: Path | None) -> tuple[Started, Settings]:
    settings = config.load(runtime_root=runtime_root)
    started = launch_agent(order, settings, config.environment(), new_generation())
    warn(started.warnings)
    return started, settings


def _trusted(*, yolo: bool, **options: Any) -> LaunchOrder:
    order = _order(**options)
    if not yolo and sys.stdin.isatty():
        _ask_for_trust(order)
    return order


def _order(*, agent_def_dir: Path | None, workdir: Path | None, **known: Any) -> LaunchOrder:
    """What is to be launched. Raises HoumaoError for what cannot be."""
    cwd = (Path.cwd() / (workdir or "")).resolve()
    definitions = config.agent_def_dir(agent_def_dir, cwd=cwd).resolve()
    order = LaunchOrder(definitions=definitions, working_directory=cwd, **known)
    check(order)
    return order


def _check_server_keeps(runtime_root: Path | None, option: str) -> None:
    if runtime_root is not None:
        raise UsageError(
            f"--runtime-root does not go with {option}: the server keeps such agents "
            "below its own; leave it out"
        )


def _ask_for_trust(order: LaunchOrder) -> None:
    click.echo(
        f"{order.provider} will be trusted to read, write and run things in "
        f"{order.working_directory}; --yolo leaves this question out.",
        err=True,
    )
    if not click.confirm("Launch it?", default=True, err=True):
        raise Conflict("the launch was cancelled")


def hand_over(started: Started, settings: Settings, output: CommandOutput) -> None:
    """Print what was launched, then become tmux when a person sits at a terminal."""
    attach = attach_argv(started, settings)
    at_a_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not output.as_json
    told = launch_facts(started)
    if not at_a_terminal:
        told["terminal_handoff"] = "skipped_non_interactive"
        told["attach_command"] = shlex.join(attach)
    heading = f"launched {started.record.agent_name}"
    output.write(told, [heading, *(f"{name}={value}" for name, value in told.items())])
    if at_a_terminal:
        os.execvp(attach[0], attach)


def launch_facts(started: Started) -> dict[str, str]:
    """What scripts may want to know of a launch."""
    record = started.record
    return {
        "agent_name": record.agent_name,
        "agent_id": record.agent_id,
        "tmux_session_name": record.session_name,
        "manifest_path": str(record.manifest_path),
    }


def attach_argv(started: Started, settings: Settings) -> tuple[str, ...]:
    """The command that shows the agent to a person."""
    socket = TmuxAddress(settings.tmux_socket).arguments[2:] if settings.tmux_socket else ()
    return ("tmux", *socket, "attach-session", "-t", started.record.session_name)


@click.command(epilog=examples("houmao-mgr agents relaunch gpu", "houmao-mgr agents relaunch"))
@agent_options(required=False)
@click.option("--port", type=click.IntRange(1, 65535), help="Have `houmao-server` there do it.")
@click.pass_context
def relaunch(ctx: click.Context, who: AgentReference | None, port: int | None) -> None:
    """Start an agent's tool anew in its pane: same home, session and name, a new conversation.

    Without AGENT the agent of the tmux session around this command is meant.
    """
    if port is not None:
        _relaunch_through(ctx, who, port)
        return
    settings, environ = config.load(), config.environment()
    target = find(who.text, settings) if who else current(settings, environ)
    report(ctx, start_again(target, environ, clock.now()))


def _relaunch_through(ctx: click.Context, who: AgentReference | None, port: int) -> None:
    if who is None:
        raise UsageError("--port asks a server, which needs to know the agent; name it")
    with closing(Server(port, RELAUNCH_SECONDS, own_token())) as server:
        told = server.post("houmao", "agents", who.text, "relaunch")
    report(ctx, ControlResult("ok", "relaunch", str(told["detail"])))


def headless_body(order: LaunchOrder) -> dict[str, object]:
    """What the server is asked for when it is to run the agent turn by turn."""
    return {
        "agents": str(order.selector),
        "provider": order.provider,
        "agent_name": order.agent_name,
        "agent_id": order.agent_id,
        "session_name": order.session_name,
        "working_directory": str(order.working_directory),
        "agent_def_dir": str(order.definitions),
        "headless": True,
        "mailbox": mailbox_body(order.mailbox),
    }


def there(
    host: str,
    *,
    selector: str,
    agent_def_dir: Path | None,
    workdir: Path | None,
    mailbox: MailboxOptions,
    **known: object,
) -> dict[str, object]:
    """The same for another host. Folders are that host's. Raises UsageError for relative ones."""
    folders = {"agent_def_dir": agent_def_dir, "working_directory": workdir}
    for name, folder in folders.items():
        if folder is not None and not folder.is_absolute():
            raise UsageError(f"{name} is a folder of host {host}; write it in full, not {folder}")
    told = {name: str(folder) for name, folder in folders.items() if folder}
    return {"host": host, "agents": selector, "mailbox": mailbox_body(mailbox), **told, **known}


def _launched(
    server: Server, wanted: dict[str, object], output: CommandOutput
) -> tuple[Answer, list[str]]:
    found = launch_by_server(server, wanted, wait_callbacks(output))
    return found, list(launched_lines(found))


def launch_by_server(server: Server, wanted: dict[str, object], callbacks: WaitCallbacks) -> Answer:
    """The launch at its end. Raises Failed when there is no agent, and what `Server.get` raises."""
    found = server.post(*_BASE, body={name: value for name, value in wanted.items() if value})
    while found["outcome"] is None:
        callbacks.tell(found["detail"])
        found = wait_for(server, (*_BASE, found["launch_id"]), callbacks)
    if found["outcome"] != "launched":
        raise Failed(f"{found['outcome']}: {found['detail']}")
    return found


def mailbox_body(said: MailboxOptions) -> dict[str, str]:
    """What was said of the mailbox, as a launch's body has it."""
    told = {
        "transport": said.transport,
        "filesystem_root": str(said.root) if said.root else None,
        "principal_id": said.principal_id,
        "address": said.address,
    }
    return {name: value for name, value in told.items() if value}


def launched_lines(found: Answer) -> Iterator[str]:
    """A heading, then `name=value` lines that scripts may read, too, and what to do next."""
    name = plain(found["agent_name"])
    yield f"launched {name}"
    for field in ("agent_name", "agent_id", "tracked_agent_id", "host", "tmux_session_name"):
        if found.get(field):
            yield f"{field}={plain(found[field])}"
    yield f"manifest_path={plain(found['manifest_path'])}"
    ask = "turn submit" if found["tracked_agent_id"] else "prompt"
    yield f'next_command=houmao-mgr agents {ask} {name} --prompt "..." --wait'
