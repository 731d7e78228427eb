"""Server-Sent Events: lines of a response in, events out.

Follows the event stream format of the HTML standard. It knows no network and no Houmao: who
reads the lines, reconnects and understands `data` is the caller's business.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatched event; `id` is the stream position to resume after, "" when none was sent."""

    name: str
    data: str
    id: str = ""


@dataclass(slots=True)
class _Pending:
    """Fields received since the last blank line."""

    name: str = ""
    data: list[str] = field(default_factory=list)


def parse(lines: Iterable[str]) -> Iterator[Event]:
    """Events of a stream's lines (line ends allowed); an unfinished last event is dropped."""
    pending, position = _Pending(), ""
    for raw in lines:
        line = raw.rstrip("\r\n")
        if line:
            position = _take(pending, line, position)
            continue
        if pending.data:
            yield Event(pending.name or "message", "\n".join(pending.data), position)
        pending = _Pending()


def _take(pending: _Pending, line: str, position: str) -> str:
    """Put one field where it belongs; return the stream position after it."""
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    if name == "data":
        pending.data.append(value)
    elif name == "event":
        pending.name = value
    elif name == "id" and "\0" not in value:
        return value
    return position
