"""What one client is told of one of Redis' streams, entry by entry. Pure: it knows no client.

How an entry reads is the same for all feeds of a stream, so that it is laid out once for all.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

#: Seconds of silence after which a comment proves that the stream is alive.
HEARTBEAT_SECONDS = 5.0

#: A stream entry: its id and fields.
Entry = tuple[str, Mapping[str, str]]


def all_of(entry: Entry) -> bool:
    """Whoever wants everything wants this."""
    return True


def silence(place: str) -> str:
    """What somebody says who is never told of a gap."""
    return ""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, and its text in the format of Server-Sent Events."""

    entry: Entry
    text: str


@dataclass(slots=True)
class Feed:
    """One client's place in a stream of Redis, from `after_id` on."""

    stream: str
    after_id: str
    text_of: Callable[[Entry], str]
    #: When it ends, on the monotonic clock; what is said then.
    ends_at: float
    last_words: str = ""
    wanted: Callable[[Entry], bool] = all_of
    #: Asks for the stream to go on, again and again; raises HoumaoError or RedisAway.
    demand: Callable[[], None] | None = None
    #: What is said when entries after a place are missed, or may be: the demand was in vain.
    gap_after: Callable[[str], str] = silence
    said_at: float = 0.0

    def take(self, found: Iterable[Told], now: float) -> str:
        """What to say of these entries, oldest first; those that it had already are left out."""
        place, text = order(self.after_id), ""
        for told in found:
            if order(told.entry[0]) > place:
                self.after_id = told.entry[0]
                text += told.text if self.wanted(told.entry) else ""
        if not text and now - self.said_at >= HEARTBEAT_SECONDS:
            # An id without data moves a client on past what it did not want.
            text = f": still here\nid: {self.after_id}\n\n"
        if text:
            self.said_at = now
        return text

    @property
    def gap(self) -> str:
        """What to say when entries are missed after what was told so far."""
        return self.gap_after(self.after_id)

    def over(self, now: float) -> bool:
        """Whether it has lasted as long as it should."""
        return now >= self.ends_at


def order(entry_id: str) -> tuple[int, int]:
    """Where an entry stands in its stream."""
    moment, _, number = entry_id.partition("-")
    return int(moment), int(number or 0)
