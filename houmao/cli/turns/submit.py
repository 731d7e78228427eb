"""`houmao-mgr agents turn submit`: give headless agents a prompt."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import uuid4

import click

from houmao import clock
from houmao.cli.client.http import Answer, Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import AgentReference, Command, json_option, server_options, standard_input
from houmao.cli.render.output import CommandOutput, plain
from houmao.cli.turns.output import tell_events
from houmao.cli.turns.reference import judge, read_turns, turn_path
from houmao.cli.turns.status import ended, tell_fan_out
from houmao.cli.turns.tables import fan_out_lines, verdict_line
from houmao.errors import UsageError

#: Seconds the server may need until hundreds of hosts and agents have taken their turns.
PATIENCE = 120.0


def _agents_options(command: Command) -> Command:
    """Add `[AGENT]...`, `--agent-name`, `--agent-id` and `--all`.

    The command gets `who: tuple[AgentReference, ...]`, empty for all.
    """

    @click.argument("agents", nargs=-1, metavar="[AGENT]...")
    @click.option("--agent-name", "names", multiple=True, metavar="NAME", help="Its name.")
    @click.option("--agent-id", "ids", multiple=True, metavar="ID", help="An agent's id.")
    @click.option("--all", "everyone", is_flag=True, help="Every headless agent.")
    @wraps(command)
    def wrapper(
        *args: Any,
        agents: tuple[str, ...],
        names: tuple[str, ...],
        ids: tuple[str, ...],
        everyone: bool,
        **kwargs: Any,
    ) -> Any:
        kinds = (("either", agents), ("name", names), ("id", ids))
        who = tuple(AgentReference(each, kind) for kind, given in kinds for each in given)
        if everyone == bool(who):
            raise UsageError("which agents? name one or more, or say --all")
        return command(*args, who=who, **kwargs)

    return wrapper


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
@click.option(
    "--idempotency-key", "key", metavar="KEY", help="Asking an agent twice with it is one turn."
)
@click.option("--wait", is_flag=True, help="Show the turn, or all of them, until the end.")
@server_options
@json_option
def submit(server: Server, output: CommandOutput, wait: bool, **asked: Any) -> None:
    """Give a headless agent a prompt, or many agents the same one; the server runs the turns.

    An agent has one turn at a time: while one runs, another is refused. Several agents, or
    --all, make a fan-out, whose one id tells of all its turns. With --wait exit 0 only when
    every turn completed; Ctrl-C leaves them running.
    """
    wish = _wish(**asked)
    if len(wish.who) == 1:
        _one(server, output, wish, wait=wait)
    else:
        _many(server, output, wish, wait=wait)


@dataclass(frozen=True, slots=True)
class _Submission:
    """Who is asked, nobody for all, and what; the key makes a repeated call the same turn."""

    who: tuple[AgentReference, ...]
    body: Answer
    key: str | None


def give_turn(
    server: Server,
    output: CommandOutput,
    who: AgentReference,
    prompt: str,
    key: str | None,
    *,
    wait: bool,
) -> None:
    """Give one headless agent a prompt and tell of its turn, with `wait` until the end.

    Raises what `submit` raises, and Failed for a turn that did not complete.
    """
    wish = _Submission((who,), {"prompt": prompt, "limit_seconds": None}, key)
    _one(server, output, wish, wait=wait)


def _wish(
    *, who: tuple[AgentReference, ...], text: str | None, limit: int | None, key: str | None
) -> _Submission:
    """Raises UsageError for words that make no sense together."""
    if key is not None and len(who) != 1:
        raise UsageError("--idempotency-key goes with one agent only; leave it out")
    prompt = text if text is not None else standard_input()
    return _Submission(who, {"prompt": prompt, "limit_seconds": limit}, key)


def _one(server: Server, output: CommandOutput, wish: _Submission, *, wait: bool) -> None:
    agent = read_turns(server, wish.who[0], limit=0)
    path = ("houmao", "agents", str(agent["tracked_agent_id"]), "turns")
    taken = server.post(*path, body=wish.body, key=wish.key or uuid4().hex)
    name, turn_id = plain(agent["agent_name"]), taken["turn_id"]
    if not wait:
        output.write(
            taken,
            [
                f"turn {turn_id} of {name} is {taken['turn_status']}; see it with "
                f"`houmao-mgr agents turn events {name} {turn_id} --follow`"
            ],
        )
        return
    with _leaving(f"houmao-mgr agents turn events {name} {turn_id} --follow"):
        if not output.as_json:
            tell_events(server, output, turn_path(agent, turn_id))
        found = ended(server, output, turn_path(agent, turn_id))
    if output.as_json:
        output.write(found, [])
    judge(found)
    if not output.as_json:
        output.write(found, [verdict_line(found, clock.now())])


def _many(server: Server, output: CommandOutput, wish: _Submission, *, wait: bool) -> None:
    # Every name is looked up before anybody is asked: one that is wrong asks nobody.
    agents = [read_turns(server, each, limit=0)["tracked_agent_id"] for each in wish.who]
    whom = {"agent_refs": agents} if agents else {"all": True}
    server.timeout_seconds = max(server.timeout_seconds, PATIENCE)
    taken = server.post("houmao", "fan-outs", body={**wish.body, **whom})
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
