"""A recording of one agent as Server-Sent Events: every screen and input its tracker takes in.

The host copies them only while it is asked to, so it is asked again and again until the end. This
file knows Redis' answers, not Flask's requests.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from houmao.api.http.answers import dump
from houmao.api.services.hosts import Hosts
from houmao.api.services.streams import BLOCK_MS, HEARTBEAT_SECONDS, RETRY_SECONDS, Streams
from houmao.clock import monotonic
from houmao.errors import Unavailable
from houmao.state.connect import RedisAway
from houmao.state.present import Entry
from houmao.state.read import StateReader
from houmao.state.values import AgentIdentity

#: Seconds between two demands on the host, whose copying ends 10 s after one.
RENEW_SECONDS = 3.0
#: Seconds the host has to begin.
BEGIN_SECONDS = 3.0
#: Tells the client that frames may be missing from here on.
GAP = "event: gap\ndata: {}\n\n"
#: Tells the client that the recording has everything up to its end.
END = "event: end\ndata: {}\n\n"


@dataclass(frozen=True, slots=True)
class FrameStream:
    """One client's recording of one agent."""

    reader: StateReader
    hosts: Hosts
    streams: Streams
    agent: AgentIdentity

    def begin(self) -> Entry | None:
        """The screen as it is, None when there is none. Raises Unavailable."""
        self.hosts.record(self.agent.host, self.agent.agent_id, BEGIN_SECONDS)
        return self.reader.latest_frame(self.agent.key)

    def lines(self, first: Entry | None, seconds: float) -> Iterator[str]:
        """Text of the stream: the first screen, then everything after it, for so long."""
        now = monotonic()
        end, renew_at, said_at = now + seconds, now + RENEW_SECONDS, now
        after_id = first[0] if first else "0-0"
        yield text_of(first) if first else ": no screen yet\n\n"
        while (now := monotonic()) < end and not self.streams.ending():
            text = ""
            if now >= renew_at:
                text, renew_at = self._renew(), now + RENEW_SECONDS
            entries = self._read(after_id, end - now)
            after_id = entries[-1][0] if entries else after_id
            text += "".join(map(text_of, entries))
            if not text and now - said_at >= HEARTBEAT_SECONDS:
                text = ": still here\n\n"
            if text:
                said_at = now
                yield text
        if monotonic() >= end:
            yield END

    def _renew(self) -> str:
        try:
            self.hosts.record(self.agent.host, self.agent.agent_id, 1.0)
        except (Unavailable, RedisAway):
            return GAP
        return ""

    def _read(self, after_id: str, seconds: float) -> list[Entry]:
        block_ms = max(1, min(BLOCK_MS, round(seconds * 1000)))
        try:
            return self.reader.frames(self.agent.key, after_id, block_ms)
        except RedisAway:
            time.sleep(RETRY_SECONDS)
            return []


def text_of(entry: Entry) -> str:
    """One entry in the stream's format; `at_seconds` is on a clock of the host's own."""
    entry_id, found = entry
    data: dict[str, object] = {"number": int(found["number"]), "at_seconds": float(found["at"])}
    if found["kind"] == "frame":
        data |= {"raw": found["raw"], "title": found.get("title")}
    return f"id: {entry_id}\nevent: {found['kind']}\ndata: {dump(data)}\n\n"
