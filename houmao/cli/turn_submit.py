"""`houmao-mgr agents turn submit`: give headless agents a prompt."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from houmao import clock
from houmao.cli.http import Answer, Server
from houmao.cli.lazy import examples
from houmao.cli.options import Command, Reference, json_option, server_options
from houmao.cli.output import Output, plain
from houmao.cli.prompt import standard_input
from houmao.cli.turn_events import tell_events
from houmao.cli.turn_status import ended, tell_fan_out
from houmao.cli.turn_words import fan_out_lines, verdict_line
from houmao.cli.turns import judge, read_turns, turn_path
from houmao.errors import UsageError

#: Seconds the server may need until hundreds of hosts and agents have taken their turns.
PATIENCE = 120.0


def _agents_options(command: Command) -> Command:
    """Add `[AGENT]...`, `--agent-name`, `--agent-id` and `--all`."""
    for option in (
        click.option("--all", "everyone", is_flag=True, help="Every headless agent."),
        click.option("--agent-id", "ids", multiple=True, metavar="ID", help="An agent's id."),
        click.option("--agent-name", "names", multiple=True, metavar="NAME", help="Its name."),
        click.argument("agents", nargs=-1, metavar="[AGENT]..."),
    ):
        command = option(command)
    return command


@click.command(
    epilog=examples(
        'houmao-mgr agents turn submit rev --prompt "Review the latest commit" --wait',
        "houmao-mgr agents turn submit rev --wait --json < task.md | jq -r .answer",
        'houmao-mgr agents turn submit rev gpu --prompt "Pull and run the tests" --wait',
        'houmao-mgr agents turn submit --all --prompt "What are you doing?" --time-limit 120',
    )
)
@_agents_options
@click.option("--prompt", "text", metavar="TEXT", help="The prompt; else standard input is read.")
@click.option(
    "--time-limit",
    "limit",
    type=click.IntRange(1, 86_400),
    metavar="SECONDS",
    help="End the turn after so long; by default the server says when.",
)
@click.option("--wait", is_flag=True, help="Show the turn, or all of them, until the end.")
@server_options
@json_option
def submit(server: Server, output: Output, wait: bool, **asked: Any) -> None:
    """Give a headless agent a prompt, or many agents the same one; the server runs the turns.

    An agent has one turn at a time: while one runs, another is refused. Several agents, or
    --all, make a fan-out, whose one id tells of all its turns. With --wait exit 0 only when
    every turn completed; Ctrl-C leaves them running.
    """
    who, body = _asked(**asked)
    if len(who) == 1:
        _one(server, output, who[0], body, wait=wait)
    else:
        _many(server, output, who, body, wait=wait)


def _asked(
    *,
    agents: tuple[str, ...],
    names: tuple[str, ...],
    ids: tuple[str, ...],
    everyone: bool,
    text: str | None,
    limit: int | None,
) -> tuple[list[Reference], dict[str, object]]:
    """Who is asked, nobody for all, and what. Raises UsageError."""
    kinds = (("either", agents), ("name", names), ("id", ids))
    who = [Reference(each, kind) for kind, given in kinds for each in given]
    if everyone == bool(who):
        raise UsageError("which agents? name one or more, or say --all")
    prompt = text if text is not None else standard_input()
    return who, {"prompt": prompt, "limit_seconds": limit}


def _one(server: Server, output: Output, who: Reference, body: Answer, *, wait: bool) -> None:
    agent = read_turns(server, who, limit=0)
    taken = server.post("houmao", "agents", str(agent["tracked_agent_id"]), "turns", body=body)
    name, turn_id = plain(agent["agent_name"]), taken["turn_id"]
    if not wait:
        output.write(
            taken,
            [
                f"turn {turn_id} of {name} runs; see it with "
                f"`houmao-mgr agents turn events {name} {turn_id} --follow`"
            ],
        )
        return
    with _leaving(f"houmao-mgr agents turn events {name} {turn_id} --follow"):
        path = turn_path(agent, turn_id)
        if not output.as_json:
            tell_events(server, output, path)
        found = ended(server, output, path)
    if output.as_json:
        output.write(found, [])
    judge(found)
    output.write(found, [verdict_line(found, clock.now())])


def _many(
    server: Server, output: Output, who: list[Reference], body: Answer, *, wait: bool
) -> None:
    # Every name is looked up before anybody is asked: one that is wrong asks nobody.
    agents = [read_turns(server, each, limit=0)["tracked_agent_id"] for each in who]
    whom = {"agent_refs": agents} if agents else {"all": True}
    server.timeout_seconds = max(server.timeout_seconds, PATIENCE)
    taken = server.post("houmao", "fan-outs", body={**body, **whom})
    if not wait:
        output.write(taken, _taken_lines(taken))
        return
    with _leaving(f"houmao-mgr agents turn status {taken['fan_out_id']} --wait"):
        tell_fan_out(server, output, taken["fan_out_id"], wait=True)


def _taken_lines(taken: Answer) -> Iterator[str]:
    yield from fan_out_lines(taken)
    how = f"houmao-mgr agents turn status {taken['fan_out_id']} --wait"
    yield f"see how they end with `{how}`"


@contextmanager
def _leaving(how: str) -> Iterator[None]:
    """On Ctrl-C say that nothing ends, and how to look again."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"\nit goes on without you; look at it again with `{how}`", err=True)
        raise click.Abort from None
