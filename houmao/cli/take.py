"""What a recording brings, event by event, and the case it becomes. Knows no server and no file."""

import json
from dataclasses import dataclass, field
from typing import Any

from houmao.cli.cases import Case


@dataclass(slots=True)
class Take:
    """One recording of one agent. Times are seconds since its first screen."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    #: Places at which something may be missing.
    gaps: int = 0
    #: Why it ended before its time, empty when it did not.
    broken: str = "the server ended it"
    #: When the first screen came, on the clock of the agent's host; seconds.
    began: float = 0.0
    _number: int | None = None

    def add(self, name: str, data: str) -> None:
        """Take in one event of the stream; unknown ones are left alone."""
        if name == "end":
            self.broken = ""
        elif name == "gap":
            self.gaps += 1
        elif name in ("frame", "input"):
            self._add(name, json.loads(data))

    def close(self, seconds: float) -> None:
        """End after so many seconds: the last screen still shows then, so a verdict can settle."""
        if self.frames:
            last = self.frames[-1]
            self.frames.append({**last, "at_seconds": max(round(seconds, 3), last["at_seconds"])})

    def case(self, case_id: str, tool: str, version: str | None) -> Case:
        """The case that a replay takes."""
        return {
            "id": case_id,
            "tool": tool,
            "version": version,
            "frames": self.frames,
            "inputs": self.inputs,
        }

    def _add(self, name: str, found: dict[str, Any]) -> None:
        self.gaps += self._number is not None and found["number"] != self._number + 1
        self._number = found["number"]
        if not self.frames:
            self.began = found["at_seconds"]
        at_seconds = max(round(found["at_seconds"] - self.began, 3), 0.0)
        if name == "input":
            self.inputs.append({"at_seconds": at_seconds})
        else:
            title = {"title": found["title"]} if found["title"] is not None else {}
            self.frames.append({"at_seconds": at_seconds, "raw": found["raw"], **title})
