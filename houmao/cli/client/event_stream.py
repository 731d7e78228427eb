"""Server-Sent Events: lines of a response in, events out, over any number of connections.

The reader follows the event stream format of the HTML standard and knows no network. `follow`
resumes after the last event seen, so a broken connection loses nothing. It never polls. What an
event means is the caller's business.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from houmao.cli.client.http import Answer, Refused, Server, Unreachable
from houmao.cli.client.waiting import WaitCallbacks

#: Seconds before each further try to connect, the last one for ever.
DELAYS = (0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One dispatched event."""

    name: str
    data: str


class EventReader:
    """Turns lines into events and remembers where in the stream it is.

    `position` is the last `id` seen, also one that came without data; it outlives streams, so
    that the next one can be resumed after it. It is empty before the first.
    """

    def __init__(self) -> None:
        self.position = ""

    def read(self, lines: Iterable[str]) -> Iterator[ServerSentEvent]:
        """Events of one stream's lines (line ends allowed); an unfinished last one is dropped."""
        name, data, position = "", list[str](), self.position
        for raw in lines:
            match _field(raw.rstrip("\r\n")):
                case "", "":
                    self.position = position
                    if data:
                        yield ServerSentEvent(name or "message", "\n".join(data))
                    name, data = "", []
                case "data", text:
                    data.append(text)
                case "event", text:
                    name = text
                case "id", text if "\0" not in text:
                    position = text


def _field(line: str) -> tuple[str, str]:
    """Name and value of one line; a comment has the name `:`, a blank line nothing."""
    if line.startswith(":"):
        return ":", line
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")


def follow(
    server: Server, query: Mapping[str, str], callbacks: WaitCallbacks
) -> Iterator[Answer | None]:
    """The object of every transition, and of every step of a headless turn, for ever.

    None comes when a stream stands that resumes no other, or not without a gap: read the present
    then, and no change falls between it and the events. Raises what `Server.get` raises when the
    first connection fails, and later whatever waiting cannot heal.
    """
    reader = EventReader()
    begun, broken, tries = False, False, 0
    while True:
        try:
            lines = _open(server, query, reader.position)
            if broken:
                callbacks.tell("connected again")
            begun, broken, tries = True, False, 0
            if not reader.position:
                yield None
            yield from _changes(reader.read(lines))
        except (Unreachable, Refused) as error:
            if not begun or not _passing(error):
                raise
            if not broken:
                callbacks.tell(f"{error.message} (trying until it is back)")
            broken = True
        callbacks.pause(DELAYS[min(tries, len(DELAYS) - 1)])
        tries += 1


def _changes(events: Iterable[ServerSentEvent]) -> Iterator[Answer | None]:
    for event in events:
        match event.name:
            case "transition" | "turn":
                yield json.loads(event.data)
            case "gap":
                yield None
            # What happens to requests and launches changes no agent's state.


def _open(server: Server, query: Mapping[str, str], position: str) -> Iterator[str]:
    """Lines of a stream that stands: the server speaks first, before anything happens."""
    headers = {"Last-Event-ID": position} if position else {}
    lines = server.lines("houmao", "events", headers=headers, **query)
    return chain([next(lines, "")], lines)


def _passing(error: Unreachable | Refused) -> bool:
    return isinstance(error, Unreachable) or error.away
