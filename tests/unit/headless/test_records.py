"""What is written down of agents and turns, and read back."""

import json
from dataclasses import replace

import pytest

from houmao.headless.records import OwnedAgent, TurnRecord, document, marker, read
from houmao.headless.turn_status import TurnStatus

AUTHORITY = OwnedAgent(
    tracked_agent_id="c0ffee12ab34",
    backend="claude_headless",
    tool="claude",
    manifest_path="/srv/s1/manifest.json",
    session_root="/srv/s1",
    tmux_session_name="HOUMAO-alpha-1",
    agent_def_dir="/srv/agents",
    agent_name="alpha",
    agent_id="c0ffee12ab34",
    created_at=1774602000.0,
    updated_at=1774602000.0,
)
RECORD = TurnRecord(
    turn_id="9f2c41d07b6e",
    tracked_agent_id="c0ffee12ab34",
    turn_index=1,
    tool="claude",
    started_at=1774602130.25,
    turn_artifact_dir="/srv/turns/9f2c41d07b6e",
    tmux_session_name="HOUMAO-alpha-1",
    agent_id="c0ffee12ab34",
    agent_name="alpha",
    runner_pid=6001,
    child_pid=6002,
    limit_seconds=60,
    provider_session_id="sess-1",
)


def test_an_authority_is_read_as_it_was_written() -> None:
    assert read(OwnedAgent, json.dumps(document(AUTHORITY))) == AUTHORITY


def test_a_record_is_read_as_it_was_written() -> None:
    ended = replace(
        RECORD,
        status=TurnStatus.INTERRUPTED,
        completed_at=1774602180.5,
        returncode=-2,
        error="interrupted on request",
        interrupt_requested_at=1774602179.0,
        events=7,
    )
    for record in (RECORD, ended):
        assert read(TurnRecord, json.dumps(document(record))) == record


def test_a_document_has_the_names_that_others_read() -> None:
    found = document(RECORD)
    assert found["started_at_utc"] == "2026-03-27T09:02:10.250+00:00"
    assert (found["status"], found["history_summary"], found["diagnostics"]) == ("active", None, {})


def test_a_marker_is_enough_to_go_on_with_the_turn() -> None:
    """A crash may come between the marker and the record."""
    again = read(TurnRecord, json.dumps(marker(RECORD)))
    assert again is not None
    assert (again.turn_id, again.runner_pid, again.active) == (RECORD.turn_id, 6001, True)
    assert again.provider_session_id == "sess-1"


@pytest.mark.parametrize(
    "change",
    [
        {"turn_index": "1"},
        {"turn_index": True},
        {"turn_id": ""},
        {"turn_id": None},
        {"status": "sleeping"},
        {"started_at_utc": "yesterday"},
        {"started_at_utc": 5},
        {"error": 5},
    ],
)
def test_what_is_no_record_counts_as_absent(change: dict[str, object]) -> None:
    assert read(TurnRecord, json.dumps({**document(RECORD), **change})) is None


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"turn_id": "x"}'])
def test_what_is_no_document_counts_as_absent(text: str) -> None:
    assert read(TurnRecord, text) is None
