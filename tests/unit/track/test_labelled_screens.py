"""Every frame of the labelled screens of real tools is read as its label says.

Frames just after a change of the true phase are left out: a settle window is legitimate. So are
frames of a dead tool (the process tells) and single frames that nothing on one frame could tell.
"""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from houmao.track.replay import replay
from tests.unit.track.shared_cases import screens

GRACE_SECONDS = 1.3
FIELDS = {"turn_phase": "phase", "accepting_input": "accepting", "editing_input": "editing"}

Label = dict[str, Any]
State = dict[str, Any]


@pytest.mark.parametrize("folder", screens())
def test_labelled_screens(folder: Path) -> None:
    """Phase, accepting and editing agree; no success is claimed that was none."""
    wrong = [
        (label["frame"], name, label[name], state[FIELDS[name]])
        for label, state in judged(read(folder), is_series(folder))
        for name in FIELDS
        if state[FIELDS[name]] != label[name]
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", screens())
def test_results_of_series(folder: Path) -> None:
    """In a series the last turn's result agrees, and a turn that succeeds is seen to."""
    if not is_series(folder):
        return
    pairs = list(judged(read(folder), series=True))
    assert [s["result"] for _, s in pairs] == [label["last_turn_result"] for label, _ in pairs]


def judged(pairs: list[tuple[Label, State]], series: bool) -> Iterator[tuple[Label, State]]:
    """Label and state of each frame that can be judged."""
    changed, before = -GRACE_SECONDS, None
    for label, state in pairs:
        now = (label["turn_phase"], label["last_turn_result"])
        if before is not None and now != before:
            changed = label["t"]
        before = now
        if label.get("tui") == "down":
            continue
        fresh = series and label["t"] - changed < GRACE_SECONDS
        untold = not series and _needs_series(label)
        if not fresh and not untold:
            yield label, state


def _needs_series(label: Label) -> bool:
    """Whether nothing on the frame tells what its label says."""
    untold = "on this frame alone" in (label.get("note") or "")
    return untold or bool(label.get("needs_series"))


def read(folder: Path) -> list[tuple[Label, State]]:
    """Each label with the state after its frame; single frames are sessions of their own."""
    series = is_series(folder)
    labels = _unbiased(folder, json.loads((folder / "labels.json").read_text("utf-8"))["frames"])
    tool, version = folder.parent.name.split("-", 1)
    frames = [
        {
            "at_seconds": label["t"] if series else 0.0,
            "raw": (folder / label["frame"]).read_text("utf-8", "replace"),
        }
        for label in labels
    ]
    runs = [frames] if series else [[frame] for frame in frames]
    states: list[State] = []
    for run in runs:
        case = {"id": folder.name, "tool": tool, "version": version, "frames": run, "inputs": []}
        states += replay(case)["states"]
    return list(zip(labels, states, strict=True))


def _unbiased(folder: Path, labels: list[Label]) -> list[Label]:
    """The labels, of what was before the first frame only as much as that frame can tell."""
    events = folder / "events.json"
    if not events.exists() or not json.loads(events.read_text("utf-8")).get("turn_before"):
        return labels
    before = itertools.takewhile(lambda label: label["last_turn_result"] == "success", labels)
    untold = [{**label, "last_turn_result": "none"} for label in before]
    return untold + labels[len(untold) :]


def is_series(folder: Path) -> bool:
    """Whether the frames follow each other in time."""
    return (folder / "events.json").exists()
