"""Keeps one gateway's socket, and forks what serves it while there is something to do.

The gateway is this process to everybody else. While it sleeps, nothing of the gateway is in memory
but pages that are shared with its parent, and the kernel lets callers wait for the fork that their
call causes. Knows nothing of agents and requests.
"""

import os
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

#: Exit code of a serving process that had nothing to do.
ASLEEP = 75


@dataclass(frozen=True, slots=True)
class Keeper:
    """A keeping process, as the process that it has forked sees it."""

    pid: int
    #: Descriptor to read: a byte says that the gateway is to end, its end that the keeper died.
    life: int


def keep(listener: socket.socket, serve: Callable[[Keeper], None]) -> None:
    """Have `serve` run in a process of its own, and again at each call after it fell asleep.

    Returns once it has ended otherwise, and a while after SIGTERM, which it is told of by `life`:
    also when it slept, for it has to write down that it ends.
    """
    life, hold = os.pipe()

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(hold, b".")

    signal.signal(signal.SIGTERM, end)
    while _served(serve, Keeper(os.getpid(), life), hold) == ASLEEP:
        select.select([listener.fileno(), life], [], [])


def _served(serve: Callable[[Keeper], None], keeper: Keeper, hold: int) -> int:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(hold)
        serve(keeper)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
