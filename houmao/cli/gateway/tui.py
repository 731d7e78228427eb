"""`houmao-mgr agents gateway tui`: the agent's screen as its gateway tracks it."""

import time
from collections.abc import Iterator

import click

from houmao.cli.client.http import Answer
from houmao.cli.gateway.reference import GatewayReference, gateway_options
from houmao.cli.lazy_group import examples
from houmao.cli.options import standard_input
from houmao.cli.render.output import CommandOutput, card, plain


@click.group()
def tui() -> None:
    """See an agent's screen the way its gateway tracks it."""


@tui.command(epilog=examples("houmao-mgr agents gateway tui state gpu --json | jq .turn"))
@gateway_options
def state(who: GatewayReference, output: CommandOutput) -> None:
    """Tell what the screen shows and what the agent is doing."""
    found = who.call("GET", "/v1/control/tui/state")
    output.write(found, state_lines(found))


@tui.command(epilog=examples("houmao-mgr agents gateway tui history gpu --limit 10"))
@gateway_options
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
def history(who: GatewayReference, output: CommandOutput, limit: int) -> None:
    """Tell the state after each recent change, oldest first."""
    found = who.call("GET", "/v1/control/tui/history", limit=limit)
    output.write(found, _entries(found))


@tui.command(epilog=examples("houmao-mgr agents gateway tui watch gpu --interval-seconds 5"))
@gateway_options
@click.option("--interval-seconds", type=click.FloatRange(0.1), default=1.0, show_default=True)
def watch(who: GatewayReference, output: CommandOutput, interval_seconds: float) -> None:
    """Tell the state again and again, until interrupted."""
    while True:
        found = who.call("GET", "/v1/control/tui/state")
        output.write(found, state_lines(found))
        time.sleep(interval_seconds)


@tui.command("note-prompt", epilog=examples("houmao-mgr agents gateway tui note-prompt gpu < task"))
@gateway_options
@click.option("--prompt", "text", metavar="TEXT", help="What was typed; else standard input.")
def note_prompt(who: GatewayReference, output: CommandOutput, text: str | None) -> None:
    """Tell the tracker of a prompt that you typed by other means; nothing is typed."""
    prompt = standard_input() if text is None else text
    found = who.call("POST", "/v1/control/tui/note-prompt", {"prompt": prompt})
    output.write(found, state_lines(found))


def state_lines(found: Answer) -> Iterator[str]:
    """The card of a tracked state."""
    yield from card(
        [
            ("terminal", str(found["terminal_id"])),
            ("availability", str(found["diagnostics"]["availability"])),
            ("turn", str(found["turn"]["phase"])),
            ("last turn", str(found["last_turn"]["result"])),
            ("takes input", str(found["surface"]["accepting_input"])),
        ]
    )


def _entries(found: Answer) -> Iterator[str]:
    for entry in found["entries"]:
        turn, last = entry["turn"]["phase"], entry["last_turn"]["result"]
        yield plain(f"{entry['recorded_at_utc']}  {turn}  last turn {last}")
