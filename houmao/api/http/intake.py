"""How much of one HTTP request has come in, from the bytes so far. Pure: no socket, no clock.

A request without a body, which most are, is known by the end of its head alone. What has a body
is followed by h11, which knows how bodies are framed. What a request asks for is not looked at.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import h11

#: Longest head in bytes.
MAX_HEAD_BYTES = 64 * 1024

_END_OF_HEAD = b"\r\n\r\n"
_BODY_HEADERS = (b"\ncontent-length:", b"\ntransfer-encoding:")


class Stage(StrEnum):
    """How far a request has come."""

    #: Its head is not all here.
    HEAD = "head"
    #: Its head is here, and says that more will come.
    BODY = "body"
    #: All of it is here.
    WHOLE = "whole"
    #: More of its body is here than anybody wants, and more is to come.
    OVERFULL = "overfull"
    #: Its head is longer than any that is wanted.
    TOO_LONG = "too_long"
    #: It is no HTTP, so that nobody knows where it ends.
    BROKEN = "broken"


@dataclass(slots=True)
class Intake:
    """One request as it comes in; `max_body` is the largest body in bytes that is wanted."""

    max_body: int
    #: Everything that has come, perhaps with the beginning of what follows.
    raw: bytearray = field(default_factory=bytearray)
    stage: Stage = Stage.HEAD
    #: What the head says, once the stage is BODY.
    head: h11.Request | None = None
    _framing: h11.Connection | None = None
    _body: int = 0

    def take(self, data: bytes) -> Stage:
        """The stage with these bytes, too."""
        searched = max(0, len(self.raw) - len(_END_OF_HEAD))
        self.raw += data
        if self.stage is Stage.HEAD:
            self.stage = self._look_at_head(searched)
        elif self.stage is Stage.BODY:
            self.stage = self._follow(data)
        return self.stage

    @property
    def waits_for_leave(self) -> bool:
        """True for a client that sends no body before it is told to (`Expect: 100-continue`)."""
        return self._framing is not None and self._framing.they_are_waiting_for_100_continue

    def _look_at_head(self, searched: int) -> Stage:
        end = self.raw.find(_END_OF_HEAD, searched)
        if end < 0:
            return Stage.TOO_LONG if len(self.raw) > MAX_HEAD_BYTES else Stage.HEAD
        head = bytes(self.raw[:end]).lower()
        if not any(name in head for name in _BODY_HEADERS):
            return Stage.WHOLE
        self._framing = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        return self._follow(bytes(self.raw))

    def _follow(self, data: bytes) -> Stage:
        assert self._framing is not None
        try:
            self._framing.receive_data(data)
            return self._after_events(self._framing)
        except h11.RemoteProtocolError:
            return Stage.BROKEN

    def _after_events(self, framing: h11.Connection) -> Stage:
        stage = Stage.BODY
        while (event := framing.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Request):
                self.head = event
            elif isinstance(event, h11.Data):
                self._body += len(event.data)
            else:
                stage = Stage.WHOLE
        return Stage.OVERFULL if self._body > self.max_body else stage
