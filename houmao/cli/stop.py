"""`houmao-mgr agents stop`: end an agent and its session."""

import click

from houmao.cli.headless import agent_id_of
from houmao.cli.http import Server, Unreachable
from houmao.cli.lazy import examples
from houmao.cli.options import Reference, agent_options, json_option, server_options
from houmao.cli.output import Output, plain

#: Seconds the server may need, since processes get time to end by themselves.
PATIENCE = 15.0


@click.command(epilog=examples("houmao-mgr agents stop gpu", "houmao-mgr agents stop gpu --json"))
@agent_options()
@server_options
@json_option
def stop(server: Server, output: Output, who: Reference) -> None:
    """End an agent: its tmux session, every process in it, and its registry record.

    When something of it lives on, the record stays, and that is an error. Without a server an
    agent of this machine is ended from here.
    """
    server.timeout_seconds = max(server.timeout_seconds, PATIENCE)
    try:
        agent_id = agent_id_of(server, who)
    except Unreachable as away:
        _alone(output, who, away)
        return
    answer = server.post("houmao", "agents", agent_id, "stop")
    output.write(answer, [f"{plain(answer['agent_name'])}: {plain(answer['detail'])}"])


def _alone(output: Output, who: Reference, away: Unreachable) -> None:
    # Imported here: what looks at screens costs start-up time that others must not pay.
    from houmao.cli.alone import stop_agent

    stop_agent(output, who, away)
