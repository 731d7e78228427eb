"""The log of what was painted when: what a measurement of a watcher is measured against.

One JSON object per line. Written right after the bytes were handed to the terminal.
"""

import json
import os
from pathlib import Path

from houmao import clock
from houmao.demo.play import Play


class TruthLog:
    """Appends to one file; several processes may share it, since each line is one write."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def painted(self, name: str, mark: str, play: Play) -> None:
        """Note that an agent's screen now shows `mark`: turn_begin, turn_end, dialog, …

        A turn that begins is noted with its prompt, as the agent got it.
        """
        line = {
            "agent": name,
            "mark": mark,
            "turn": play.turns,
            "prompt": play.turn.prompt if play.turn and mark == "turn_begin" else None,
            "monotonic": clock.monotonic(),
            "epoch": clock.now(),
        }
        os.write(self._file, json.dumps(line).encode() + b"\n")


def ignore(name: str, mark: str, play: Play) -> None:
    """The log of an agent that nobody measures."""
