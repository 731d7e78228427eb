"""`houmao-mgr hosts`: which machines share this server's Redis, what each holds, forgetting one."""

from collections.abc import Iterator

import click

from houmao import clock
from houmao.cli.client.http import Answer, Server
from houmao.cli.lazy_group import LazyGroup, examples
from houmao.cli.options import json_option, server_options
from houmao.cli.render.output import CommandOutput, Word, age, card, table

_COLUMNS = ("HOST", "WATCHED", "HEARD OF", "AGENTS", "VERSION", "MACHINE")


@click.group(
    cls=LazyGroup,
    paths={
        "list": "houmao.cli.hosts:list_hosts",
        "show": "houmao.cli.hosts:show_host",
        "forget": "houmao.cli.hosts:forget_host",
    },
)
def hosts() -> None:
    """See the hosts that share this server's Redis, and forget one that is gone for good."""


@click.command("list", epilog=examples("houmao-mgr hosts list", "houmao-mgr hosts list --json"))
@server_options
@json_option
def list_hosts(server: Server, output: CommandOutput) -> None:
    """List every host, whether its agents are being watched, and when it was heard of last."""
    answer = server.get("houmao", "hosts")
    rows = [_row(it, clock.now()) for it in answer["hosts"]]
    lines = table(_COLUMNS, rows) if rows else ["no host has reported yet"]
    output.write(answer, [*lines, *_lost(answer)])


@click.command("show", epilog=examples("houmao-mgr hosts show south"))
@click.argument("name")
@server_options
@json_option
def show_host(server: Server, output: CommandOutput, name: str) -> None:
    """Show what is held of one host: what `hosts forget` would take away."""
    answer = server.get("houmao", "hosts", name)
    output.write(answer, _card(answer))


@click.command("forget", epilog=examples("houmao-mgr hosts forget south"))
@click.argument("name")
@server_options
@json_option
def forget_host(server: Server, output: CommandOutput, name: str) -> None:
    """Forget a host that will not return; one that is alive is refused.

    Its agents leave every list and their names are free. Nothing on its own disk is touched:
    should it return after all, it tells its agents again.
    """
    answer = server.delete("houmao", "hosts", name)
    output.write(answer, [f"host {name} is forgotten; it held:", *_card(answer)])


def _lost(answer: Answer) -> Iterator[str]:
    names = ", ".join(it["host"] for it in answer["hosts"] if it.get("lost"))
    if names:
        yield f"not heard of since Redis lost its data: {names}; its agents are as remembered here"


def _row(found: Answer, now: float) -> list[Word | str]:
    watched = Word("yes", "green") if found["watched"] else Word("no", "red")
    heard = age(found["heartbeat_at"], now) if found["heartbeat_at"] else "never"
    more = [str(found["agents"]), found["version"] or "-", found["machine"] or "-"]
    return [found["host"], watched, heard, *more]


def _card(found: Answer) -> list[str]:
    return card(
        (
            ("host", found["host"]),
            ("watched", "yes" if found["watched"] else "no"),
            ("heard of", found["heartbeat_at"] or "never"),
            ("in Redis", "no: it has lost its data since" if found.get("lost") else "yes"),
            ("machine", found["machine"] or "-"),
            ("version", found["version"] or "-"),
            ("agents", ", ".join(found["agent_names"]) or "none"),
            ("headless agents", ", ".join(found["headless_agents"]) or "none"),
            ("terminals", ", ".join(found["terminals"]) or "none"),
        )
    )
