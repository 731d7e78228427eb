"""`houmao-mgr agents answer`: an agent's last answer as its tool wrote it down."""

import sys

import click

from houmao.cli.client.http import Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    read_agent,
    server_options,
)
from houmao.cli.render.output import CommandOutput, plain
from houmao.errors import NotFound


@click.command(
    epilog=examples(
        "houmao-mgr agents answer gpu",
        "houmao-mgr agents answer gpu > summary.md",
        "houmao-mgr agents answer gpu --json | jq -r .outcome",
    )
)
@agent_options()
@server_options
@json_option
def answer(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """Print an agent's last answer, exactly as its tool wrote it down.

    It comes from the tool's own files on the agent's host and is kept nowhere else. An agent
    whose files cannot be told beyond doubt has none; the error says why.
    """
    told = read_agent(server, who, "answer")
    if told["answer"] is None and not output.as_json:
        raise NotFound(f"{told['agent_name']} has not answered yet")
    output.write(told, answer_lines(told["answer"] or ""))


def answer_lines(text: str) -> list[str]:
    """What a model wrote: as it is for a file, and for a terminal so that it obeys nothing."""
    lines = text.split("\n")
    return [plain(line) for line in lines] if sys.stdout.isatty() else lines
