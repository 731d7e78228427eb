"""Whose program is at the other end of a loopback connection, as the kernel has it.

A TCP socket on loopback has both ends on this machine, and Linux knows the owner of each. It is
asked for that one socket, which takes a hundredth of a millisecond; where it does not say, its
tables of all sockets are read, which takes several. Who may do what is not decided here.
"""

import socket
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
#: The owner of an end that is in no table any more: nobody whom anything is owed.
GONE = -1
#: Columns of a row: local address, remote address, the owner's user id, and the file behind it:
#: none, 0, once no process has it open, and then the owner is told as 0, too.
_LOCAL, _REMOTE, _OWNER, _INODE = 1, 2, 7, 9

#: Of the kernel's interface to its sockets: the family of messages, the question and its answer,
#: the refusal, a flag that says that this is a question, and where in the answer the owner stands.
_NETLINK_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY, _NLMSG_ERROR, _NLM_F_REQUEST = 4, 20, 2, 1
_UID_AT, _ERROR_AT, _GONE_ERRNO = 80, 16, 2
_ANY_STATE, _NO_COOKIE, _ASK_SECONDS = 0xFFFFFFFF, b"\xff" * 8, 1.0


def owner(peer: tuple[str, int], here: tuple[str, int]) -> int | None:
    """The user id that owns the peer's end; GONE when it has left; None where nothing tells.

    `peer` and `here` are address and port of the two ends, as this side sees them.
    """
    if "." in peer[0] and ":" not in peer[0] and (asked := _asked(peer, here)) is not None:
        return asked
    ends = [f"{_spelled(host)}:{port:04X}" for host, port in (peer, here)]
    told = False
    # The kernel takes milliseconds to write a table: the second is read only where it is needed.
    for rows in map(_rows, _TABLES):
        for row in rows or ():
            if row[_LOCAL : _REMOTE + 1] == ends:
                return int(row[_OWNER]) if int(row[_INODE]) else GONE
        told = told or rows is not None
    return GONE if told else None


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


def _asked(peer: tuple[str, int], here: tuple[str, int]) -> int | None:
    """The owner of the peer's end of an IPv4 connection; None where the kernel does not say."""
    address = [socket.inet_aton(host).ljust(16, b"\0") for host, _ in (peer, here)]
    ports = struct.pack(">HH", peer[1], here[1])
    which = ports + b"".join(address) + struct.pack("=I", 0) + _NO_COOKIE
    asked = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, _ANY_STATE) + which
    head = struct.pack("=IHHII", 16 + len(asked), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(_ASK_SECONDS)
            kernel.send(head + asked)
            told = kernel.recv(8192)
        (kind,) = struct.unpack_from("=H", told, 4)
        if kind == _NLMSG_ERROR:
            return GONE if struct.unpack_from("=i", told, _ERROR_AT)[0] == -_GONE_ERRNO else None
        uid, inode = struct.unpack_from("=II", told, _UID_AT)
        return int(uid) if inode else GONE
    except (AttributeError, OSError, struct.error):
        return None


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
