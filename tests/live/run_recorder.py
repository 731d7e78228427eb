"""A recording of a whole run with its truth beside it, and its judgement without a CLI.

The file is one case that `houmao-mgr replay` takes, with `turns` besides: how each of them really
went. Times are seconds since the first screen.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from houmao import clock
from houmao.cli.client.event_stream import EventReader
from houmao.cli.client.http import Server
from houmao.cli.recordings.record import FrameRecording, stream
from houmao.errors import HoumaoError
from houmao.track.replay import replay
from tests.live.judge import Course, Told, Verdict, judged
from tests.live.lab import Lab
from tests.live.turns import Turn
from tests.services import wait_until

#: Seconds between two looks at a screen that stands still.
LOOK_SECONDS = 0.25


class RunRecorder:
    """Records the agent's screens until it is read."""

    def __init__(self, found: Lab) -> None:
        self._found, self._take = found, FrameRecording()
        threading.Thread(target=self._run, daemon=True).start()
        wait_until(lambda: bool(self._take.frames), "the recording has begun")

    def _run(self) -> None:
        lines = stream(Server(self._found.settings.port), self._found.agent_id, 3600)
        with suppress(HoumaoError):
            for event in EventReader().read(lines):
                self._take.add(event.name, event.data)

    def case(self, name: str, turns: Iterable[Turn]) -> dict[str, Any]:
        """The recording so far as a case with its turns."""
        state = self._found.state()
        case = dict(self._take.case(name, self._found.tool, None))
        case["detector_override"] = state.tracked.detector_version if state else None
        offset = time.time() - clock.monotonic() + self._take.began
        self._take.close(time.time() - offset)
        case["turns"] = [_told_of(turn, offset) for turn in turns]
        return case


def _told_of(turn: Turn, offset: float) -> dict[str, Any]:
    true = turn.course
    if true is not None:
        true = replace(true, begin=true.begin - offset, end=true.end - offset)
    return {
        "script": turn.script,
        "typed": turn.typed,
        "since": turn.since - offset,
        "course": asdict(true) if true else None,
    }


def keep(case: dict[str, Any], folder: Path) -> None:
    """Write the case as a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{case['id']}.jsonl").write_text(json.dumps(case) + "\n")


def excerpt(case: dict[str, Any], number: int, version: str) -> dict[str, Any]:
    """One turn of a kept run as a run of its own, in which the scripted API is called a demo.

    Its last screen stands for some seconds, so that every verdict can settle.
    """
    turn, until = _spans(case)[number]
    since = turn["since"] - 0.5
    frames = [it for it in case["frames"] if since <= it["at_seconds"] < until]
    inputs = [it for it in case["inputs"] if since <= it["at_seconds"] < until]
    frames += [{**frames[-1], "at_seconds": frames[-1]["at_seconds"] + 3.0}]
    start = [{**it, "at_seconds": since} for it in case["frames"] if it["at_seconds"] < since]
    course = {name: _less(value, since) for name, value in turn["course"].items()}
    turn = {**turn, "since": turn["since"] - since, "course": course}
    found = {
        "id": turn["script"],
        "tool": case["tool"],
        "version": version,
        "frames": [
            {**it, "at_seconds": _less(it["at_seconds"], since)} for it in start[-1:] + frames
        ],
        "inputs": [{"at_seconds": _less(it["at_seconds"], since)} for it in inputs],
        "turns": [turn],
    }
    text = json.dumps(found)
    for ours, neutral in (("STUB", "DEMO"), ("stub", "demo"), ("Stub", "Demo")):
        text = text.replace(ours, neutral)
    return dict(json.loads(text))


def _less(value: Any, since: float) -> Any:
    return round(value - since, 3) if isinstance(value, float) else value


def _spans(case: dict[str, Any]) -> list[tuple[dict[str, Any], float]]:
    """Each turn and when the next one begins."""
    turns = case["turns"]
    untils = [turn["since"] for turn in turns[1:]] + [float("inf")]
    return list(zip(turns, untils, strict=True))


def rejudged(case: dict[str, Any], titles: bool = True) -> list[Verdict]:
    """The verdicts that the tracker as it is now gives on a kept run, or on its screens alone."""
    if not titles:
        case["frames"] = [{**frame, "title": None} for frame in case["frames"]]
    case["frames"] = list(_looked_at(case["frames"]))
    told = [Told(it["at_seconds"], it["phase"], it["result"]) for it in replay(case)["transitions"]]
    return [_verdict(turn, told, until) for turn, until in _spans(case)]


def _looked_at(frames: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The frames, and the looks in between at a screen that stood still, which are not kept."""
    for frame, following in zip(frames, [*frames[1:], None], strict=True):
        at, until = frame["at_seconds"], following["at_seconds"] if following else 0.0
        while True:
            yield {**frame, "at_seconds": at}
            at += LOOK_SECONDS
            if at >= until:
                break


def _verdict(turn: dict[str, Any], told: list[Told], until: float) -> Verdict:
    own = [it for it in told if turn["since"] <= it.at < until]
    true = Course(**turn["course"]) if turn["course"] else None
    return judged(f"{turn['script']} @{turn['since']:.0f}", turn["typed"], own, true, ())
