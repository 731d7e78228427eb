"""Whether keys wait in a pane's terminal that its program has not read yet.

A program that is behind shows nothing of them: what is typed then comes behind them.
"""

import fcntl
import os
import struct
import termios
from contextlib import suppress

_COUNT = struct.Struct("i")


def has_unread_keys(tty: str) -> bool:
    """Whether the terminal holds keys that nobody has read; False when nobody can tell."""
    with suppress(OSError):
        terminal = os.open(tty, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            waiting = fcntl.ioctl(terminal, termios.FIONREAD, bytes(_COUNT.size))
        finally:
            os.close(terminal)
        return bool(_COUNT.unpack(waiting)[0] > 0)
    return False
