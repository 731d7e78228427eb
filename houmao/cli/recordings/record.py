"""`houmao-mgr agents record`: an agent's screens into a file that `houmao-mgr replay` takes."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from houmao import clock
from houmao.cli.client.event_stream import EventReader
from houmao.cli.client.http import Answer, Server, Unreachable
from houmao.cli.lazy_group import examples
from houmao.cli.options import AgentReference, agent_options, read_agent, server_options
from houmao.cli.recordings.case import Case
from houmao.cli.render.output import compact, plain
from houmao.errors import HoumaoError, UsageError
from houmao.files import replace_text

_SECRETS = "Screens may hold secrets: look at the file before you give it to anybody."


@dataclass(slots=True)
class FrameRecording:
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


@click.command(
    epilog=examples(
        "houmao-mgr agents record gpu --seconds 20 --out gpu.jsonl",
        "houmao-mgr replay gpu.jsonl",
    )
)
@agent_options()
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    default=30.0,
    show_default=True,
    help="For how long; Ctrl-C ends it earlier and keeps what came.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file, readable by you alone; one that is there is replaced.",
)
@server_options
def record(server: Server, who: AgentReference, seconds: float, out: Path) -> None:
    """Record every screen that an agent's tracker takes in.

    The file begins with the screen as it is and holds one case that `houmao-mgr replay` takes.
    It may hold secrets, as the screen does.
    """
    check_place(out)
    about = read_agent(server, who, "explain")
    click.echo(_SECRETS, err=True)
    found = read_recording(stream(server, who.exact(about), seconds))
    save(found, about, out)


def check_place(out: Path) -> None:
    """Raise UsageError when no file can be made there: better before the recording than after."""
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise UsageError(f"--out: no file can be made in {out.parent}; name another folder")


def stream(server: Server, agent_id: str, seconds: float) -> Iterable[str]:
    """Lines of the agent's stream of screens. Raises what `Server.get` raises."""
    text = f"{seconds:.3f}"
    return server.lines("houmao", "agents", agent_id, "frames", headers={}, seconds=text)


def read_recording(lines: Iterable[str]) -> FrameRecording:
    """What the stream brings until it ends, breaks, or somebody presses Ctrl-C."""
    found, began = FrameRecording(), clock.monotonic()
    try:
        for event in EventReader().read(lines):
            found.add(event.name, event.data)
    except KeyboardInterrupt:
        found.broken = ""
    except Unreachable as error:
        found.broken = error.message
    found.close(clock.monotonic() - began)
    return found


def save(found: FrameRecording, about: Answer, out: Path) -> None:
    """Write the file and tell what is in it. Raises HoumaoError when something is missing."""
    name = about["agent_name"]
    if not found.frames:
        raise HoumaoError(f"{name} showed no screen, so nothing was written; does its tool run?")
    case = found.case(f"{name} {clock.iso(clock.now())}", about["tool"], about["tool_version"])
    try:
        replace_text(out, compact(case) + "\n")
    except OSError as error:
        raise HoumaoError(f"{out} could not be written: {error.strerror}") from None
    length = found.frames[-1]["at_seconds"]
    click.echo(plain(f"{out}: {len(found.frames) - 1} screens in {length:.1f} s"))
    if found.broken:
        raise HoumaoError(f"the recording broke off, what came is kept: {found.broken}")
    if found.gaps:
        raise HoumaoError(f"screens are missing at {found.gaps} places; record once more")
