"""What is counted when the tracker is scored, and what is demanded of the counts.

Knows the names of the API's fields and no recording.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

#: Least shares of right values; what is falsely ready or a success must not be at all.
LEAST = {"phase": 0.995, "accepting": 0.99, "editing": 0.99}

#: The judged values of a frame, by their names in the API.
Values = Mapping[str, Any]
FIELDS = ("turn_phase", "accepting_input", "editing_input", "last_turn_result")


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over frames; `+` adds them one by one."""

    frames: int = 0
    phase: int = 0
    accepting: int = 0
    editing: int = 0
    result: int = 0
    #: Said to be ready while it worked or waited for a person.
    false_ready: int = 0
    false_success: int = 0
    #: Turns that succeeded, and those of which that was told.
    successes: int = 0
    successes_seen: int = 0
    #: Values that are right because we mean to differ from the label.
    meant: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def share(self, name: str) -> float:
        """Part of the frames on which the value is right; 1 when there are none."""
        return float(getattr(self, name)) / self.frames if self.frames else 1.0

    def short_of(self) -> Iterator[str]:
        """A sentence for each target that is missed."""
        for name, least in LEAST.items():
            if self.share(name) < least:
                yield f"{name} is right on {self.share(name):.2%}, and {least:.1%} is demanded"
        for name in ("false_ready", "false_success"):
            if getattr(self, name):
                yield f"{getattr(self, name)} frames with a {name.replace('_', ' ')}"
        if self.successes_seen < self.successes:
            yield f"{self.successes - self.successes_seen} successes were not told"


def judge(truth: Values, told: Values, *, results: bool, meant: Collection[str] = ()) -> Tally:
    """One frame. `results` False when nothing on it alone tells how the last turn ended.

    A field named in `meant` is right whatever the label says.
    """
    right = {name: name in meant or told[name] == truth[name] for name in FIELDS}
    phase, accepting, editing, result = map(int, right.values())
    return Tally(
        frames=1,
        phase=phase,
        accepting=accepting,
        editing=editing,
        result=result if results else 1,
        false_ready=int(told["turn_phase"] == "ready" and not phase),
        false_success=int(told["last_turn_result"] == "success" and results and not result),
        meant=sum(told[name] != truth[name] for name in meant),
    )


def one_series(truth: Collection[Values], told: Collection[Values]) -> Tally:
    """Whether a recorded session has a turn that succeeds, and whether that is told some time."""
    succeeds = any(it["last_turn_result"] == "success" for it in truth)
    seen = any(it["last_turn_result"] == "success" for it in told)
    return Tally(successes=int(succeeds), successes_seen=int(succeeds and seen))
