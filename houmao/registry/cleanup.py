"""Removes what dead agents left in the registry, on an operator's word only.

Every folder gets a verdict with a reason; one that cannot be removed does not stop the rest.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from houmao.errors import HoumaoError
from houmao.registry.files import RecordProblem, Registry, RegistryEntry
from houmao.registry.scan import LivePlaces, lease_reason, place_reason

#: Seconds a lease must have been over before its record counts as abandoned.
GRACE_SECONDS = 300.0


class CleanupOutcome(StrEnum):
    """What became, or in a dry run would become, of one folder."""

    PLANNED = "planned"
    REMOVED = "removed"
    PRESERVED = "preserved"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CleanupRules:
    """When a record is dead: `places` None leaves tmux out of the judgement."""

    now: float
    places: LivePlaces | None
    grace_seconds: float = GRACE_SECONDS


@dataclass(frozen=True, slots=True)
class CleanupAction:
    """The verdict on one folder and its reason."""

    agent_id: str
    path: Path
    outcome: CleanupOutcome
    reason: str


def judge(entry: RegistryEntry, rules: CleanupRules) -> CleanupAction:
    """PLANNED for a folder to remove, PRESERVED for one to keep."""
    outcome, reason = _verdict(entry, rules)
    return CleanupAction(entry.agent_id, entry.path, outcome, reason)


def plan(registry: Registry, rules: CleanupRules) -> tuple[CleanupAction, ...]:
    """The verdicts in folder order; changes nothing."""
    return tuple(judge(entry, rules) for entry in registry.entries())


def clean(registry: Registry, rules: CleanupRules) -> tuple[CleanupAction, ...]:
    """Carry the plan out; each folder is judged again while it is locked."""
    return tuple(
        _apply(registry, action, rules) if action.outcome is CleanupOutcome.PLANNED else action
        for action in plan(registry, rules)
    )


def _apply(registry: Registry, action: CleanupAction, rules: CleanupRules) -> CleanupAction:
    def still_planned(entry: RegistryEntry) -> bool:
        return judge(entry, rules).outcome is CleanupOutcome.PLANNED

    try:
        removed = registry.remove_if(action.path, still_planned)
    except HoumaoError as error:
        return replace(action, outcome=CleanupOutcome.FAILED, reason=error.message)
    if removed:
        return replace(action, outcome=CleanupOutcome.REMOVED)
    return replace(action, outcome=CleanupOutcome.PRESERVED, reason="it changed in the meantime")


def _verdict(entry: RegistryEntry, rules: CleanupRules) -> tuple[CleanupOutcome, str]:
    record = entry.record
    if record is None:
        # A newer Houmao's agent may be alive, and what we may not read we do not judge.
        foreign = entry.problem in (RecordProblem.FUTURE_VERSION, RecordProblem.UNREADABLE)
        return CleanupOutcome.PRESERVED if foreign else CleanupOutcome.PLANNED, entry.reason
    expired = lease_reason(record, rules.now)
    if record.ended:
        return CleanupOutcome.PRESERVED, expired
    if not record.is_fresh(rules.now - rules.grace_seconds):
        return CleanupOutcome.PLANNED, expired
    if rules.places is None:
        return CleanupOutcome.PRESERVED, expired or "its lease is fresh"
    if gone := place_reason(record, rules.places):
        return CleanupOutcome.PLANNED, gone
    return CleanupOutcome.PRESERVED, expired or "its lease is fresh and its tmux session runs"
