"""On series of real screens the host gives no turn up and tells operators no lies."""

import json
from pathlib import Path

import pytest

from houmao.track.vocabulary import OperatorStatus
from tests.unit.track.hosting import Hosted
from tests.unit.track.shared_cases import screens

#: Folders whose frames follow each other in time.
SERIES = [it for it in screens() if it.marks or (it.values[0] / "events.json").exists()]


@pytest.mark.parametrize("folder", SERIES)
def test_no_working_screen_stands_still_long_enough_to_be_given_up(folder: Path) -> None:
    """No recovery applies, and a frame labelled active is never `ready` for the operator."""
    tool, version = folder.parent.name.split("-", 1)
    agent = Hosted(tool, version)
    for label in json.loads((folder / "labels.json").read_text("utf-8"))["frames"]:
        raw = (folder / label["frame"]).read_text("utf-8", "replace")
        state = agent.show(raw, label["t"])
        assert "recovery" not in agent.host.transitions()[-1].summary
        if label["turn_phase"] == "active" and "on this frame alone" not in label.get("note", ""):
            assert state.operator.status is not OperatorStatus.READY
    agent.host.close()
    assert agent.scheduler.next_due() is None
