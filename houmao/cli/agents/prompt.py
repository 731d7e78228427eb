"""`houmao-mgr agents prompt`: type a prompt into an agent, once, as soon as it is ready."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import click

from houmao.cli.agents.answer import answer_lines
from houmao.cli.agents.batch import prompt_batch
from houmao.cli.agents.fleet_filter import fleet_filter
from houmao.cli.agents.headless import is_headless
from houmao.cli.client.http import Answer, Server, Unreachable
from houmao.cli.client.waiting import interruptible, judge, see_through, wait_callbacks
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    read_agent,
    server_options,
    standard_input,
)
from houmao.cli.render.agent_state import result_text, spaced
from houmao.cli.render.output import CommandOutput
from houmao.cli.render.ranking import FleetFilter
from houmao.cli.turns.submit import give_turn
from houmao.errors import UsageError


@click.command(
    epilog=examples(
        'houmao-mgr agents prompt gpu --prompt "run the tests"',
        "houmao-mgr agents prompt gpu --wait < task.md && git push",
        "houmao-mgr agents prompt gpu --prompt go --deadline 5 --json | jq -r .outcome",
        "houmao-mgr agents prompt gpu --prompt /compact --as-command",
        'houmao-mgr agents prompt --all --prompt "commit what you have" --wait',
        'houmao-mgr agents prompt --tool codex --cwd . --prompt "run the tests"',
    )
)
@agent_options(required=False)
@click.option("--all", "everyone", is_flag=True, help="Prompt all agents.")
@fleet_filter
@click.option("--prompt", "text", metavar="TEXT", help="What to type; else standard input is read.")
@click.option("--as-command", is_flag=True, help="TEXT is a command of the tool's own: `/name …`.")
@click.option("--wait", "until", flag_value="turn", help="Wait until the turn has ended, too.")
@click.option("--no-wait", "until", flag_value="", help="Wait for nothing but the server.")
@click.option(
    "--deadline",
    type=click.FloatRange(0, 86_400),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Give up when the agent is not ready for so long; nothing is typed then.",
)
@click.option("--idempotency-key", "key", metavar="KEY", help="Asking twice with it types once.")
@server_options
@json_option
def prompt(
    server: Server,
    output: CommandOutput,
    who: AgentReference | None,
    wanted: FleetFilter,
    until: str | None,
    **asked: Any,
) -> None:
    """Type a prompt into an agent, once, as soon as it is ready for one; or into several.

    Waits until the prompt has left the composer. Nothing is typed while a turn runs, while a
    dialog is open, while somebody's draft stands in the composer, or into a shell. Exit 0 when
    the prompt was submitted and, with --wait, its turn succeeded; else 1 and why. Without a
    server it is typed from here, for an agent of this machine.

    With --all, --state, --tool, --host or --cwd instead of AGENT all that fit are prompted, and
    told in one table; exit 0 when all went well.

    A headless agent is given a turn at once, as by `agents turn submit`; it has one at a time.
    """
    several = asked.pop("everyone") or wanted != FleetFilter()
    if several is (who is not None):
        raise UsageError("name one agent, or say which are meant: --all, --state, --tool, --cwd")
    if asked["text"] is None:
        asked["text"] = standard_input()
    point = "delivery" if until is None else until
    if who is None:
        prompt_batch(server, output, wanted, point, asked)
    else:
        _prompt_one(server, output, who, point, asked)


def _prompt_one(
    server: Server, output: CommandOutput, who: AgentReference, point: str, asked: dict[str, Any]
) -> None:
    try:
        agent = read_agent(server, who)
        # Asked for by its id: a name could mean another agent by the time the prompt arrives.
        exact = who.exact(agent)
        taken = None if is_headless(agent) else submit(server, exact, **asked)
    except Unreachable as away:
        _type_here(output, who, away, point, asked)
    else:
        if taken is not None:
            finish(server, output, taken, point)
            return
        if asked["as_command"]:
            raise UsageError("a headless agent takes no command of its tool's: drop --as-command")
        whom = AgentReference(exact, "id")
        give_turn(server, output, whom, asked["text"], asked["key"], wait=point == "turn")


def _type_here(
    output: CommandOutput,
    who: AgentReference,
    away: Unreachable,
    until: str,
    asked: Mapping[str, Any],
) -> None:
    # Nobody would type it later, nobody remembers keys, and commands are the server's business.
    if not until or asked["key"] or asked["as_command"]:
        raise away
    # Imported here: what looks at screens costs start-up time that others must not pay.
    from houmao.cli.agents import without_server

    target = without_server.target_of(who, away)
    ends, say = until == "turn", wait_callbacks(output).tell
    done = without_server.prompted(
        target, asked["text"], asked["deadline"], to_the_end=ends, say=say
    )
    _tell(output, done, until)


def submit(
    server: Server,
    agent_id: str,
    *,
    text: str,
    deadline: float,
    key: str | None,
    as_command: bool = False,
) -> Answer:
    """The request once its host has it. Raises what `Server.post` raises."""
    body = {"prompt": text, **({"as": "command"} if as_command else {})}
    path = ("houmao", "agents", agent_id, "requests")
    return server.post(*path, body=body, key=key or uuid4().hex, deadline=f"{deadline:g}")


def finish(server: Server, output: CommandOutput, taken: Answer, until: str) -> None:
    """See a request through to that point and tell how it went. Raises Failed when it went wrong.

    `until` is empty when nothing is to be waited for.
    """
    with interruptible(taken):
        found = see_through(server, taken, until, wait_callbacks(output)) if until else taken
    _tell(output, found, until)


def _tell(output: CommandOutput, found: Answer, until: str) -> None:
    if output.as_json:
        output.write(found, [])
    judge(found, until)
    if not output.as_json:
        said = found.get("answer")
        output.write(found, [*request_lines(found), *(answer_lines(said) if said else ())])


def request_lines(request: Answer) -> Iterator[str]:
    """How a request stands, in one line."""
    what = spaced(request["outcome"] or request["state"])
    turn = request["turn_result"]
    yield f"{what}: {request['detail']}" + (f"; turn {result_text(turn)}" if turn else "")
