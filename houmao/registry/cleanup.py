"""Removes what dead agents left in the registry, on an operator's word only.

Every folder gets a verdict with a reason; one that cannot be removed does not stop the rest.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from houmao.errors import HoumaoError
from houmao.registry.files import Entry, Problem, Registry
from houmao.registry.scan import lease_reason, session_reason

#: Seconds a lease must have been over before its record counts as abandoned.
GRACE_SECONDS = 300.0


class Outcome(StrEnum):
    """What became, or in a dry run would become, of one folder."""

    PLANNED = "planned"
    REMOVED = "removed"
    PRESERVED = "preserved"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Rules:
    """When a record is dead: `live_sessions` None leaves tmux out of the judgement."""

    now: float
    live_sessions: Collection[str] | None
    grace_seconds: float = GRACE_SECONDS


@dataclass(frozen=True, slots=True)
class Action:
    """The verdict on one folder and its reason."""

    agent_id: str
    path: Path
    outcome: Outcome
    reason: str


def judge(entry: Entry, rules: Rules) -> Action:
    """PLANNED for a folder to remove, PRESERVED for one to keep."""
    outcome, reason = _verdict(entry, rules)
    return Action(entry.agent_id, entry.path, outcome, reason)


def plan(registry: Registry, rules: Rules) -> tuple[Action, ...]:
    """The verdicts in folder order; changes nothing."""
    return tuple(judge(entry, rules) for entry in registry.entries())


def clean(registry: Registry, rules: Rules) -> tuple[Action, ...]:
    """Carry the plan out; each folder is judged again while it is locked."""
    return tuple(
        _apply(registry, action, rules) if action.outcome is Outcome.PLANNED else action
        for action in plan(registry, rules)
    )


def _apply(registry: Registry, action: Action, rules: Rules) -> Action:
    def still_planned(entry: Entry) -> bool:
        return judge(entry, rules).outcome is Outcome.PLANNED

    try:
        removed = registry.remove_if(action.path, still_planned)
    except HoumaoError as error:
        return replace(action, outcome=Outcome.FAILED, reason=error.message)
    if removed:
        return replace(action, outcome=Outcome.REMOVED)
    return replace(action, outcome=Outcome.PRESERVED, reason="it changed in the meantime")


def _verdict(entry: Entry, rules: Rules) -> tuple[Outcome, str]:
    record = entry.record
    if record is None:
        # A newer Houmao's agent may be alive, and what we may not read we do not judge.
        foreign = entry.problem in (Problem.FUTURE_VERSION, Problem.UNREADABLE)
        return Outcome.PRESERVED if foreign else Outcome.PLANNED, entry.reason
    expired = lease_reason(record, rules.now)
    if record.ended:
        return Outcome.PRESERVED, expired
    if not record.is_fresh(rules.now - rules.grace_seconds):
        return Outcome.PLANNED, expired
    if rules.live_sessions is None:
        return Outcome.PRESERVED, expired or "its lease is fresh"
    if gone := session_reason(record, rules.live_sessions):
        return Outcome.PLANNED, gone
    return Outcome.PRESERVED, expired or "its lease is fresh and its tmux session runs"
