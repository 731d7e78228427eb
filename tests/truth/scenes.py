"""The scenes that are hard to tell, one by one: what is told of each now."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from houmao.track.replay import replay
from tests.truth.parts import Part
from tests.unit.track.shared_cases import Case, wild_scenes


def scene_by_scene() -> Part:
    """Phase, what waits for a person, drafts and results in the order in which they are told."""
    cases = sorted((item.values[0] for item in wild_scenes()), key=lambda case: case["id"])
    body = [(case["id"].removeprefix("wild/"), case["version"], _told(case)) for case in cases]
    return Part("Scene by scene", ("scene", "version", "told"), body, ())


def _told(case: Case) -> str:
    words = (", ".join(_facts(state)) for state in replay(case)["states"])
    return " → ".join(word for word, _ in groupby(words))


def _facts(state: dict[str, Any]) -> Iterator[str]:
    yield state["phase"]
    if state["blocked_on"]:
        yield state["blocked_on"]
    if state["editing"] == "yes":
        yield "draft"
    if state["result"] != "none":
        yield state["result"].replace("_", " ")
