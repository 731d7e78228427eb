"""Server-Sent Events: lines of a response in, events out.

Follows the event stream format of the HTML standard. It knows no network and no Houmao: who
reads the lines, reconnects and understands `data` is the caller's business.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


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
