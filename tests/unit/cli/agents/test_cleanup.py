"""The verdicts on registry folders become a report and a table."""

from pathlib import Path

from click import unstyle

from houmao.cli.agents.cleanup import cleanup_lines, report
from houmao.registry.cleanup import CleanupAction, CleanupOutcome

ROOT = Path("/srv/registry")
ACTIONS = (
    CleanupAction("a1", ROOT / "live_agents/a1", CleanupOutcome.REMOVED, "its lease is over"),
    CleanupAction("b2", ROOT / "live_agents/b2", CleanupOutcome.PRESERVED, "its lease is fresh"),
    CleanupAction("c3", ROOT / "live_agents/c3", CleanupOutcome.FAILED, "it is locked"),
)


def test_every_verdict_is_in_one_list_and_counted() -> None:
    """Programs read four lists and four numbers."""
    found = report(ACTIONS, ROOT, dry_run=False)
    assert found["summary"] == {
        "planned_count": 0,
        "applied_count": 1,
        "blocked_count": 1,
        "preserved_count": 1,
    }
    assert found["applied_actions"] == [
        {
            "artifact_kind": "registry_record",
            "path": "/srv/registry/live_agents/a1",
            "proposed_action": "remove",
            "reason": "its lease is over",
            "details": {"agent_id": "a1"},
        }
    ]
    assert found["preserved_actions"][0]["proposed_action"] == "keep"


def test_people_read_a_table_with_reasons() -> None:
    """One line per folder."""
    lines = [unstyle(line) for line in cleanup_lines(ACTIONS)]
    assert lines[1].split(maxsplit=2) == ["removed", "a1", "its lease is over"]
    assert len(lines) == 4


def test_an_empty_registry_is_a_sentence() -> None:
    """Nothing to do is no empty table."""
    assert list(cleanup_lines(())) == ["the registry is empty"]
