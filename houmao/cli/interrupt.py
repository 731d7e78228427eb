"""`houmao-mgr agents interrupt`: stop the turn that runs."""

import click

from houmao.cli.headless import agent_id_of
from houmao.cli.http import Server, Unreachable
from houmao.cli.lazy import examples
from houmao.cli.options import Reference, agent_options, json_option, server_options
from houmao.cli.output import Output, plain
from houmao.cli.prompt import finish


@click.command(
    epilog=examples(
        "houmao-mgr agents interrupt gpu",
        "houmao-mgr agents interrupt gpu --json | jq -r .outcome",
    )
)
@agent_options()
@server_options
@json_option
def interrupt(server: Server, output: Output, who: Reference) -> None:
    """Stop the turn that runs, and wait until it has stopped.

    Without a running turn nothing is pressed, which is no error. Prompts that wait for the
    agent stay queued. A headless agent's turn is told to end; `agents turn status --wait` waits
    for that. Without a server an agent of this machine is interrupted from here.
    """
    try:
        agent_id = agent_id_of(server, who)
    except Unreachable as away:
        _alone(output, who, away)
        return
    taken = server.post("houmao", "agents", agent_id, "interrupt")
    if "request_id" in taken:
        finish(server, output, taken, "delivery")
    else:
        output.write(taken, [f"{plain(taken['agent_name'])}: {plain(taken['detail'])}"])


def _alone(output: Output, who: Reference, away: Unreachable) -> None:
    # Imported here: what looks at screens costs start-up time that others must not pay.
    from houmao.cli.alone import interrupt_agent

    interrupt_agent(output, who, away)
