"""docs/states.md has every public value, and the charts that the transition table gives."""

from enum import StrEnum

import pytest

from docs import states
from houmao.detect.signals import BlockedOn, Tristate
from houmao.track.diagnostics import Availability, ParseStatus, ProcessState, TransportState
from houmao.track.rules import RULES
from houmao.track.state import LastTurnResult, LastTurnSource, TurnPhase

TEXT = states.PAGE.read_text("utf-8")
VOCABULARIES: dict[str, type[StrEnum]] = {
    "### `availability`": Availability,
    "### `transport_state`, `process_state`, `parse_status`": TransportState,
    "| field | value | means |": ProcessState,
    "| `process_state` |": ParseStatus,
    "## What the screen shows: `surface`": Tristate,
    "### `blocked_on`": BlockedOn,
    "## What it does now: `turn.phase`": TurnPhase,
    "### `result`": LastTurnResult,
    "### `source`": LastTurnSource,
}


def test_charts_and_table_are_current() -> None:
    """`python docs/states.py` writes them."""
    assert states.page(TEXT) == TEXT


def test_every_rule_is_in_the_table_and_leads_somewhere() -> None:
    """A rule that the charts forgot would be drawn by nobody."""
    for number, rule in enumerate(RULES, 1):
        assert f"| {number} | `{rule.note}` | {rule.means} |" in states.rules()
        assert rule.note in states.phases()


@pytest.mark.parametrize("place", VOCABULARIES)
def test_every_public_value_is_explained(place: str) -> None:
    """Each value has a place of its own in the part that its field has."""
    assert place in TEXT
    part = TEXT.partition(place)[2].partition("\n## ")[0]
    missing = [value for value in VOCABULARIES[place] if f"`{value.value}`" not in part]
    assert missing == []


def test_the_charts_have_every_phase_and_result() -> None:
    assert all(f"--> {phase.value}" in states.phases() for phase in TurnPhase)
    assert all(f"--> {result.value}" in states.results() for result in LastTurnResult)
