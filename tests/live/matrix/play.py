"""Plays the scenes on a stage and writes down what was true when: a case with its truth.

What is true of a turn comes from the scripted API's log by the rules of `judge`, what is true of
the composer from the keys that were pressed; nothing is read off a screen but whether a scene came
about at all.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.live.judge import Course, course
from tests.live.lab import came
from tests.live.matrix.scenes import (
    APPROVAL,
    IDLE,
    WORKING,
    WORKING_DRAFT,
    Act,
    Standing,
    Step,
    Turn,
)
from tests.live.matrix.stage import Stage

#: Seconds until a CLI shows its composer, asks the API, and ends a turn.
STARTS_SECONDS, ASKS_SECONDS, TURN_SECONDS = 40.0, 20.0, 60.0
#: Seconds that the end of a turn is looked at.
AFTERWARDS_SECONDS = 4.0
_COMPOSER = r"(?m)^\s?[❯›>*] |^❯\s|Type your message"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true from `at` on (seconds since the recording began); None: nobody can say."""

    at: float
    label: str
    standing: Standing | None
    #: None outside of turns, where the last verdict may stand or not.
    result: str | None = None


class Play:
    """One recording under way."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.truths: list[Truth] = []
        #: Scenes that did not come about, with the reason.
        self.missed: list[str] = []

    def play(self, steps: Sequence[Step]) -> None:
        """All steps, one after the other."""
        self._note("before the start", None)
        if not self._stage.shows(_COMPOSER, STARTS_SECONDS):
            self.missed.append("all: no composer came")
            return
        time.sleep(1.0)
        for step in steps:
            if isinstance(step, Act):
                self._act(step)
            else:
                self._turn(step)

    def _note(
        self, label: str, standing: Standing | None, result: str | None = None, at: float = 0.0
    ) -> None:
        self.truths.append(Truth((at or time.time()) - self._stage.began, label, standing, result))

    # --- at the composer --------------------------------------------------------------

    def _act(self, act: Act) -> None:
        stage = self._stage
        self._note(act.name, None)
        if act.typed:
            stage.write(act.typed)
        stage.keys(*act.keys)
        if act.shows and not stage.shows(act.shows):
            self.missed.append(f"{act.name}: {act.shows!r} never showed")
        else:
            self._note(act.name, act.standing, "none" if act.name == "start" else None)
            time.sleep(act.seconds)
        self._note(f"after {act.name}", None)
        stage.keys(*act.back)
        time.sleep(0.7)

    # --- turns ------------------------------------------------------------------------

    def _turn(self, turn: Turn) -> None:
        stage, seen = self._stage, len(self._stage.api_log())
        self._note(turn.name, None)
        stage.write(turn.prompt)
        stage.keys("Enter")
        if not came(lambda: len(stage.api_log()) > seen, ASKS_SECONDS):
            self.missed.append(f"{turn.name}: the API was never asked")
            stage.keys("C-u")
            return
        self._note(turn.name, WORKING, "none", stage.api_log()[seen]["t"])
        pressed = self._meanwhile(turn)
        true = self._end(turn, seen, pressed)
        if true is None:
            self.missed.append(f"{turn.name}: no end")
            self._note(turn.name, None)
            stage.keys("Escape")
            return
        self._note(turn.name, IDLE, true.result, true.end)
        if true.result == "interrupted":
            # Some versions put the prompt back into the composer.
            stage.keys("C-u")
        time.sleep(AFTERWARDS_SECONDS)

    def _meanwhile(self, turn: Turn) -> float | None:
        """What a person does; when they pressed the key that stops the turn."""
        stage = self._stage
        if turn.draft:
            self._drafted(turn)
        if turn.escape_after is not None:
            time.sleep(turn.escape_after)
            pressed = time.time()
            stage.keys("Escape")
            return pressed
        return self._answered(turn) if turn.answer else None

    def _drafted(self, turn: Turn) -> None:
        stage = self._stage
        time.sleep(1.5)
        self._note(turn.name, None)
        stage.write(turn.draft)
        self._note(turn.name, WORKING_DRAFT, "none")
        time.sleep(2.5)
        self._note(turn.name, None)
        stage.keys("C-u")
        self._note(turn.name, WORKING, "none")

    def _answered(self, turn: Turn) -> float | None:
        stage = self._stage
        if not stage.shows(r"(?i)\b1\. (?:Yes|Allow)|❯ Yes", 15):
            self.missed.append(f"{turn.name}: no approval was asked for")
            return None
        self._note(turn.name, APPROVAL, "none")
        time.sleep(3.0)
        pressed = time.time()
        stage.keys(str(turn.answer))
        if turn.refuses:
            return pressed
        self._note(turn.name, None, None, pressed)
        return None

    def _end(self, turn: Turn, seen: int, pressed: float | None) -> Course | None:
        found: list[Course] = []

        def over() -> bool:
            true = course(self._stage.api_log()[seen:], pressed, turn.refuses)
            if true is None:
                return False
            found[:] = [true]
            # A tool's result, or another try, makes a request of its own.
            goes_on = turn.tries_again if true.result == "known_failure" else 1.0
            return true.result == "interrupted" or time.time() - true.end >= goes_on

        return found[-1] if came(over, TURN_SECONDS) and found else None


def case(play: Play, stage: Stage, title: str, tool: str, version: str) -> dict[str, Any]:
    """The recording as a case that `houmao-mgr replay` takes, with what is true beside it."""
    return {
        "id": title,
        "tool": tool,
        "version": version,
        "frames": stage.frames,
        "inputs": [],
        "truths": [asdict(truth) for truth in sorted(play.truths, key=lambda it: it.at)],
        "missed": play.missed,
    }
