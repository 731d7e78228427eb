"""A headless turn's events as a person reads them while they come. Pure.

An answer that comes in pieces is written on as it grows; what means nothing to a person is left
out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from houmao.cli.client.http import Answer
from houmao.cli.render.output import Word, local_time, paint, plain

_LABELS = {
    "session": Word("session", "cyan"),
    "assistant": Word("says", "green"),
    "reasoning": Word("thinks", "blue"),
    "action_request": Word("runs", "magenta"),
    "action_result": Word("got"),
    "progress": Word("status"),
    "completion": Word("ended", "cyan"),
    "diagnostic": Word("notes", "yellow"),
}
_WIDTH = max(len(word.text) for word in _LABELS.values())
#: Columns before the text: time of day, label, and two blanks after each.
_INDENT = " " * (8 + 2 + _WIDTH + 2)


class TurnTranscript:
    """Text of one turn's events; concatenated it is whole lines once `end` was called."""

    def __init__(self) -> None:
        self._open = False

    def told(self, entry: Answer) -> Iterator[str]:
        """What to write for one more event."""
        label = _LABELS.get(str(entry["kind"]))
        if label is None or _payload(entry).get("routine"):
            return
        data = _data(entry)
        piece = data.get("text") if data.get("delta") is True else None
        if isinstance(piece, str) and self._open:
            yield _indented(piece)
            return
        yield from self.end()
        text = piece if isinstance(piece, str) else _text(entry, data)
        padding = " " * (_WIDTH - len(label.text))
        when = local_time(str(entry["timestamp_utc"]))
        yield f"{when}  {paint(label)}{padding}  {_indented(text)}"
        self._open = True
        if piece is None:
            yield from self.end()

    def end(self) -> Iterator[str]:
        """What finishes an open line."""
        if self._open:
            yield "\n"
        self._open = False


def _payload(entry: Answer) -> Mapping[str, Any]:
    payload = entry.get("payload")
    return payload if isinstance(payload, Mapping) else {}


def _data(entry: Answer) -> Mapping[str, Any]:
    data = _payload(entry).get("data")
    return data if isinstance(data, Mapping) else {}


def _text(entry: Answer, data: Mapping[str, Any]) -> str:
    message = str(entry["message"])
    if entry["kind"] == "completion" and data.get("status") == "success":
        # The answer was told already.
        return "success"
    return message.strip("\n")


def _indented(text: str) -> str:
    """Lines under each other, without control characters."""
    return f"\n{_INDENT}".join(plain(line) for line in text.split("\n"))
