"""How a person sees that a command waits, and how they leave it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from houmao.cli.asking import Edge
from houmao.cli.http import Answer
from houmao.cli.output import Output, plain


def edge(output: Output) -> Edge:
    """Progress goes to standard error, and only to people."""

    def tell(sentence: str) -> None:
        if not output.as_json:
            click.echo(plain(sentence), err=True)

    return Edge(tell, time.sleep)


@contextmanager
def interruptible(request: Answer) -> Iterator[None]:
    """On Ctrl-C say that the request goes on and how to withdraw it."""
    try:
        yield
    except KeyboardInterrupt:
        name, request_id = request["agent_name"], request["request_id"]
        click.echo(
            f"\nthe request goes on without you; withdraw it with "
            f"`houmao-mgr agents requests {name} --cancel {request_id}`",
            err=True,
        )
        raise click.Abort from None
