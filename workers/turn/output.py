"""What a turn's tool has printed: read once and in order into what it told and into events.

The events go to the end of a file, each with the place of its line in the tool's output, so that
whoever goes on after a crash knows which lines have had theirs.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from houmao.clock import iso_ms
from houmao.files import open_plain, read_plain
from houmao.headless import runner
from houmao.headless.files import EVENTS
from houmao.headless.reading import OutputStream, ToolReport, read_line
from houmao.headless.records import TurnRecord
from houmao.tools.parts.events import TurnEvent, raw_event, wire_entry

#: Bytes read at a time, so that one turn does not make the others wait.
_CHUNK = 1 << 20
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT
#: Bytes after which a line without an end is taken for one.
_LONGEST_LINE = 16 << 20
_FILES = {OutputStream.STDOUT: runner.STDOUT, OutputStream.STDERR: runner.STDERR}

#: An event's number, the first being 1, and its JSON text.
Numbered = tuple[int, str]


class Tail:
    """One growing file, line by line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rest = b""
        self._headless_host = 0

    def lines(self, *, final: bool) -> Iterator[tuple[int, str]]:
        """New lines, each with the place of its end; a line without end only when `final`."""
        while chunk := self._read():
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            yield from self._placed(whole, self._headless_host + 1)
            if len(self._rest) > _LONGEST_LINE:
                yield from self._unended()
        if final and self._rest:
            yield from self._unended()

    def _placed(self, lines: list[bytes], end: int) -> Iterator[tuple[int, str]]:
        for line in lines:
            self._headless_host += len(line) + 1
            yield self._headless_host, line.decode("utf-8", "replace")

    def _unended(self) -> Iterator[tuple[int, str]]:
        line, self._rest = self._rest, b""
        self._headless_host += len(line)
        yield self._headless_host, line.decode("utf-8", "replace")

    def _read(self) -> bytes:
        try:
            with open(open_plain(self._path), "rb") as file:
                file.seek(self._headless_host + len(self._rest))
                return file.read(_CHUNK)
        except OSError:
            return b""


class TurnOutput:
    """The output of one turn. `told` is what the tool has told so far."""

    def __init__(self, record: TurnRecord) -> None:
        folder = Path(record.turn_artifact_dir)
        self._record = record
        self._log = folder / EVENTS
        self._tails = {stream: Tail(folder / name) for stream, name in _FILES.items()}
        self._done: dict[OutputStream, tuple[int, int]] = {}
        self.told = ToolReport()
        self.count = 0
        self._remember()

    def read(self, now: Callable[[], float], *, final: bool = False) -> list[Numbered]:
        """The events of what was printed since the last call, once they are in their file."""
        found: list[str] = []
        for stream, tail in self._tails.items():
            for end, line in tail.lines(final=final):
                self.told, events = read_line(self._record.tool, self.told, line, stream)
                new = self._untold(events, stream, end)
                found += (self._text(event, stream, end, now()) for event in new)
        if not found:
            return []
        with open(_appendable(self._log), "ab") as log:
            log.write("".join(f"{text}\n" for text in found).encode())
        first, self.count = self.count + 1, self.count + len(found)
        return list(enumerate(found, first))

    def _untold(
        self, events: Sequence[TurnEvent], stream: OutputStream, end: int
    ) -> Sequence[TurnEvent]:
        """The events of the line that ends there which are not in the file yet."""
        last, count = self._done.get(stream, (0, 0))
        if end == last:
            return events[count:]
        return events if end > last else ()

    def _text(self, event: TurnEvent, stream: OutputStream, end: int, now: float) -> str:
        entry = wire_entry(event, self._record.turn_index, iso_ms(now))
        return json.dumps({**entry, "stream": stream.value, "offset": end})

    def _remember(self) -> None:
        """Which lines have had their events, by the file of events."""
        _cut_half_a_line(self._log)
        for number, text in events_of(self._log):
            self.count = number
            # A line that somebody spoiled is told as it is, and says nothing of what was read.
            with suppress(ValueError, KeyError, TypeError):
                entry = json.loads(text)
                stream, end = OutputStream(entry["stream"]), int(entry["offset"])
                last, count = self._done.get(stream, (0, 0))
                self._done[stream] = (end, count + 1 if end == last else 1)


def told_by(record: TurnRecord) -> Iterator[Numbered]:
    """A turn's events; where their file is gone, what the tool wrote, line by line."""
    folder = Path(record.turn_artifact_dir)
    if (folder / EVENTS).exists():
        yield from events_of(folder / EVENTS)
        return
    lines = Tail(folder / runner.STDOUT).lines(final=True)
    events = filter(None, (raw_event(line) for _, line in lines))
    for number, event in enumerate(events, 1):
        yield number, json.dumps(wire_entry(event, record.turn_index, iso_ms(record.told_at)))


def events_of(log: Path) -> Iterator[Numbered]:
    """The whole lines of a file of events, numbered; none without a file."""
    try:
        text = read_plain(log)
    except OSError:
        return
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        yield number, line.decode("utf-8", "replace")


def _appendable(log: Path) -> int:
    """The file of events; what a tool may have put in its place goes."""
    try:
        return open_plain(log, _APPENDING)
    except OSError:
        log.unlink()
        return open_plain(log, _APPENDING)


def _cut_half_a_line(log: Path) -> None:
    """Take away what a crash left of a line that was being written."""
    try:
        text = read_plain(log)
    except OSError:
        return
    if not text.endswith(b"\n"):
        os.truncate(log, text.rfind(b"\n") + 1)
