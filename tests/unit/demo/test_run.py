"""What the demo writes about a change, in words for a person."""

import pytest

from houmao.demo.run import words_of
from houmao.state.values import FleetEvent


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"turn_phase": "active", "last_turn_result": "none"}, "active"),
        ({"turn_phase": "ready", "last_turn_result": "none"}, "ready"),
        ({"turn_phase": "ready", "last_turn_result": "success"}, "ready    last turn: success"),
        ({"turn_phase": "active", "last_turn_result": "success"}, "active"),
        ({"turn_phase": "unknown", "blocked_on": "approval"}, "waits for you (approval)"),
        ({}, "unknown"),
    ],
)
def test_words_of_an_event(fields: dict[str, str], words: str) -> None:
    """A question to the person comes before everything else."""
    assert words_of(FleetEvent("1-0", "id", "demo-claude", fields)) == words
