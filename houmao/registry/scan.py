"""Which published agents are live, and why the others are not.

Pure: it is given what the registry's folders hold, the names of the running tmux sessions
and the time. One unusable record never hides another agent.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from houmao.registry.files import RegistryEntry
from houmao.registry.record import AgentRecord


@dataclass(frozen=True, slots=True)
class Skipped:
    """One folder of the registry and what a person should know about it."""

    agent_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScanResult:
    """All live agents by name, then id; the skipped folders; and the live but doubtful ones.

    `superseded` names live records whose tmux session a newer record of the same tool claims.
    They stay live, since a record with a fresh lease and a running session is a live agent;
    but both can only mean one pane, so a prompt belongs to the newer one.
    """

    live: tuple[AgentRecord, ...]
    skipped: tuple[Skipped, ...]
    superseded: tuple[Skipped, ...] = ()


def scan(
    entries: Iterable[RegistryEntry], live_sessions: Collection[str], now: float
) -> ScanResult:
    """Judge every entry; session names are compared in full, never by prefix."""
    sessions = frozenset(live_sessions)
    live, skipped = [], []
    for entry in entries:
        reason = why_not_live(entry, sessions, now)
        if entry.record is None or reason:
            skipped.append(Skipped(entry.agent_id, reason))
        else:
            live.append(entry.record)
    live.sort(key=lambda record: (record.agent_name, record.agent_id))
    return ScanResult(tuple(live), tuple(skipped), tuple(_superseded(live)))


def why_not_live(entry: RegistryEntry, live_sessions: Collection[str], now: float) -> str:
    """The first reason against this entry, empty when its agent is live."""
    record = entry.record
    if record is None:
        return entry.reason
    return lease_reason(record, now) or session_reason(record, live_sessions)


def lease_reason(record: AgentRecord, now: float) -> str:
    """Why the record's owner no longer answers for it, empty while it does."""
    if record.ended:
        return f"the agent is {record.state}"
    if record.is_fresh(now):
        return ""
    return f"its lease expired {_duration(now - record.lease_expires_at)} ago"


def session_reason(record: AgentRecord, live_sessions: Collection[str]) -> str:
    """What is wrong with the record's tmux session, empty when it runs."""
    if record.session_name in live_sessions:
        return ""
    return f"its tmux session {record.session_name!r} is not running"


def _superseded(live: Iterable[AgentRecord]) -> Iterable[Skipped]:
    # One session may well hold a claude and a codex side by side, each in its own pane. Two
    # records of one tool, though, would resolve to the same pane.
    def place(record: AgentRecord) -> tuple[str, str]:
        return record.session_name, record.tool

    for (session, _), group in groupby(sorted(live, key=place), key=place):
        *older, newest = sorted(group, key=lambda record: (record.published_at, record.agent_id))
        for record in older:
            yield Skipped(
                record.agent_id,
                f"its tmux session {session!r} was published again as "
                f"{newest.agent_name!r} ({newest.agent_id}); remove the one that is wrong",
            )


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
