"""What a stub agent does by itself: a list of steps, or an endless seeded mix of turns.

Pure: the n-th step of a script is always the same.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

from houmao.errors import UsageError

#: Seconds a turn takes when nobody says how long.
DEFAULT_TURN_SECONDS = 3.0


class StepKind(StrEnum):
    """What one step does."""

    IDLE = "idle"
    TURN = "turn"
    ASK = "ask"
    ERROR = "error"
    INTERRUPT = "interrupt"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `seconds` of ASK say when the dialog is approved; 0 waits for a person."""

    kind: StepKind
    seconds: float


@dataclass(frozen=True, slots=True)
class StubScript:
    """Steps in order, once or again and again."""

    steps: tuple[Step, ...] = ()
    again: bool = False

    def step(self, index: int) -> Step | None:
        """The step with that number from 0, None when the script has ended."""
        if not self.steps or (index >= len(self.steps) and not self.again):
            return None
        return self.steps[index % len(self.steps)]


@dataclass(frozen=True, slots=True)
class Mix:
    """An endless mix: turns of a given mean length that fill a share of the time.

    `share` 0 never works; lengths vary between half and one and a half of the mean.
    """

    seed: str
    share: float
    turn_seconds: float = DEFAULT_TURN_SECONDS

    def step(self, index: int) -> Step | None:
        """The step with that number from 0; even ones wait, odd ones work."""
        if self.share <= 0:
            return None
        dice = random.Random(f"{self.seed}/{index}")
        factor = dice.uniform(0.5, 1.5)
        if index % 2:
            return Step(StepKind.TURN, self.turn_seconds * factor)
        mean = self.turn_seconds * (1 - self.share) / self.share
        # The first wait is cut at random, so that a fleet does not begin all at once.
        first = dice.random() if index == 0 else 1.0
        return Step(StepKind.IDLE, mean * factor * first)


_DEFAULT_SECONDS = {
    StepKind.IDLE: 1.0,
    StepKind.TURN: DEFAULT_TURN_SECONDS,
    StepKind.ASK: 0.0,
    StepKind.ERROR: 0.5,
    StepKind.INTERRUPT: 2.0,
    StepKind.EXIT: 0.0,
}


def parse_step(text: str) -> Step | None:
    """`turn 3`, `ask`, `idle 0.5` … as a step; None when the text is no step."""
    words = text.split()
    if not 1 <= len(words) <= 2 or words[0] not in set(StepKind):
        return None
    kind = StepKind(words[0])
    if len(words) == 1:
        return Step(kind, _DEFAULT_SECONDS[kind])
    seconds = _seconds(words[1])
    return None if seconds is None else Step(kind, seconds)


def parse_script(text: str) -> StubScript | Mix:
    """A script from text: `idle 2, turn 3, ask, again`, or `mix SEED SHARE [TURN_SECONDS]`.

    Raises UsageError naming the step that makes no sense.
    """
    words = text.split()
    if words and words[0] == "mix":
        return _parse_mix(words[1:])
    parts = [part.strip() for part in text.split(",") if part.strip()]
    again = bool(parts) and parts[-1] == "again"
    return StubScript(tuple(_checked_step(part) for part in parts[: -1 if again else None]), again)


def _checked_step(part: str) -> Step:
    step = parse_step(part)
    if step is None:
        known = ", ".join(StepKind)
        raise UsageError(f"script step {part!r} makes no sense; use one of {known} and seconds")
    return step


def _parse_mix(words: list[str]) -> Mix:
    numbers = [_seconds(word) for word in words[1:]]
    if len(words) not in (2, 3) or None in numbers or (numbers[0] or 0) >= 1:
        raise UsageError(
            "write a mixed script as 'mix SEED SHARE [TURN_SECONDS]', its share from 0 to below 1"
        )
    share, *turn = (number for number in numbers if number is not None)
    return Mix(words[0], share, *turn)


def _seconds(word: str) -> float | None:
    try:
        seconds = float(word)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e6 else None
