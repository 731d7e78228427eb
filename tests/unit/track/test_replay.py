"""A recording replays to one state after every frame."""

from houmao.track.replay import replay
from tests.unit.track import screens


def test_one_state_after_every_frame_in_order() -> None:
    case = {
        "id": "turn",
        "tool": "claude",
        "version": "2.1.197",
        "frames": [
            {"at_seconds": 1.0, "raw": screens.BUSY},
            {"at_seconds": 2.0, "raw": screens.FINISHED},
            {"at_seconds": 3.0, "raw": screens.FINISHED},
        ],
        "inputs": [{"at_seconds": 0.5}],
    }
    told = replay(case)
    assert told["id"] == "turn"
    assert [(item["at_seconds"], item["phase"], item["result"]) for item in told["states"]] == [
        (1.0, "active", "none"),
        (2.0, "ready", "none"),
        (3.0, "ready", "success"),
    ]
    assert told["states"][0]["evidence"][0]["rule"] == "thinking_line"
    assert told["states"][2]["source"] == "explicit_input"


def test_settle_window_and_profile_can_be_set() -> None:
    case = {
        "id": "slow",
        "tool": "claude",
        "version": None,
        "detector_override": "2.1.x",
        "settle_seconds": 5.0,
        "frames": [
            {"at_seconds": 0.0, "raw": screens.BUSY},
            {"at_seconds": 1.0, "raw": screens.FINISHED},
            {"at_seconds": 3.0, "raw": screens.FINISHED},
            {"at_seconds": 6.0, "raw": screens.FINISHED},
        ],
        "inputs": [],
    }
    results = [item["result"] for item in replay(case)["states"]]
    assert results == ["none", "none", "none", "success"]


def test_a_title_in_the_recording_is_believed() -> None:
    frame = {"at_seconds": 0.0, "raw": screens.FINISHED, "title": "⠂ Claude Code"}
    case = {"id": "t", "tool": "claude", "version": "2.1.197", "frames": [frame], "inputs": []}
    assert replay(case)["states"][0]["phase"] == "active"
