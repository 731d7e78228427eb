"""What is counted when the tracker is scored, and what is demanded of the counts.

Knows the names of the API's fields and no recording.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

#: Least shares of right values; of what is told falsely there must be nothing at all.
LEAST = {"phase": 0.995, "accepting": 0.99, "editing": 0.99}
#: The same for scenes that were chosen because they are hard to tell.
LEAST_WILD = {"phase": 0.97}
#: The same for tools that came later.
LEAST_MORE = {"phase": 0.98}
_NEVER = {
    "false_ready": "frames with a false ready",
    "false_success": "frames with a false success",
    "false_failure": "frames with a false failure or interruption",
    "invented": "sessions with a turn or verdict that nobody asked for",
}

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
    #: Said to have failed or been interrupted, and that is not how the last turn ended.
    false_failure: int = 0
    #: Sessions that nobody prompted, and yet a turn or a verdict was told.
    invented: int = 0
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

    def short_of(self, least_shares: Mapping[str, float] = LEAST) -> Iterator[str]:
        """A sentence for each target that is missed."""
        for name, least in least_shares.items():
            if self.share(name) < least:
                yield f"{name} is right on {self.share(name):.2%}, and {least:.1%} is demanded"
        for name, words in _NEVER.items():
            if count := getattr(self, name):
                yield f"{count} {words}"
        if self.successes_seen < self.successes:
            yield f"{self.successes - self.successes_seen} successes were not told"


class Results(StrEnum):
    """What a recording can tell of how the last turn ended."""

    KNOWN = "known"
    #: On one frame alone nothing has settled: a success may not be told yet.
    UNSETTLED = "unsettled"
    UNKNOWN = "unknown"


def judge(
    truth: Values, told: Values, *, results: Results = Results.KNOWN, meant: Collection[str] = ()
) -> Tally:
    """One frame. A field named in `meant` is right whatever the label says."""
    right = {name: name in meant or told[name] == truth[name] for name in FIELDS}
    right["last_turn_result"] |= _excused(truth, told, results)
    phase, accepting, editing, result = map(int, right.values())
    ended = None if result else told["last_turn_result"]
    return Tally(
        frames=1,
        phase=phase,
        accepting=accepting,
        editing=editing,
        result=result,
        false_ready=int(told["turn_phase"] == "ready" and not phase),
        false_success=int(ended == "success"),
        false_failure=int(ended in ("known_failure", "interrupted")),
        meant=sum(told[name] != truth[name] for name in meant),
    )


def _excused(truth: Values, told: Values, results: Results) -> bool:
    if results is Results.UNSETTLED:
        return (truth["last_turn_result"], told["last_turn_result"]) == ("success", "none")
    return results is Results.UNKNOWN


def one_series(truth: Collection[Values], told: Collection[Values]) -> Tally:
    """What a session shows as a whole: a success that is told some time, a turn nobody began."""
    succeeds = any(it["last_turn_result"] == "success" for it in truth)
    seen = any(it["last_turn_result"] == "success" for it in told)
    invented = any(map(_tells_of_turn, told)) and not any(map(_tells_of_turn, truth))
    return Tally(
        successes=int(succeeds), successes_seen=int(succeeds and seen), invented=int(invented)
    )


def _tells_of_turn(values: Values) -> bool:
    return bool(values["turn_phase"] == "active" or values["last_turn_result"] != "none")
