"""Stub agents on terminals: reads their keys, paints what changed, waits for what is next.

One process drives one agent or hundreds. It blocks until a key or a moment
comes, so that an idle fleet costs nothing.
"""

import fcntl
import heapq
import os
import selectors
import signal
import struct
import termios
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass, replace

from houmao import clock
from houmao.demo.keys import decode
from houmao.demo.play import Play, advance, next_due, press, start
from houmao.demo.rows import LEAVE_ALTERNATE, SHOW_CURSOR, PaintedScreen, Size, redraw
from houmao.demo.screens import ScreenContext, next_frame, paint

#: Called with an agent's name, a mark and its play right after the bytes have left.
OnPainted = Callable[[str, str, Play], None]

_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
_STOPPING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@dataclass(slots=True)
class StubTerminal:
    """One agent at its terminal, which is open for reading and writing."""

    name: str
    terminal: int
    play: Play
    folder: str = "~"
    screen: PaintedScreen | None = None
    size: Size | None = None
    edition: int = 0
    unread: bytes = b""
    wakes: float | None = None


class StubTerminals:
    """All agents of one process. Call `run` from the main thread: it takes over the signals."""

    def __init__(self, stubs: list[StubTerminal], on_painted: OnPainted) -> None:
        self._stubs = {stub.terminal: stub for stub in stubs}
        self._on_painted = on_painted
        self._alarms: list[tuple[float, int]] = []
        self._selector = selectors.DefaultSelector()
        self._stopped = False

    def run(self) -> None:
        """Play until every agent has ended or a signal asks to stop."""
        signals = _signal_pipe()
        self._selector.register(signals, selectors.EVENT_READ)
        settings = {stub.terminal: self._open(stub) for stub in self._stubs.values()}
        try:
            while self._stubs and not self._stopped:
                self._turn_once(signals)
        finally:
            for stub in list(self._stubs.values()):
                self._close(stub)
            for terminal, before in settings.items():
                _quietly(termios.tcsetattr, terminal, termios.TCSADRAIN, before)

    def _turn_once(self, signals: int) -> None:
        for ready, _ in self._selector.select(self._wait()):
            if ready.fd == signals:
                self._signalled(os.read(signals, 64))
            elif ready.fd in self._stubs:
                self._typed(self._stubs[ready.fd])
        now = clock.monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            at, terminal = heapq.heappop(self._alarms)
            stub = self._stubs.get(terminal)
            if stub is not None and stub.wakes == at:
                self._update(stub, advance(stub.play, now, time.strftime("%H:%M")))

    def _wait(self) -> float | None:
        return max(0.0, self._alarms[0][0] - clock.monotonic()) if self._alarms else None

    def _open(self, stub: StubTerminal) -> list[object]:
        before: list[object] = termios.tcgetattr(stub.terminal)
        tty.setraw(stub.terminal)
        self._selector.register(stub.terminal, selectors.EVENT_READ)
        _write(stub.terminal, _PASTE_ON)
        self._update(stub, start(stub.play, clock.monotonic()))
        return before

    def _typed(self, stub: StubTerminal) -> None:
        try:
            data = os.read(stub.terminal, 65536)
        except OSError:
            data = b""
        if not data:
            self._forget(stub)
            return
        keys, stub.unread = decode(stub.unread + data)
        play, now = stub.play, clock.monotonic()
        for key in keys:
            play = press(play, key, now)
        self._update(stub, play)

    def _signalled(self, numbers: bytes) -> None:
        self._stopped = any(number in _STOPPING for number in numbers)
        for stub in self._stubs.values():
            self._update(stub, stub.play)

    def _update(self, stub: StubTerminal, play: Play) -> None:
        marks, stub.play = play.marks, _unmarked(play)
        if self._paint(stub):
            for mark in marks:
                self._on_painted(stub.name, mark, stub.play)
        if stub.play.ended:
            self._close(stub)
            return
        now = clock.monotonic()
        moments = [at for at in (next_due(stub.play), next_frame(stub.play, now)) if at is not None]
        stub.wakes = min(moments, default=None)
        if stub.wakes is not None:
            heapq.heappush(self._alarms, (stub.wakes, stub.terminal))

    def _paint(self, stub: StubTerminal) -> bool:
        size = _size(stub.terminal)
        if size != stub.size or stub.edition != stub.play.edition:
            stub.screen = None
        stub.size, stub.edition = size, stub.play.edition
        scrolled = stub.screen.scrolled if stub.screen else 0
        screen = paint(stub.play, clock.monotonic(), ScreenContext(size, stub.folder), scrolled)
        text = redraw(stub.screen, screen, size)
        stub.screen = screen
        return _write(stub.terminal, text)

    def _close(self, stub: StubTerminal) -> None:
        alternate = stub.screen is not None and stub.screen.alternate
        last = LEAVE_ALTERNATE if alternate else "\x1b[999;1H\r\n"
        _write(stub.terminal, last + SHOW_CURSOR + _PASTE_OFF)
        self._forget(stub)

    def _forget(self, stub: StubTerminal) -> None:
        self._selector.unregister(stub.terminal)
        del self._stubs[stub.terminal]


def _unmarked(play: Play) -> Play:
    return replace(play, marks=()) if play.marks else play


def _size(terminal: int) -> Size:
    rows, columns, _, _ = struct.unpack(
        "HHHH", fcntl.ioctl(terminal, termios.TIOCGWINSZ, b"\0" * 8)
    )
    return Size(columns or 80, rows or 24)


def _write(terminal: int, text: str) -> bool:
    data = text.encode()
    try:
        while data:
            data = data[os.write(terminal, data) :]
    except OSError:
        return False
    return True


def _signal_pipe() -> int:
    """A file descriptor that gives one byte per signal, its number."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (*_STOPPING, signal.SIGWINCH):
        signal.signal(number, lambda *_: None)
    return reading


def _quietly(call: Callable[..., object], *arguments: object) -> None:
    # The terminal may be gone with its pane; there is nothing left to restore then.
    try:
        call(*arguments)
    except (OSError, termios.error):
        return
