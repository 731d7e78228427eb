"""Cleanup removes what is certainly dead, keeps the rest and says why."""

import json
from pathlib import Path

import pytest

from houmao.registry.cleanup import CleanupOutcome, CleanupRules, clean, plan
from houmao.registry.files import Registry
from houmao.registry.scan import LivePlaces, SessionPlace
from tests.unit.registry.documents import DAY, NOW, record, version_3


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Every kind of folder: `fresh`, `gone` (no session), `late` (expired 100 s ago), …"""
    registry = Registry(tmp_path)
    for agent_id, published in (("fresh", NOW), ("gone", NOW), ("late", NOW - DAY - 100)):
        values = {"published_at": published, "lease_expires_at": published + DAY}
        registry.publish(record(agent_id, **values), published)
    old = NOW - 9 * DAY
    registry.publish(record("old", published_at=old, lease_expires_at=old + DAY), old)
    texts = {"broken": "{", "newer": '{"schema_version": 4}'}
    texts["stopped"] = json.dumps(version_3("stopped") | {"agent_id": "stopped"})
    for name, text in texts.items():
        (tmp_path / "live_agents" / name).mkdir()
        (tmp_path / "live_agents" / name / "record.json").write_text(text)
    (tmp_path / "live_agents/empty").mkdir()
    (tmp_path / "live_agents/link").symlink_to(tmp_path)
    return registry


SESSIONS = {SessionPlace("", name) for name in ("s-fresh", "s-late", "s-old")}
RULES = CleanupRules(NOW, LivePlaces(SESSIONS))


def removed(registry: Registry, rules: CleanupRules) -> set[str]:
    return {a.agent_id for a in clean(registry, rules) if a.outcome is CleanupOutcome.REMOVED}


def test_dry_run_only_plans(registry: Registry) -> None:
    """A plan has a verdict and a reason for every folder and changes nothing."""
    before = registry.entries()
    actions = plan(registry, RULES)
    assert {(a.agent_id, a.outcome.value, a.reason) for a in actions} == {
        ("broken", "planned", "record: is not valid JSON"),
        ("empty", "planned", "record.json is missing"),
        ("fresh", "preserved", "its lease is fresh and its tmux session runs"),
        ("gone", "planned", "its tmux session 's-gone' is not running"),
        ("late", "preserved", "its lease expired 100 s ago"),
        ("link", "planned", "a symbolic link is in place of the record"),
        (
            "newer",
            "preserved",
            "schema_version: is newer than 3, the newest one known here; "
            "upgrade Houmao on this host",
        ),
        ("old", "planned", "its lease expired 8 d ago"),
        ("stopped", "preserved", "the agent is stopped"),
    }
    assert registry.entries() == before


def test_clean_removes_what_was_planned(registry: Registry, tmp_path: Path) -> None:
    """The dead go, a link goes without its target, the others stay."""
    assert removed(registry, RULES) == {"broken", "empty", "gone", "link", "old"}
    left = [entry.agent_id for entry in registry.entries()]
    assert left == ["fresh", "late", "newer", "stopped"]
    assert clean(registry, RULES) == plan(registry, RULES)


def test_without_tmux_only_leases_count(registry: Registry) -> None:
    """With probing off a missing session is no reason."""
    assert removed(registry, CleanupRules(NOW, None)) == {"broken", "empty", "link", "old"}


def test_grace_is_measured_from_expiry(registry: Registry) -> None:
    """An expired record is kept for the grace and not a second longer."""
    assert "late" in removed(registry, CleanupRules(NOW, LivePlaces(SESSIONS), grace_seconds=99))


def test_a_failure_does_not_stop_the_rest(registry: Registry, tmp_path: Path) -> None:
    """What cannot be removed is reported as failed and the others are still removed."""
    (tmp_path / "locks/gone.lock").unlink()
    (tmp_path / "locks/gone.lock").mkdir()
    outcomes = {a.agent_id: a.outcome for a in clean(registry, RULES)}
    assert outcomes["gone"] is CleanupOutcome.FAILED
    assert outcomes["old"] is CleanupOutcome.REMOVED
