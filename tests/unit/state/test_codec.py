"""What is published of a state can be read back, and by a person."""

from houmao.state.codec import state_fields, state_from
from houmao.state.values import unwatched
from houmao.track.snapshots import PendingTimer
from tests.unit.api.world import ALPHA, NOW, agent, state

WAITING = state(tool_version="2.1.197", pending=(PendingTimer("settle", NOW + 0.5),))


def test_what_happens_by_itself_is_one_readable_line_each() -> None:
    fields = state_fields(agent(), WAITING)
    assert fields["pending"] == "settle 2026-03-27T09:05:22.500+00:00"
    assert fields["tool_version"] == "2.1.197"
    assert state_from(ALPHA, fields) == WAITING


def test_nothing_that_waits_is_no_field() -> None:
    fields = state_fields(agent(), state())
    assert not fields.keys() & {"pending", "tool_version"}
    assert state_from(ALPHA, fields) == state()


def test_of_an_unwatched_agent_nothing_is_expected() -> None:
    """Its timers run in a process of which nobody knows anything."""
    assert unwatched(WAITING, "gone").pending == ()
