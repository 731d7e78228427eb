"""One kept-open control-mode connection to a tmux server: many requests, one process.

Replies are matched by the whole (time, number, flags) triple of their frame, because a pane's
text may itself contain lines such as `%end 1 2 1`. Anything unexpected raises TmuxError, after
which the connection is dead and the caller opens a new one or falls back to subprocesses.

The client attaches to a keeper session of our own, since it would end with the session it is
attached to, and without output: tmux then sends it nothing but replies and notices.
"""

import os
import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector

from houmao.errors import TmuxError, TmuxSilent
from houmao.tmux.address import TmuxAddress, require_tmux
from houmao.tmux.attachment import REPLY_TIMEOUT, attach
from houmao.tmux.keeper import ATTACH, ensure_keeper, give_back_current
from houmao.tmux.panes import KEEPER_SESSION


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer to one command: its lines, or tmux's complaint when not `ok`."""

    ok: bool
    lines: list[str]


class ReplyReader:
    """Bytes in, replies out; keeps what is not complete yet. Knows no process."""

    def __init__(self) -> None:
        self._rest = b""
        self._frame: bytes | None = None
        self._lines: list[bytes] = []
        #: Server notices since the last look, for example `%sessions-changed`.
        self.notices: list[str] = []

    def feed(self, data: bytes) -> list[Reply]:
        """Replies that the data completes, in order."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [reply for reply in map(self._line, lines) if reply]

    def _line(self, line: bytes) -> Reply | None:
        if self._frame is None:
            if line.startswith(b"%begin "):
                self._frame, self._lines = line[len(b"%begin ") :], []
            elif line.startswith(b"%"):
                self.notices.append(line.decode(errors="replace"))
            return None
        if line in (b"%end " + self._frame, b"%error " + self._frame):
            ours = self._frame.endswith(b" 1")
            self._frame = None
            return self._reply(line.startswith(b"%end ")) if ours else None
        self._lines.append(line)
        return None

    def _reply(self, ok: bool) -> Reply:
        return Reply(ok, [line.decode(errors="replace") for line in self._lines])


class ControlClient:
    """A connection. Not thread-safe: one thread owns it."""

    def __init__(self, address: TmuxAddress, clock: Callable[[], float]) -> None:
        """Attach. Raises TmuxError when no server runs at that address, or a silent one."""
        require_tmux()
        self._keeper = ensure_keeper(address, clock)
        self._clock = clock
        self._reader = ReplyReader()
        try:
            self._attachment = attach(address, *ATTACH, f"={KEEPER_SESSION}")
        except (TmuxError, OSError):
            self._let_go()
            raise
        self._ready = DefaultSelector()
        for descriptor in (self._attachment.outlet, *self._attachment.signals):
            self._ready.register(descriptor, EVENT_READ)
        os.set_blocking(self._attachment.inlet, False)
        try:
            # The first answer proves that we are attached.
            self.request(["display-message -p attached"])
            give_back_current(address)
        except TmuxError:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Process id of the tmux client."""
        return self._attachment.pid

    def fileno(self) -> int:
        """Readable when a notice waits or the server is gone."""
        return self._ready.fileno()

    def request(self, commands: Sequence[str]) -> list[Reply]:
        """Replies to the commands, one each, in order; one round trip.

        A command must not contain a newline or an unquoted semicolon. Raises TmuxError when
        the server is gone or does not answer within REPLY_TIMEOUT.
        """
        unsent = "".join(f"{command}\n" for command in commands).encode()
        replies: list[Reply] = []
        deadline = self._clock() + REPLY_TIMEOUT
        while unsent or len(replies) < len(commands):
            readable, writable = self._wait(bool(unsent), deadline - self._clock())
            if writable:
                unsent = unsent[self._write(unsent) :]
            if readable:
                replies += self._take()
        return replies

    def notices(self) -> list[str]:
        """Server notices that arrived; call when readable. Raises TmuxError when tmux is gone."""
        while self._ready.select(0):
            self._take()
        found, self._reader.notices = self._reader.notices, []
        return found

    def _wait(self, sending: bool, seconds: float) -> tuple[bool, bool]:
        writers = [self._attachment.inlet] if sending else []
        readable, writable, _ = select.select([self._ready], writers, [], max(0.0, seconds))
        if not readable and not writable:
            raise TmuxSilent(f"tmux did not answer within {REPLY_TIMEOUT:g} s")
        return bool(readable), bool(writable)

    def _write(self, data: bytes) -> int:
        try:
            return os.write(self._attachment.inlet, data)
        except OSError as error:
            raise TmuxError("the connection to tmux ended") from error

    def _take(self) -> list[Reply]:
        """Replies that what has arrived completes. Raises TmuxError when tmux is gone."""
        replies: list[Reply] = []
        for key, _ in self._ready.select(0):
            if key.fd != self._attachment.outlet:
                self._attachment.hear()
            elif data := os.read(key.fd, 1 << 18):
                replies += self._reader.feed(data)
            else:
                raise TmuxError("the connection to tmux ended")
        return replies

    def close(self) -> None:
        """End the connection; the tmux server stays."""
        self._ready.close()
        self._attachment.close()
        self._let_go()

    def _let_go(self) -> None:
        """The keeper session ends with the pipe that we hold."""
        if self._keeper is not None:
            os.close(self._keeper)
            self._keeper = None
