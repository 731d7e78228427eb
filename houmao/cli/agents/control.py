"""`houmao-mgr agents interrupt` and `agents stop`: end the turn that runs, or the agent."""

import click

from houmao.cli.agents.headless import agent_id_of
from houmao.cli.agents.prompt import finish
from houmao.cli.client.http import Server, Unreachable
from houmao.cli.lazy_group import examples
from houmao.cli.options import AgentReference, agent_options, json_option, server_options
from houmao.cli.render.output import CommandOutput, plain

#: Seconds the server may need, since processes get time to end by themselves.
STOP_PATIENCE = 15.0


@click.command(
    epilog=examples(
        "houmao-mgr agents interrupt gpu",
        "houmao-mgr agents interrupt gpu --json | jq -r .outcome",
    )
)
@agent_options()
@server_options
@json_option
def interrupt(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """Stop the turn that runs, and wait until it has stopped.

    Without a running turn nothing is pressed, which is no error. Prompts that wait for the
    agent stay queued. A headless agent's turn is told to end; `agents turn status --wait` waits
    for that. Without a server an agent of this machine is interrupted from here.
    """
    try:
        agent_id = agent_id_of(server, who)
    except Unreachable as away:
        _interrupt_here(output, who, away)
        return
    taken = server.post("houmao", "agents", agent_id, "interrupt")
    if "request_id" in taken:
        finish(server, output, taken, "delivery")
    else:
        output.write(taken, [f"{plain(taken['agent_name'])}: {plain(taken['detail'])}"])


def _interrupt_here(output: CommandOutput, who: AgentReference, away: Unreachable) -> None:
    # Imported here: what looks at screens costs start-up time that others must not pay.
    from houmao.cli.agents.without_server import interrupt_agent

    interrupt_agent(output, who, away)


@click.command(epilog=examples("houmao-mgr agents stop gpu", "houmao-mgr agents stop gpu --json"))
@agent_options()
@server_options
@json_option
def stop(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """End an agent: its tmux session, every process in it, and its registry record.

    When something of it lives on, the record stays, and that is an error. Without a server an
    agent of this machine is ended from here.
    """
    server.timeout_seconds = max(server.timeout_seconds, STOP_PATIENCE)
    try:
        agent_id = agent_id_of(server, who)
    except Unreachable as away:
        _stop_here(output, who, away)
        return
    answer = server.post("houmao", "agents", agent_id, "stop")
    output.write(answer, [f"{plain(answer['agent_name'])}: {plain(answer['detail'])}"])


def _stop_here(output: CommandOutput, who: AgentReference, away: Unreachable) -> None:
    # Imported here: what looks at screens costs start-up time that others must not pay.
    from houmao.cli.agents.without_server import stop_agent

    stop_agent(output, who, away)
