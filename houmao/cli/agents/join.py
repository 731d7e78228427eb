"""`houmao-mgr agents join`: publish the agent that already runs in a tmux session."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import click

from houmao import clock, config
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput
from houmao.registry.record import AgentRecord
from houmao.sessions.adopting.join import JoinRequest
from houmao.sessions.adopting.join import join as adopt
from houmao.sessions.adopting.launch_options import LaunchOptions, launch_variable
from houmao.sessions.generation import Generation
from houmao.tools.catalog import NAMES


@click.command(
    epilog=examples(
        "houmao-mgr agents join",
        "houmao-mgr agents join --agent-name gpu",
        "houmao-mgr agents join --session-name work --agent-name gpu",
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
@json_option
def join(output: CommandOutput, **options: Any) -> None:
    """Adopt the agent in this tmux session, so that it is watched.

    Nothing in the session is touched: no window is renamed, nothing is typed or restarted. A
    running server sees the agent within a few seconds.
    """
    generation = Generation(clock.now(), str(uuid4()))
    record = adopt(request_of(**options), config.load(), config.environment(), generation)
    answer = joined(record)
    output.write(answer, join_lines(answer))


def request_of(
    *,
    launch_args: tuple[str, ...],
    launch_env: tuple[str, ...],
    headless: bool,
    resume_id: str | None,
    provider: str | None,
    **place: Any,
) -> JoinRequest:
    """The options as one value. Raises UsageError for an unusable variable."""
    variables = tuple(launch_variable(text) for text in launch_env)
    launch = LaunchOptions(headless, launch_args, variables, resume_id)
    return JoinRequest(tool=provider, launch=launch, **place)


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
