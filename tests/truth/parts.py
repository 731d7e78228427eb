"""The recordings that the tracker is scored against: which frames of each are judged, and how.

Six parts: screens of today's tools and of further ones, scenes that are hard to tell, starts
without a prompt, cases of the tracker, sessions of earlier versions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from houmao.track.replay import replay
from tests.truth.tally import (
    FIELDS,
    LEAST,
    LEAST_MORE,
    LEAST_WILD,
    Results,
    Tally,
    judge,
    one_series,
)
from tests.unit.track.shared_cases import Case, cases, differences, intended, screens, wild_scenes
from tests.unit.track.test_labelled_screens import Label, State, is_series, judged, read
from tests.unit.track.test_tracked_cases import described, label_at, moments, recorded

CASES, SESSIONS, STARTS = "cases.jsonl", "recorded_cases.jsonl", "codex-fresh-start.jsonl"
_COUNTED = ("frames", "phase", "accepting", "editing", "result")
_FALSE = ("false_ready", "false_success", "false_failure", "invented")
_TOLD = (*(name.replace("_", " ") for name in _FALSE), "successes told", "meant otherwise")


@dataclass(frozen=True, slots=True)
class Part:
    """One table and what in it is below the targets."""

    title: str
    head: Sequence[str]
    body: Sequence[Sequence[str]]
    failures: Sequence[str]

    def lines(self) -> list[str]:
        """A Markdown table, aligned so that it reads well as it is."""
        rows = [self.head, *self.body]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        rows.insert(1, ["-" * width for width in widths])
        padded = (map(str.ljust, row, widths) for row in rows)
        return [f"| {' | '.join(row)} |" for row in padded]


# --------------------------------------------------------------------------- real screens


def real_screens() -> Part:
    """Labelled screens of the tools as they are today."""
    tallies: dict[tuple[str, ...], Tally] = {}
    for item in screens():
        path: Path = item.values[0]
        key = (path.parent.name, "series" if is_series(path) else "single frames")
        tallies[key] = tallies.get(key, Tally()) + _folder_tally(path)
    return _part("Screens of today's tools", ("tool", "kind"), tallies)


def _folder_tally(path: Path) -> Tally:
    return pairs_tally(read(path), is_series(path), labelled=True)


#: Frames whose labels are not what they show, and why.
_MISLABELLED = {
    "copilot-1.0.102/approval-80x24/006_t=27.91.txt": "the turn is over, nothing is asked",
    "opencode-1.18.33/error-80x24/002_t=26.49.txt": "the turn failed, and its error is shown",
    "opencode-1.18.33/exit-80x24/001_t=11.17.txt": "the tool has ended",
}


def more_tools() -> Part:
    """Labelled screens of the tools that came later."""
    tallies: dict[tuple[str, ...], Tally] = {}
    for item in screens("screens-more"):
        path: Path = item.values[0]
        key = (path.parent.name, "series" if is_series(path) else "single frames")
        place = f"{path.parent.name}/{path.name}"
        pairs = [it for it in read(path) if f"{place}/{it[0]['frame']}" not in _MISLABELLED]
        tally = pairs_tally(pairs, is_series(path), labelled=True)
        tallies[key] = tallies.get(key, Tally()) + tally
    return _part("Screens of further tools", ("tool", "kind"), tallies, LEAST_MORE)


def wild_scenes_part() -> Part:
    """Scenes that users get into and that a reader of screens tells wrongly or barely."""
    tallies: dict[tuple[str, ...], Tally] = {}
    for item in wild_scenes():
        case: Case = item.values[0]
        key = (f"{case['tool']}-{case['version']}", case["kind"])
        tallies[key] = tallies.get(key, Tally()) + scene_tally(case)
    return _part("Scenes that are hard to tell", ("tool", "kind"), tallies, LEAST_WILD)


def scene_tally(case: Case) -> Tally:
    """One scene; a single frame of these says nothing of how a turn before it ended."""
    truth = [{**label, "t": label["at_seconds"]} for label in case["truth"]]
    pairs = list(zip(truth, replay(case)["states"], strict=True))
    return pairs_tally(pairs, case["kind"] == "series", labelled=False)


def pairs_tally(pairs: list[tuple[Label, State]], series: bool, *, labelled: bool) -> Tally:
    """Labels and what is told; `labelled` says whether results on single frames are labels."""
    alone = Results.UNSETTLED if labelled else Results.UNKNOWN
    total = Tally()
    for label, state in judged(pairs, series):
        total += judge(label, _named(state), results=Results.KNOWN if series else alone)
    if not series:
        return total
    alive = [pair for pair in pairs if pair[0].get("tui") != "down"]
    settled = [label for label, _ in judged(alive, series)]
    return total + one_series(settled, [_named(it) for _, it in alive])


def _named(state: State) -> State:
    """A replayed state under the API's names."""
    return dict(zip(FIELDS, (state[n] for n in _COUNTED[1:]), strict=True))


# --------------------------------------------------------------------------- starts


def starts() -> Part:
    """Starts of a tool that nobody prompts, whichever version it is taken for."""
    found = {case["id"]: replay(case)["states"] for case in _all(STARTS)}
    idle = dict.fromkeys(FIELDS, "none")
    body, failures = [], []
    for name, states in found.items():
        invented = one_series([idle], list(map(_named, states))).invented
        body.append((name, str(len(states)), str(invented)))
        if invented:
            failures.append(f"{name}: a turn or verdict that nobody asked for")
    return Part("Starts without a prompt", ("start", "frames", "invented"), body, failures)


# --------------------------------------------------------------------------- tracker cases


def tracker_cases() -> Part:
    """Cases that say which state the tracker has at which moment."""
    rows: dict[str, tuple[int, ...]] = {}
    failures: list[str] = []
    for case in _all(CASES):
        if case["tool"] == "kimi":  # Houmao does not read Kimi.
            continue
        counts = (1, *case_counts(case))
        row = rows.get(case["group"], (0, 0, 0, 0))
        rows[case["group"]] = tuple(map(sum, zip(row, counts, strict=True)))
        if counts[-1]:
            failures.append(f"{case['id']}: {counts[-1]} values are wrong")
    head = ("group", "cases", "values", "meant otherwise", "wrong")
    body = [(group, *map(str, counts)) for group, counts in sorted(rows.items())]
    total = map(sum, zip(*rows.values(), strict=True))
    return Part("Cases of the tracker", head, [*body, ("all", *map(str, total))], failures)


def case_counts(case: Case) -> tuple[int, int, int]:
    """Values compared; of these, those we mean to have otherwise, and those that are wrong."""
    allowed = _meant(CASES, case)
    wanted = {item["at_seconds"]: item for item in case["expected"]}
    values = meant = wrong = 0
    for at, state in moments(case, tuple(wanted)):
        given = described(state)
        found = differences(given, {name: recorded(wanted[at], name) for name in given}).keys()
        values += len(given)
        meant += len(found & allowed)
        wrong += len(found - allowed)
    return values, meant, wrong


# ---------------------------------------------------------------------- recorded sessions


def recorded_sessions() -> Part:
    """Sessions of earlier versions that a person labelled."""
    tallies: dict[tuple[str, ...], Tally] = {
        (it["id"].removeprefix("recorded/"),): session_tally(it) for it in _all(SESSIONS)
    }
    return _part("Recorded sessions of earlier versions", ("session",), tallies)


def session_tally(case: Case) -> Tally:
    """One session, with a label for a span of its frames."""
    meant = frozenset(name.removeprefix("surface_") for name in _meant(SESSIONS, case))
    total, truths, tolds = Tally(), [], []
    for at, state in moments(case, tuple(frame["at_seconds"] for frame in case["frames"])):
        label, told = label_at(case, at), _short(described(state))
        tolds.append(told)
        if label is not None:
            truths.append(truth := _short(label))
            wanted = [name for name in FIELDS if name in meant and told[name] != truth[name]]
            total += judge(truth, told, meant=wanted)
    return total + one_series(truths, tolds)


def _short(named: Mapping[str, Any]) -> dict[str, Any]:
    """The judged values; labels and states write the names of the surface differently."""
    plain = {re.sub("^surface[._]", "", name): value for name, value in named.items()}
    return {name: plain[name] for name in FIELDS}


# ---------------------------------------------------------------------------------- both


def _all(name: str) -> list[Case]:
    return [item.values[0] for item in cases(name)]


def _meant(name: str, case: Case) -> frozenset[str]:
    listed = intended(name).get(case["id"])
    return frozenset(listed["differ"]) if listed else frozenset()


def _part(
    title: str,
    keys: Sequence[str],
    tallies: Mapping[tuple[str, ...], Tally],
    least: Mapping[str, float] = LEAST,
) -> Part:
    total = sum(tallies.values(), Tally())
    last = ("all", *[""] * (len(keys) - 1))
    body = [(*key, *_cells(tally)) for key, tally in [*sorted(tallies.items()), (last, total)]]
    return Part(title, (*keys, *_COUNTED, *_TOLD), body, list(total.short_of(least)))


def _cells(tally: Tally) -> list[str]:
    shares = [f"{tally.share(name):.1%}" for name in _COUNTED[1:]]
    told = f"{tally.successes_seen} of {tally.successes}"
    counts = [str(getattr(tally, name)) for name in _FALSE]
    return [str(tally.frames), *shares, *counts, told, str(tally.meant)]
