"""Programs of the original that others have replaced."""

import sys

import click

from houmao.cli.main import main


def houmao_cli() -> None:
    """`houmao-cli`: what `houmao-mgr` does with the same words; without any, exit code 1."""
    click.echo("houmao-cli is deprecated; use houmao-mgr with the same words.", err=True)
    if len(sys.argv) < 2:
        sys.exit(1)
    main(prog_name="houmao-cli")


def houmao_cao_server() -> None:
    """`houmao-cao-server`: says what to use, exit code 2."""
    click.echo(
        "houmao-cao-server is retired; start `houmao-mgr server start`, which CAO's tools can use.",
        err=True,
    )
    sys.exit(2)
