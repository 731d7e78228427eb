"""`houmao-mgr demo`: options for `houmao.demo`, nothing else."""

import click

from houmao import config
from houmao.cli.lazy_group import examples


@click.command(
    epilog=examples(
        "houmao-mgr demo                     until Ctrl-C",
        "houmao-mgr demo --seconds 30",
        "houmao-mgr demo --keep              leave the agents, to try other commands on them",
    )
)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="End after so long.")
@click.option("--keep", is_flag=True, help="End at once and leave everything running.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="Port of the server.")
def demo(seconds: float | None, keep: bool, port: int | None) -> None:
    """Watch a few stub agents at work, without having any agent.

    They look like Claude Code, Codex and Gemini CLI but call nothing and nobody. They join the
    server that runs; without one a private one is started and removed again.
    """
    # Imported here: the help of `houmao-mgr` must not wait for Redis' client.
    from houmao.demo.run import DemoOptions
    from houmao.demo.run import demo as run_demo

    run_demo(config.load(port=port), DemoOptions(seconds, keep), click.echo)
