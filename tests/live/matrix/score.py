"""Scores a recorded case against what was true of it, with the tracker as it is now. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from houmao.track.replay import replay
from tests.truth.tally import Results, Tally, judge

#: Seconds after the truth changed in which a verdict may settle.
GRACE_SECONDS = 1.3
#: Seconds in which a success may be told after the API's last word: first that has to be drawn.
SETTLE_SECONDS = 3.0
#: The API's names of what is judged, and a replayed state's.
_SURFACE = {
    "turn_phase": "phase",
    "accepting_input": "accepting",
    "editing_input": "editing",
}
_ALL = {**_SURFACE, "last_turn_result": "result"}

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Frames in a row that are told otherwise than they are, in the same way."""

    frame: int
    at_seconds: float
    label: str
    wanted: Mapping[str, Any]
    told: Mapping[str, Any]
    raw: str
    title: str
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Score:
    """The counts of one case and where it disagrees."""

    tally: Tally
    disagreements: tuple[Disagreement, ...]


def scored(case: Case) -> Score:
    """Every frame whose truth is known and has stood for the grace."""
    tally, found = Tally(), list[Disagreement]()
    for number, truth, told in _judged(case):
        results = _known(truth, told["at_seconds"])
        wanted = {name: truth["standing"][short] for name, short in _SURFACE.items()}
        wanted["last_turn_result"] = truth["result"]
        given = {name: told[short] for name, short in _ALL.items()}
        one = judge(wanted, given, results=results)
        tally += one
        if not all((one.phase, one.accepting, one.editing, one.result)):
            given["blocked_on"] = told["blocked_on"]
            frame, at_seconds = case["frames"][number], told["at_seconds"]
            seen = (frame["raw"], frame["title"])
            item = Disagreement(number, at_seconds, truth["label"], wanted, given, *seen)
            _add(found, item)
    return Score(tally, tuple(found))


def _known(truth: Mapping[str, Any], at_seconds: float) -> Results:
    if truth["result"] is None:
        return Results.UNKNOWN
    return Results.UNSETTLED if at_seconds - truth["at"] < SETTLE_SECONDS else Results.KNOWN


def _add(found: list[Disagreement], item: Disagreement) -> None:
    last = found[-1] if found else None
    if last and (last.label, last.wanted, last.told) == (item.label, item.wanted, item.told):
        found[-1] = replace(last, frames=last.frames + 1)
    else:
        found.append(item)


def _judged(case: Case) -> Iterator[tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
    """Number, truth and state of each frame that can be judged."""
    truths = case["truths"]
    starts = [truth["at"] for truth in truths]
    for number, told in enumerate(replay(case)["states"]):
        at = told["at_seconds"]
        place = bisect_right(starts, at)
        truth = truths[max(place - 1, 0)]
        # Something may have happened while the picture was taken.
        blurred = bisect_right(starts, case["frames"][number].get("taken_seconds", at)) != place
        if truth["standing"] is not None and not blurred and at - truth["at"] >= GRACE_SECONDS:
            yield number, truth, told
