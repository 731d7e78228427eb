"""Asks this host's watch process for what it sees, by a Unix socket and without Redis.

Hashes and streams are named as in Redis, so that one reader serves both. One JSON line is asked,
and one is the answer (`workers/watch/local_present.py`).
"""

import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from houmao import clock
from houmao.files import is_anothers
from houmao.state import keys
from houmao.state.present import Entry, Found

#: Seconds that an answer may take: it waits for nothing.
PATIENCE = 2.0


class LocalSource:
    """What this host's watch process tells; None for each answer while there is none to ask."""

    def __init__(
        self, path: Path, note: Callable[[float, float, float], None] = lambda *times: None
    ) -> None:
        """`note` is told Redis's time as the watch process has it."""
        self._path = path
        self._note = note

    @classmethod
    def of(cls, path: Path | None, note: Callable[[float, float, float], None]) -> Self | None:
        """The source at that path, None for none."""
        return cls(path, note) if path else None

    def hashes(self, names: list[str]) -> list[Found] | None:
        """These hashes, empty ones for what is not known."""
        told = self._ask({"hashes": names})
        return told["hashes"] if told else None

    def around(self, _text: str, names: list[str]) -> list[Found] | None:
        """The whole index, the heartbeats, and these hashes."""
        return self.hashes([keys.AGENTS, keys.HOSTS, *names])

    def newest(self, stream: str, count: int) -> list[Entry] | None:
        """A stream's latest entries, newest first; they have no ids."""
        told = self._ask({"stream": stream})
        return [("", entry) for entry in told["stream"][:count]] if told else None

    def _ask(self, question: Mapping[str, object]) -> dict[str, Any] | None:
        if is_anothers(self._path):
            return None
        sent = clock.monotonic()
        try:
            with socket.socket(socket.AF_UNIX) as there:
                there.settimeout(PATIENCE)
                there.connect(str(self._path))
                there.sendall(json.dumps(question).encode() + b"\n")
                with there.makefile("rb") as answers:
                    told: dict[str, Any] = json.loads(answers.readline())
        except (OSError, ValueError):
            return None
        self._note(sent, clock.monotonic(), told["time"])
        return told
