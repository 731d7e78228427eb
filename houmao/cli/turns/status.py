"""`houmao-mgr agents turn status`: how a turn, or a whole fan-out, goes or went."""

import click

from houmao import clock
from houmao.cli.client.http import Answer, Server
from houmao.cli.client.waiting import Failed, wait_callbacks, wait_for
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option, server_options
from houmao.cli.render.output import CommandOutput
from houmao.cli.turns.reference import FAN_OUT, TurnReference, judge, turn_options
from houmao.cli.turns.tables import RUNNING, count_line, fan_out_lines, fan_out_step, turn_lines

#: Seconds between two questions about a fan-out, for each of its turns.
SECONDS_EACH = 0.01


@click.command(
    epilog=examples(
        "houmao-mgr agents turn status rev                  the latest turn of rev",
        "houmao-mgr agents turn status rev 9f2c41d07b6e --wait && echo well done",
        "houmao-mgr agents turn status fan-3f2a9c1b7d60     every turn of a fan-out",
        "houmao-mgr agents turn status rev --json | jq -r .answer",
    )
)
@turn_options
@click.option("--wait", is_flag=True, help="Wait for its end; exit 0 only when it completed.")
@server_options
@json_option
def status(server: Server, output: CommandOutput, which: TurnReference, wait: bool) -> None:
    """Tell how a turn goes or went: its status and why, its time, and what the agent answered.

    In place of AGENT stands the id of a fan-out, too.
    """
    if which.turn_id is None and which.who.text.startswith(FAN_OUT):
        tell_fan_out(server, output, which.who.text, wait=wait)
    else:
        tell_turn(server, output, which.path(server), wait=wait)


def tell_turn(server: Server, output: CommandOutput, path: tuple[str, ...], *, wait: bool) -> None:
    """Print a turn. Raises Failed when it was waited for and did not complete."""
    found = ended(server, output, path) if wait else server.get(*path)
    output.write(found, turn_lines(found, clock.now()))
    if wait:
        judge(found)


def ended(server: Server, output: CommandOutput, path: tuple[str, ...]) -> Answer:
    """The turn at its end."""
    while True:
        found = wait_for(server, path, wait_callbacks(output))
        if found["status"] != "active":
            return found


def tell_fan_out(server: Server, output: CommandOutput, fan_out_id: str, *, wait: bool) -> None:
    """Print a fan-out. Raises Failed when it was waited for and not all turns completed."""
    path = ("houmao", "fan-outs", fan_out_id)
    if not wait:
        found = server.get(*path)
        output.write(found, fan_out_lines(found))
        return
    found = _all_ended(server, output, path)
    output.write(found, [count_line(found)])
    missed = [turn["agent_name"] for turn in found["turns"] if turn["status"] != "completed"]
    if missed:
        all_turns = len(found["turns"])
        raise Failed(f"{len(missed)} of {all_turns} did not complete: {', '.join(missed)}")


def _all_ended(server: Server, output: CommandOutput, path: tuple[str, ...]) -> Answer:
    """The fan-out at the end of its last turn; people are told of each that ends."""
    told: set[str] = set()
    while True:
        found = wait_for(server, path, wait_callbacks(output), ended=len(told))
        news = [
            turn
            for turn in found["turns"]
            if turn["status"] not in RUNNING and turn["tracked_agent_id"] not in told
        ]
        told |= {turn["tracked_agent_id"] for turn in news}
        if not output.as_json:
            for turn in news:
                click.echo(fan_out_step(turn))
        if found["done"]:
            return found
        # Each answer tells of every turn: with many of them, news is gathered for a moment.
        wait_callbacks(output).pause(min(1.0, len(found["turns"]) * SECONDS_EACH))
