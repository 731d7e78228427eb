"""How a command waits for the server: what it tells meanwhile, and which outages it sits out."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import click

from houmao.cli.client.http import Answer, Refused, Server, Unreachable
from houmao.cli.render.output import CommandOutput, plain
from houmao.errors import HoumaoError

#: Seconds before the next question when the server cannot answer one.
PAUSE_SECONDS = 1.0


#: Seconds one question waits at the server.
SLICE_SECONDS = 20.0

_AWAY = 503


class Failed(HoumaoError):
    """The request ended, or its turn did, but not as it was meant to."""


@dataclass(frozen=True, slots=True)
class WaitCallbacks:
    """What waiting needs of the world beside the server."""

    #: Takes one sentence whenever there is another one to tell.
    tell: Callable[[str], None]
    #: Waits so many seconds.
    pause: Callable[[float], None]


def wait_for(
    server: Server, path: tuple[str, ...], callbacks: WaitCallbacks, **query: object
) -> Answer:
    """The answer once there is something new, or after a while. Raises what no waiting heals."""
    told = False
    while True:
        seconds = min(SLICE_SECONDS, server.timeout_seconds / 2)
        try:
            return server.get(*path, wait=f"{seconds:g}", **query)
        except (Unreachable, Refused) as error:
            if isinstance(error, Refused) and error.status != _AWAY:
                raise
            if not told:
                callbacks.tell(f"{error.message} (it goes on; trying until it can be asked for)")
            told = True
        callbacks.pause(PAUSE_SECONDS)


def wait_callbacks(output: CommandOutput) -> WaitCallbacks:
    """Progress goes to standard error, and only to people."""

    def tell(sentence: str) -> None:
        if not output.as_json:
            click.echo(plain(sentence), err=True)

    return WaitCallbacks(tell, time.sleep)
