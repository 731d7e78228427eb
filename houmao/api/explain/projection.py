"""An agent's explanation as the object its route answers with. Pure.

What it means is decided in `houmao.track.explain`; here published values are put into it, and
the rows that evidence names get the text the screen shows there.
"""

from collections.abc import Iterable

from houmao.api.http.answers import Wire
from houmao.api.observation import projection as observation
from houmao.clock import iso
from houmao.detect.signals import Evidence
from houmao.state.values import AgentState, Detail, History, Observation
from houmao.track.explain import ExplanationInput, PastChange, Reason, explain, meaning

#: Changes that are told, of all that are kept.
RECENT = 8


def explanation(found: Detail, past: History, now: float) -> Wire:
    """Why the agent is said to be what it is said to be.

    Raises Unavailable when it was not observed yet.
    """
    state = observation.state(Observation(found.identity, found.state, found.seen_at), now)
    current = observation.observed(found.identity, found.state)
    told = explain(_facts(current, past, now), RECENT)
    seen = _tells_of(past, current)
    return {
        "agent_id": found.identity.agent_id,
        "agent_name": found.identity.agent_name,
        "tool": found.identity.tool,
        "tool_version": current.tool_version or None,
        "detector": told.detector,
        "notes": current.tracked.notes,
        "no_journal_because": current.journal or None,
        "contradictions": current.contradictions,
        "state": state,
        "phase_reason": _reason(told.phase_reason) if seen else None,
        "phase_age_seconds": _seconds(told.phase_age_seconds) if seen else None,
        "last_turn_reason": _reason(told.last_turn_reason),
        "capture_age_seconds": _seconds(told.capture_age_seconds),
        "evidence": [_evidence(each, _rows(found)) for each in told.evidence],
        "background": [_evidence(each, _rows(found)) for each in told.background],
        "expected": [
            {"name": it.name, "means": it.means, "in_seconds": round(it.in_seconds, 3)}
            for it in told.expected
        ],
        "recent": [_change(each) for each in told.recent],
        "needed_for_ready": [
            {"field": it.field, "now": it.now, "needed": it.needed, "how": it.how}
            for it in told.obstacles
        ],
    }


def _facts(current: AgentState, past: History, now: float) -> ExplanationInput:
    return ExplanationInput(
        now=now,
        availability=current.availability,
        diagnostics=current.diagnostics,
        tracked=current.tracked,
        captured_at=current.captured_at,
        phase_since=current.phase_since,
        last_turn_updated_at=current.last_turn_updated_at,
        changes=tuple(_kept(past)),
        # What was due in the meantime has happened or was cancelled.
        pending=tuple(it for it in current.pending if it.due > now),
    )


def _tells_of(past: History, current: AgentState) -> bool:
    """Whether the latest change led to the present phase; none tells that nobody watches."""
    return not past.entries or past.entries[0].fields.get("turn_phase") == current.tracked.phase


def _kept(past: History) -> Iterable[PastChange]:
    return (PastChange(it.recorded_at, it.summary, it.changed_fields) for it in past.entries)


def _rows(found: Detail) -> list[str]:
    """Text of the captured screen, row by row; empty when it could not be read."""
    return found.surface.normalized_projection_text.split("\n") if found.surface else []


def _evidence(found: Evidence, rows: list[str]) -> Wire:
    return {
        "rule": found.rule,
        "rows": [{"row": it, "text": rows[it]} for it in found.rows if it < len(rows)],
        "excerpt": found.excerpt,
        "sign": found.origin or None,
    }


def _reason(found: Reason | None) -> Wire | None:
    if found is None:
        return None
    return {
        "rule": found.rule,
        "means": found.means,
        "age_seconds": _seconds(found.age_seconds),
    }


def _change(found: PastChange) -> Wire:
    return {
        "recorded_at_utc": iso(found.recorded_at),
        "summary": found.note,
        "means": meaning(found.note),
        "changed_fields": found.changed_fields,
    }


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
