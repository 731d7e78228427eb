"""The whole terminal for a while: lines drawn anew, keys as they are pressed. Knows no agent."""

import os
import select
import shutil
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST = "\x1b[H", "\x1b[K", "\x1b[J"
#: What terminals send for keys that are no characters.
_KEYS = {
    b"\x1b[A": "up",
    b"\x1bOA": "up",
    b"\x1b[B": "down",
    b"\x1bOB": "down",
    b"\r": "enter",
    b"\n": "enter",
    b"\x03": "q",
    b"": "q",
}


class FullScreen:
    """A terminal that is ours between `entered`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._former = termios.tcgetattr(fd)

    @contextmanager
    def entered(self) -> "Iterator[FullScreen]":
        """Take the terminal, and give it back as it was."""
        self._take()
        try:
            yield self
        finally:
            self._give_back()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Give it to another program for as long as the block runs."""
        self._give_back()
        try:
            yield
        finally:
            self._take()

    @property
    def size(self) -> os.terminal_size:
        """Columns and lines now."""
        return shutil.get_terminal_size()

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines and nothing else; what does not fit below is left out."""
        shown = lines[: self.size.lines - 1]
        body = "".join(f"{line}{_REST_OF_LINE}\r\n" for line in shown)
        sys.stdout.write(_HOME + body + _REST)
        sys.stdout.flush()

    def key(self, seconds: float) -> str | None:
        """The key that is pressed within that time: its character, `up`, `down` or `enter`."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return None
        pressed = os.read(self._fd, 16)
        return _KEYS.get(pressed, pressed.decode(errors="replace"))

    def _take(self) -> None:
        tty.setcbreak(self._fd)
        sys.stdout.write(_ENTER)
        sys.stdout.flush()

    def _give_back(self) -> None:
        sys.stdout.write(_LEAVE)
        sys.stdout.flush()
        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._former)
