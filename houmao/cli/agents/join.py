"""`houmao-mgr agents join`: publish the agent that already runs in a tmux session."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import click

from houmao import clock, config
from houmao.cli.client.http import Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option, server_options, warn
from houmao.cli.render.output import CommandOutput, table
from houmao.cli.watched_registry import watched_registry
from houmao.errors import UsageError
from houmao.registry.record import AgentRecord
from houmao.sessions.adopting.join import JoinRequest, check
from houmao.sessions.adopting.join import join as adopt
from houmao.sessions.adopting.join_all import PaneVerdict, join_all
from houmao.sessions.adopting.launch_options import LaunchOptions, launch_variable
from houmao.sessions.generation import Generation
from houmao.sessions.tmux_session import server_meant
from houmao.tools.catalog import NAMES


@click.command(
    epilog=examples(
        "houmao-mgr agents join",
        "houmao-mgr agents join --agent-name gpu",
        "houmao-mgr agents join --session-name work --agent-name gpu",
        "houmao-mgr agents join --pane %5",
        "houmao-mgr agents join --all --dry-run        what would be adopted, and why not the rest",
        "houmao-mgr agents join --all",
        "houmao-mgr agents join --all --socket work    on the server of `tmux -L work`",
    )
)
@click.option("--agent-name", metavar="NAME", help="What to call it; by default after its session.")
@click.option("--agent-id", metavar="ID", help="Its id; by default made from its name.")
@click.option("--provider", type=click.Choice(NAMES), help="Which tool it is.")
@click.option(
    "--session",
    "--session-name",
    "session_name",
    metavar="SESSION",
    help="Join this session, not the one around.",
)
@click.option("--pane", "pane_id", metavar="PANE", help="Join the tool in this pane, such as %5.")
@click.option("--window", metavar="WINDOW", help="Join the tool in this window; name or number.")
@click.option(
    "--socket",
    metavar="SOCKET",
    help="Look on this tmux server: its name (tmux -L) or path (tmux -S).",
)
@click.option("--all", "every", is_flag=True, help="Join every supported tool in any pane.")
@click.option("--dry-run", is_flag=True, help="With --all: only tell what would be joined.")
@click.option("--working-directory", metavar="FOLDER", help="Where it works.")
@click.option("--headless", is_flag=True, help="No tool runs yet; it will be run turn by turn.")
@click.option(
    "--launch-args", multiple=True, metavar="ARG", help="An argument the tool is run with; repeat."
)
@click.option(
    "--launch-env",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="A variable it is run with; without a value it is inherited; repeat.",
)
@click.option("--resume-id", metavar="ID", help="With --headless: `last`, or a conversation's id.")
@server_options
@json_option
def join(server: Server, output: CommandOutput, every: bool, dry_run: bool, **options: Any) -> None:
    """Adopt the agent in this tmux pane, or in another one, so that it is watched.

    Nothing in the session is touched: no window is renamed, nothing is typed or restarted. The
    agent is its pane: whatever is renamed, moved or split, it stays that agent, until its pane
    ends. The running server sees it at once; without one you are told so. Inside tmux the tmux
    server around is meant, whichever one the server watches: it watches each that holds an agent.
    """
    if every or dry_run:
        return adopt_all(server, output, every=every, dry_run=dry_run, **options)
    request = request_of(**options)
    check(request)
    watched = watched_registry(server)
    record = adopt(request, watched.settings, config.environment(), new_generation())
    warn(filter(None, [watched.warning]))
    answer = joined(record)
    output.write(answer, join_lines(answer))


def chosen_socket() -> str | None:
    """The tmux server that the caller's own variable names. Raises ConfigError."""
    return config.load().tmux_socket if config.is_chosen("TMUX_SOCKET") else None


def new_generation() -> Generation:
    """An agent that begins now."""
    return Generation(clock.now(), str(uuid4()))


def check_all(*, every: bool, other: bool) -> None:
    """Raise UsageError for options that do not fit --all."""
    if not every or other:
        raise UsageError("--all goes with --dry-run and --socket alone, and --dry-run with --all")


def adopt_all(
    server: Server,
    output: CommandOutput,
    *,
    every: bool,
    dry_run: bool,
    socket: str | None,
    **others: Any,
) -> None:
    """Adopt what runs in any pane of the tmux server that is meant, and tell of each."""
    check_all(every=every, other=any(others.values()))
    asked = socket or chosen_socket()
    watched = watched_registry(server)
    address = server_meant(asked, watched.settings.tmux_socket, config.environment())
    found = join_all(watched.settings, address, new_generation, dry_run=dry_run)
    warn(filter(None, [watched.warning]))
    output.write({"panes": [pane_answer(it) for it in found]}, all_lines(found))


def pane_answer(found: PaneVerdict) -> Mapping[str, str | None]:
    """What became of one pane."""
    pane = found.pane
    return {
        "pane_id": pane.pane_id,
        "tmux_session_name": pane.session_name,
        "window": pane.window_name,
        "outcome": found.outcome.value,
        "tool": found.tool or None,
        "agent_name": found.agent_name or None,
        "reason": found.reason or None,
    }


def all_lines(found: Sequence[PaneVerdict]) -> Iterator[str]:
    """A table of the panes, or one sentence when there is none."""
    if not found:
        yield "no pane runs on that tmux server"
        return
    rows = [
        [
            it.pane.pane_id,
            f"{it.pane.session_name}:{it.pane.window_name}",
            it.outcome.value.replace("_", " "),
            it.agent_name or it.tool or "-",
            it.reason,
        ]
        for it in found
    ]
    yield from table(("PANE", "WINDOW", "OUTCOME", "AGENT", "WHY"), rows)


def request_of(
    *,
    launch_args: tuple[str, ...],
    launch_env: tuple[str, ...],
    headless: bool,
    resume_id: str | None,
    provider: str | None,
    socket: str | None,
    **place: Any,
) -> JoinRequest:
    """The options as one value. Raises UsageError for an unusable variable."""
    variables = tuple(launch_variable(text) for text in launch_env)
    launch = LaunchOptions(headless, launch_args, variables, resume_id)
    return JoinRequest(tool=provider, launch=launch, socket=socket or chosen_socket(), **place)


def joined(record: AgentRecord) -> Mapping[str, str]:
    """What a caller wants to know of the new record."""
    headless = record.backend.endswith("_headless")
    return {
        "agent_name": record.agent_name,
        "agent_id": record.agent_id,
        "provider": record.tool,
        "backend": "headless" if headless else record.backend,
        "tmux_session_name": record.session_name,
        "manifest_path": record.manifest_path,
    }


def join_lines(answer: Mapping[str, str]) -> Iterator[str]:
    """A heading, then `name=value` lines that scripts may read, too."""
    yield f"joined {answer['agent_name']}"
    yield from (f"{name}={value}" for name, value in answer.items())
