"""What ended headless agents have left goes when somebody says so, and nothing else."""

from dataclasses import replace
from pathlib import Path

from houmao.headless.files import AgentFiles
from houmao.registry.cleanup import CleanupOutcome
from houmao.sessions.headless.cleanup import clean_ended, plan_ended
from tests.unit.headless.test_records import AUTHORITY, RECORD


def test_only_the_turns_of_agents_that_have_ended(tmp_path: Path) -> None:
    files = AgentFiles(tmp_path)
    for tracked in ("gone", "here"):
        files.keep(replace(AUTHORITY, tracked_agent_id=tracked))
        folder = str(files.folder(tracked, "t1"))
        files.claim(replace(RECORD, tracked_agent_id=tracked, turn_artifact_dir=folder))
    files.end("gone")
    (planned,) = plan_ended(files)
    assert (planned.agent_id, planned.outcome) == ("gone", CleanupOutcome.PLANNED)
    assert "1 turns" in planned.reason
    (removed,) = clean_ended(files)
    assert removed.outcome is CleanupOutcome.REMOVED
    assert not (tmp_path / "gone").exists()
    assert (tmp_path / "here" / "authority.json").exists()
    assert clean_ended(files) == ()
