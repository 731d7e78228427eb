"""Scenes that a screen alone tells barely, on a real CLI: what was meant, and what was told of it.

The truth is what the person here does and what the scripted API then answers.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.live import limits
from tests.live.lab import Lab, clear
from tests.live.told import SceneVerdict, seen, told_of

#: Seconds of a command that says nothing: longer than a still screen is believed.
SILENT = 30
#: The scene after which there is an answer to be read.
ANSWERED = "both have ended"
_QUESTION = json.dumps(
    {
        "questions": [
            {
                "question": "Which colour?",
                "header": "Colour",
                "multiSelect": False,
                "options": [
                    {"label": "Red", "description": "warm"},
                    {"label": "Blue", "description": "cold"},
                ],
            }
        ]
    }
)
_COMMAND = f"python3 -c 'import time; time.sleep({SILENT})'"


def play(found: Lab) -> Iterator[SceneVerdict]:
    """Go through the scenes, one after the other."""
    yield seen(found, "a fresh start", "ready none -")
    found.send("STUB:slow 3 words that stream for a while")
    yield seen(found, "a turn runs", "active none -")
    yield seen(found, "it has ended", "ready success -")
    yield from _asked(found)
    yield from _stopped(found)
    clear(found)
    found.send("STUB:error 400")
    yield seen(found, "an error of the API", "ready known_failure -")
    yield from _queued(found)
    yield from limits.play(found)
    yield from _SPECIAL.get(found.tool, _nothing)(found)


def _asked(found: Lab) -> Iterator[SceneVerdict]:
    clear(found)
    found.send(f"STUB:ask {_COMMAND} STUB:echo slept")
    yield seen(found, "it asks for leave", "unknown none approval")
    time.sleep(1)
    before = _questions(found)
    found.keys("Enter")
    yield seen(found, "a command is silent", "active none -")
    # Some tools go on without a command that takes long.
    told, began = "active none -", time.monotonic()
    while _questions(found) == before and told == "active none -":
        told = told_of(found)
    seconds = time.monotonic() - began
    yield SceneVerdict("it is silent for long", "active none -", told, seconds)
    yield seen(found, "it has ended", "ready success -", seconds=30)


def _stopped(found: Lab) -> Iterator[SceneVerdict]:
    clear(found)
    found.send("STUB:slow 20 an answer nobody waits for")
    yield seen(found, "a turn runs", "active none -")
    found.interrupt()
    yield seen(found, "it was interrupted", "ready interrupted -")


def _queued(found: Lab) -> Iterator[SceneVerdict]:
    clear(found)
    found.send("STUB:slow 4 the first")
    yield seen(found, "a turn runs", "active none -")
    found.send("STUB:slow 2 the second")
    yield seen(found, "a prompt waits behind it", "active none -")
    yield seen(found, ANSWERED, "ready success -")


def _claudes_own(found: Lab) -> Iterator[SceneVerdict]:
    yield from _declined(found)
    yield from _agents_view(found)


def _declined(found: Lab) -> Iterator[SceneVerdict]:
    clear(found)
    found.send(f"STUB:call AskUserQuestion {_QUESTION} STUB:echo chosen")
    yield seen(found, "it asks a question", "unknown none dialog")
    time.sleep(1)
    found.keys("Escape")
    yield seen(found, "the question was declined", "ready interrupted -")


def _agents_view(found: Lab) -> Iterator[SceneVerdict]:
    clear(found)
    found.send("STUB:slow 25 words that stream for a long while")
    yield seen(found, "a turn runs", "active none -")
    found.keys("Left")
    yield seen(found, "the agents' view in a turn", "unknown none dialog", 25)


def _nothing(_: Lab) -> Iterator[SceneVerdict]:
    yield from ()


#: What one tool alone has.
_SPECIAL: Mapping[str, Callable[[Lab], Iterator[SceneVerdict]]] = {"claude": _claudes_own}


def _questions(found: Lab) -> int:
    time.sleep(0.05)
    return sum(entry["event"] == "begin" for entry in found.api_log())


def shown(found: Lab) -> Iterator[str]:
    """What a person is told of the answer and the tokens."""
    for words in (("show", found.tool), ("answer", found.tool), ("list", "--usage")):
        yield " ".join(("$ houmao-mgr agents", *words))
        yield found.manager("agents", *words)


class Watcher:
    """`houmao-mgr agents watch` beside a run, into a file."""

    def __init__(self, found: Lab, file: Path) -> None:
        command = [str(Path(sys.executable).with_name("houmao-mgr")), "agents", "watch"]
        environ = {**os.environ, **found.settings.as_environ()}
        self._file = file
        with file.open("w") as output:
            self._process = subprocess.Popen(command, env=environ, stdout=output)

    def lines(self) -> str:
        """All that it has printed; it ends."""
        self._process.terminate()
        self._process.wait(10)
        return self._file.read_text()
