"""One endless stream of the fleet's events over any number of connections.

It resumes after the last event seen, so a broken connection loses nothing. It never polls.
What an event means is the caller's business.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from houmao.cli.client.http import Answer, Refused, Server, Unreachable
from houmao.cli.client.sse import EventReader, ServerSentEvent
from houmao.cli.client.waiting import WaitCallbacks

#: Seconds before each further try to connect, the last one for ever.
DELAYS = (0.5, 1.0, 2.0, 5.0, 10.0)

_AWAY = 503


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
    return isinstance(error, Unreachable) or error.status == _AWAY
