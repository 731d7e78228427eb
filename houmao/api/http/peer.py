"""Whose program is at the other end of a loopback connection, as the kernel has it.

A TCP socket on loopback has both ends on this machine, and Linux lists the owner of each. Who
may do what is not decided here.
"""

import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
#: The owner of an end that is in no table any more: nobody whom anything is owed.
GONE = -1
#: Columns of a row: local address, remote address, the owner's user id.
_LOCAL, _REMOTE, _OWNER = 1, 2, 7


def owner(peer: tuple[str, int], here: tuple[str, int]) -> int | None:
    """The user id that owns the peer's end; GONE when it has left; None where nothing tells.

    `peer` and `here` are address and port of the two ends, as this side sees them.
    """
    ends = [f"{_spelled(host)}:{port:04X}" for host, port in (peer, here)]
    tables = [rows for rows in map(_rows, _TABLES) if rows is not None]
    found = (
        int(row[_OWNER]) for rows in tables for row in rows if row[_LOCAL : _REMOTE + 1] == ends
    )
    return next(found, GONE if tables else None)


def asker() -> Callable[[Mapping[str, Any]], int | None]:
    """Tells the owner of a request's peer from its WSGI environment; asks once a connection.

    None for a request that came over no connection of the servers we use, too.
    """
    known: WeakKeyDictionary[socket.socket, int | None] = WeakKeyDictionary()

    def ask(environ: Mapping[str, Any]) -> int | None:
        connection = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
        if not isinstance(connection, socket.socket):
            return None
        if connection not in known:
            known[connection] = owner(connection.getpeername()[:2], connection.getsockname()[:2])
        return known[connection]

    return ask


def _rows(table: Path) -> list[list[str]] | None:
    try:
        return [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return None


def _spelled(host: str) -> str:
    """An address as the tables spell it: words of four bytes, each in the machine's order."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    packed = socket.inet_pton(family, host)
    words = (packed[place : place + 4] for place in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
