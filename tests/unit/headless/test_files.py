"""Headless agents and turns on disk."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from houmao.headless.files import MARKER, AgentFiles
from houmao.headless.records import TurnRecord
from houmao.headless.turn_status import TurnStatus
from tests.unit.headless.test_records import AUTHORITY, RECORD

TRACKED = AUTHORITY.tracked_agent_id


@pytest.fixture
def files(tmp_path: Path) -> AgentFiles:
    found = AgentFiles(tmp_path / "managed_agents")
    found.keep(AUTHORITY)
    return found


def turn(files: AgentFiles, turn_id: str = "t1") -> TurnRecord:
    folder = str(files.folder(TRACKED, turn_id))
    return replace(RECORD, turn_id=turn_id, turn_artifact_dir=folder)


def test_an_agent_is_owned_until_its_end(files: AgentFiles) -> None:
    assert files.authorities() == [AUTHORITY]
    files.claim(turn(files))
    files.end(TRACKED)
    assert files.authority(TRACKED) is None
    assert files.turn(TRACKED, "t1") is not None


def test_of_many_that_claim_at_once_one_has_the_turn(files: AgentFiles) -> None:
    records = [turn(files, f"t{at}") for at in range(8)]
    won: list[str] = []
    start = threading.Barrier(len(records))

    def claim(record: TurnRecord) -> None:
        start.wait()
        if files.claim(record):
            won.append(record.turn_id)

    threads = [threading.Thread(target=claim, args=(record,)) for record in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    active = files.active(TRACKED)
    assert active is not None
    assert active.turn_id == won[0]


def test_the_next_turn_can_be_claimed_once_the_last_is_released(files: AgentFiles) -> None:
    first, second = turn(files, "t1"), turn(files, "t2")
    assert files.claim(first)
    assert not files.claim(second)
    files.release(second)
    assert not files.claim(second)
    files.release(first)
    assert files.claim(second)
    assert [it.turn_id for it in files.turns(TRACKED)] == ["t1", "t2"]


def test_a_turn_that_was_never_accepted_leaves_nothing(files: AgentFiles) -> None:
    record = turn(files)
    files.claim(record)
    files.withdraw(record)
    assert files.active(TRACKED) is None
    assert files.turns(TRACKED) == []
    assert files.next_index(TRACKED) == 1


def test_a_marker_without_a_record_still_names_the_turn(files: AgentFiles) -> None:
    record = turn(files)
    files.claim(record)
    (Path(record.turn_artifact_dir) / "record.json").unlink()
    active = files.active(TRACKED)
    assert active is not None
    assert (active.turn_id, active.active) == ("t1", True)


def test_a_marker_that_nobody_can_read_blocks_nobody(files: AgentFiles, tmp_path: Path) -> None:
    path = tmp_path / "managed_agents" / TRACKED / MARKER
    path.write_text("{")
    assert files.active(TRACKED) is None
    assert files.claim(turn(files))


def test_a_final_record_is_told_as_final_while_its_marker_is_there(files: AgentFiles) -> None:
    record = turn(files)
    files.claim(record)
    files.save(replace(record, status=TurnStatus.COMPLETED))
    active = files.active(TRACKED)
    assert active is not None
    assert not active.active


def test_ids_are_never_paths(files: AgentFiles) -> None:
    assert files.turn(TRACKED, "../t1") is None
    assert files.authority("..") is None
    assert files.turns("../..") == []


def test_what_a_runner_is_given_is_its_owners_alone(files: AgentFiles) -> None:
    record = turn(files)
    files.claim(record)
    files.prepare(record, {"argv": ["secret"]})
    path = Path(record.turn_artifact_dir) / "run.json"
    assert path.stat().st_mode & 0o777 == 0o600
