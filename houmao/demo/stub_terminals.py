"""Stub agents on terminals: reads their keys, paints what changed, waits for what is next.

One stage drives one agent or hundreds in one process. It blocks until a key or a moment
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

    def __init__(self, seats: list[StubTerminal], on_painted: OnPainted) -> None:
        self._seats = {seat.terminal: seat for seat in seats}
        self._on_painted = on_painted
        self._alarms: list[tuple[float, int]] = []
        self._selector = selectors.DefaultSelector()
        self._stopped = False

    def run(self) -> None:
        """Play until every agent has ended or a signal asks to stop."""
        signals = _signal_pipe()
        self._selector.register(signals, selectors.EVENT_READ)
        settings = {seat.terminal: self._open(seat) for seat in self._seats.values()}
        try:
            while self._seats and not self._stopped:
                self._turn_once(signals)
        finally:
            for seat in list(self._seats.values()):
                self._close(seat)
            for terminal, before in settings.items():
                _quietly(termios.tcsetattr, terminal, termios.TCSADRAIN, before)

    def _turn_once(self, signals: int) -> None:
        for ready, _ in self._selector.select(self._wait()):
            if ready.fd == signals:
                self._signalled(os.read(signals, 64))
            elif ready.fd in self._seats:
                self._typed(self._seats[ready.fd])
        now = clock.monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            at, terminal = heapq.heappop(self._alarms)
            seat = self._seats.get(terminal)
            if seat is not None and seat.wakes == at:
                self._update(seat, advance(seat.play, now, time.strftime("%H:%M")))

    def _wait(self) -> float | None:
        return max(0.0, self._alarms[0][0] - clock.monotonic()) if self._alarms else None

    def _open(self, seat: StubTerminal) -> list[object]:
        before: list[object] = termios.tcgetattr(seat.terminal)
        tty.setraw(seat.terminal)
        self._selector.register(seat.terminal, selectors.EVENT_READ)
        _write(seat.terminal, _PASTE_ON)
        self._update(seat, start(seat.play, clock.monotonic()))
        return before

    def _typed(self, seat: StubTerminal) -> None:
        try:
            data = os.read(seat.terminal, 65536)
        except OSError:
            data = b""
        if not data:
            self._forget(seat)
            return
        keys, seat.unread = decode(seat.unread + data)
        play, now = seat.play, clock.monotonic()
        for key in keys:
            play = press(play, key, now)
        self._update(seat, play)

    def _signalled(self, numbers: bytes) -> None:
        self._stopped = any(number in _STOPPING for number in numbers)
        for seat in self._seats.values():
            self._update(seat, seat.play)

    def _update(self, seat: StubTerminal, play: Play) -> None:
        marks, seat.play = play.marks, _unmarked(play)
        if self._paint(seat):
            for mark in marks:
                self._on_painted(seat.name, mark, seat.play)
        if seat.play.ended:
            self._close(seat)
            return
        now = clock.monotonic()
        moments = [at for at in (next_due(seat.play), next_frame(seat.play, now)) if at is not None]
        seat.wakes = min(moments, default=None)
        if seat.wakes is not None:
            heapq.heappush(self._alarms, (seat.wakes, seat.terminal))

    def _paint(self, seat: StubTerminal) -> bool:
        size = _size(seat.terminal)
        if size != seat.size or seat.edition != seat.play.edition:
            seat.screen = None
        seat.size, seat.edition = size, seat.play.edition
        scrolled = seat.screen.scrolled if seat.screen else 0
        screen = paint(seat.play, clock.monotonic(), ScreenContext(size, seat.folder), scrolled)
        text = redraw(seat.screen, screen, size)
        seat.screen = screen
        return _write(seat.terminal, text)

    def _close(self, seat: StubTerminal) -> None:
        alternate = seat.screen is not None and seat.screen.alternate
        last = LEAVE_ALTERNATE if alternate else "\x1b[999;1H\r\n"
        _write(seat.terminal, last + SHOW_CURSOR + _PASTE_OFF)
        self._forget(seat)

    def _forget(self, seat: StubTerminal) -> None:
        self._selector.unregister(seat.terminal)
        del self._seats[seat.terminal]


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
