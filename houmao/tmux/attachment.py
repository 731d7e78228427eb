"""How a control client comes to a tmux server and leaves it, without a danger for what runs there.

tmux's own client says with its first message that it is a control client, and the server makes it
one at the last. A server before 3.7 writes to a client of the first kind as to one of the second: a
session that anybody makes in between ends it, and all of its user's programs. To such a server we
send the same messages ourselves, those two in one piece; to others tmux's own client goes.
"""

import os
import re
import socket
import struct
import subprocess
from array import array
from contextlib import suppress
from enum import IntEnum
from select import select
from typing import Protocol

from houmao import config
from houmao.errors import TmuxError, TmuxSilent
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run

#: Seconds tmux may take for a command here; a healthy server needs milliseconds.
REPLY_TIMEOUT = 2.0
#: The first versions whose servers are not in danger any more.
_SAFE_VERSION = (3, 7)
#: Of tmux's private protocol, which has had this number since tmux 2.1.
_PROTOCOL = 8
#: Kind, length with the header, flags, protocol and process of a message.
_HEADER = struct.Struct("=IHHII")
_HAS_DESCRIPTOR = 1
_CONTROL, _UTF8 = 0x2000, 0x10000


class _Kind(IntEnum):
    """Messages of tmux's protocol, as far as they are needed here."""

    TERM = 101
    TTYNAME = 102
    STDIN = 104
    DONE = 106
    CLIENT_PID = 107
    CWD = 108
    FEATURES = 109
    STDOUT = 110
    FLAGS = 111
    COMMAND = 200
    DETACH = 201
    DETACH_KILL = 202
    EXIT = 203
    SHUTDOWN = 210


_ENDS = frozenset({_Kind.DETACH, _Kind.DETACH_KILL, _Kind.EXIT, _Kind.SHUTDOWN})


def _silent() -> TmuxSilent:
    return TmuxSilent(f"tmux did not answer within {REPLY_TIMEOUT:g} s")


class NotUnderstood(TmuxError):
    """The server frames its messages otherwise, as tmux 3.7 and later do."""


class ControlAttachment(Protocol):
    """An attached control client: commands go into one descriptor, replies come out of another."""

    @property
    def pid(self) -> int:
        """The client's process."""

    @property
    def inlet(self) -> int:
        """Where commands are written."""

    @property
    def outlet(self) -> int:
        """Where replies and notices are read."""

    @property
    def signals(self) -> tuple[int, ...]:
        """Descriptors that tell by being readable that there is something to `hear`."""

    def hear(self) -> None:
        """Take in what the server says beside replies. Raises TmuxError at its good-bye."""

    def close(self) -> None:
        """Leave; the server stays."""


def attach(address: TmuxAddress, *command: str) -> ControlAttachment:
    """A control client whose first command is that one. Raises TmuxError without a server."""
    version = run(address, "display-message", "-p", "#{version}", timeout=REPLY_TIMEOUT)
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if numbers < _SAFE_VERSION:
        with suppress(NotUnderstood):
            return OwnClient(address, command)
    return TmuxClient(address, command)


def wait_for_end(attachment: ControlAttachment) -> None:
    """Until the server has let the client go, or has kept it for too long."""
    with suppress(TmuxError):
        watched = [attachment.outlet, *attachment.signals]
        while ready := select(watched, [], [], REPLY_TIMEOUT)[0]:
            if attachment.outlet not in ready:
                attachment.hear()
            elif not os.read(attachment.outlet, 1 << 16):
                return


class TmuxClient:
    """tmux's own program."""

    signals = ()

    def __init__(self, address: TmuxAddress, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(
            [*address.arguments, "-C", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.pid = self._process.pid
        self.inlet = self._process.stdin.fileno()
        self.outlet = self._process.stdout.fileno()

    def hear(self) -> None:
        """Its end is that of its output."""

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.terminate()
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class OwnClient:
    """Two pipes and a socket of our own."""

    def __init__(self, address: TmuxAddress, command: tuple[str, ...]) -> None:
        self.pid = os.getpid()
        self._socket = socket.socket(socket.AF_UNIX)
        self._rest = b""
        inside_in, self.inlet = os.pipe()
        self.outlet, inside_out = os.pipe()
        try:
            self._socket.settimeout(REPLY_TIMEOUT)
            self._socket.connect(str(address.path(config.environment())))
            self._introduce(inside_in, inside_out, command)
            self._await_word()
        except TmuxError:
            self.close()
            raise
        except TimeoutError as error:
            self.close()
            raise _silent() from error
        except ConnectionError as error:
            self.close()
            raise NotUnderstood(f"tmux cannot be reached: {error.strerror}") from error
        except OSError as error:
            self.close()
            raise TmuxError(f"tmux cannot be reached: {error.strerror}") from error
        finally:
            os.close(inside_in)
            os.close(inside_out)

    @property
    def signals(self) -> tuple[int, ...]:
        return (self._socket.fileno(),)

    def _introduce(self, inlet: int, outlet: int, command: tuple[str, ...]) -> None:
        words = b"".join(os.fsencode(word) + b"\0" for word in command)
        self._socket.sendall(
            self._message(_Kind.TERM, b"dumb\0")
            + self._message(_Kind.FEATURES, struct.pack("=i", 0))
            + self._message(_Kind.TTYNAME, b"\0")
            + self._message(_Kind.CWD, b"/\0")
            + self._message(_Kind.CLIENT_PID, struct.pack("=i", self.pid))
        )
        self._hand_over(_Kind.STDIN, inlet)
        self._hand_over(_Kind.STDOUT, outlet)
        # In one piece, or a session that is made in between ends the server.
        self._socket.sendall(
            self._message(_Kind.FLAGS, struct.pack("=Q", _CONTROL | _UTF8))
            + self._message(_Kind.DONE)
            + self._message(_Kind.COMMAND, struct.pack("=i", len(command)) + words)
        )

    def _await_word(self) -> None:
        """Until the server answers by our pipe, unless it lets us go without a word."""
        watched = [self.outlet, self._socket.fileno()]
        while self.outlet not in (ready := select(watched, [], [], REPLY_TIMEOUT)[0]):
            if not ready:
                raise _silent()
            try:
                self.hear()
            except TmuxError as error:
                raise NotUnderstood(error.message) from error

    def _hand_over(self, kind: _Kind, descriptor: int) -> None:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [descriptor]))
        self._socket.sendmsg([self._message(kind, flags=_HAS_DESCRIPTOR)], [rights])

    def _message(self, kind: _Kind, data: bytes = b"", flags: int = 0) -> bytes:
        return _HEADER.pack(kind, _HEADER.size + len(data), flags, _PROTOCOL, self.pid) + data

    def hear(self) -> None:
        try:
            data = self._socket.recv(1 << 16)
        except OSError as error:
            raise TmuxError("the connection to tmux ended") from error
        self._rest += data
        if not data or not _ENDS.isdisjoint(self._kinds()):
            raise TmuxError("the connection to tmux ended")

    def _kinds(self) -> list[int]:
        """Of the messages that are there as a whole."""
        found = []
        while len(self._rest) >= _HEADER.size:
            kind, length, *_ = _HEADER.unpack_from(self._rest)
            if len(self._rest) < length:
                break
            found.append(kind)
            self._rest = self._rest[max(length, _HEADER.size) :]
        return found

    def close(self) -> None:
        self._socket.close()
        os.close(self.inlet)
        os.close(self.outlet)
