"""Values to Redis hash fields and back. Flat, plain text, in an order that reads well.

A field that does not apply is absent, never an empty string. No I/O here.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import TypeVar

from houmao.clock import iso_ms, parse_iso
from houmao.detect.projection import ParsedSurface
from houmao.detect.signals import BlockedOn, Evidence, Tristate
from houmao.headless.records import TurnRecord
from houmao.headless.turn_status import TurnStatus
from houmao.state.values import (
    AgentIdentity,
    AgentState,
    FleetEvent,
    HeadlessAgent,
    HistoryEntry,
    HostStatus,
    ProbeSnapshot,
)
from houmao.track.day import DayTally
from houmao.track.diagnostics import Diagnostics, ParseStatus, Problem, ProcessState, TransportState
from houmao.track.snapshots import PendingTimer
from houmao.track.state import (
    LastTurn,
    LastTurnResult,
    LastTurnSource,
    Surface,
    TrackedState,
    TurnPhase,
)

Fields = dict[str, str]
Items = tuple[tuple[str, str], ...]

#: Decoded hashes that a process remembers.
KEPT = 2048
#: Texts of whole hashes that it remembers.
_WHOLES_KEPT = 512

#: The field in which a hash holds all others; `around.lua` spells it, too.
WHOLE = "whole"

#: State fields whose change is a transition; everything else follows from these.
PUBLIC_FIELDS = (
    "availability",
    "turn_phase",
    "blocked_on",
    "accepting_input",
    "editing_input",
    "ready_posture",
    "pending_input",
    "last_turn_result",
    "last_turn_source",
    "transport_state",
    "process_state",
    "parse_status",
    "probe_error",
    "parse_error",
)


def state_fields(identity: AgentIdentity, state: AgentState) -> Fields:
    """The state hash. `state_from` reads it back, but for the identity's fields."""
    tracked, surface, diagnostics = state.tracked, state.tracked.surface, state.diagnostics
    return _present(
        {
            "agent_name": identity.agent_name,
            "tool": identity.tool,
            "availability": state.availability.value,
            "turn_phase": tracked.phase.value,
            "phase_since": _time(state.phase_since),
            "blocked_on": None if surface.blocked_on is None else surface.blocked_on.value,
            "blocked_since": _time(state.blocked_since),
            "last_turn_result": tracked.last_turn.result.value,
            "last_turn_source": tracked.last_turn.source.value,
            "last_turn_updated_at": _time(state.last_turn_updated_at),
            "accepting_input": surface.accepting_input.value,
            "editing_input": surface.editing_input.value,
            "ready_posture": surface.ready_posture.value,
            "pending_input": surface.pending_input.value,
            "transport_state": diagnostics.transport_state.value,
            "process_state": diagnostics.process_state.value,
            "parse_status": diagnostics.parse_status.value,
            "probe_error": _problem(diagnostics.probe_error),
            "parse_error": _problem(diagnostics.parse_error),
            "captured_at": iso_ms(state.captured_at),
            "stable_since": iso_ms(state.stable_since),
            "tool_version": state.tool_version,
            "folder": state.folder,
            "unseen": "yes" if state.unseen else None,
            "today": _tally(state.today),
            "detector": f"{tracked.detector_name} {tracked.detector_version}".strip(),
            "active_reasons": " ".join(tracked.active_reasons),
            "notes": " ".join(tracked.notes),
            "evidence": "\n".join(map(_evidence, tracked.evidence)),
            "background": "\n".join(map(_evidence, tracked.background)),
            "pending": "\n".join(f"{it.name} {iso_ms(it.due)}" for it in state.pending),
            "journal": state.journal,
            "contradictions": str(state.contradictions) if state.contradictions else None,
            "signature": state.signature,
            "epoch": str(state.epoch),
        }
    )


def state_from(agent_id: str, found: Mapping[str, str]) -> AgentState | None:
    """The state of a hash; None when there is none, or one that only another version can read."""
    return _state_of(agent_id, tuple(found.items()))


@lru_cache(maxsize=KEPT)
def _state_of(agent_id: str, items: Items) -> AgentState | None:
    # Polled far more often than it changes: the same text is decoded once.
    found = dict(items)
    try:
        return _state_from(agent_id, found) if "signature" in found else None
    except (KeyError, ValueError):
        return None


def _state_from(agent_id: str, found: Mapping[str, str]) -> AgentState:
    detector = found.get("detector", "").partition(" ")
    return AgentState(
        agent_id=agent_id,
        diagnostics=Diagnostics(
            transport_state=TransportState(found["transport_state"]),
            process_state=ProcessState(found["process_state"]),
            parse_status=ParseStatus(found["parse_status"]),
            probe_error=_problem_from(found.get("probe_error")),
            parse_error=_problem_from(found.get("parse_error")),
        ),
        tracked=TrackedState(
            surface=_surface_from(found),
            phase=TurnPhase(found["turn_phase"]),
            last_turn=LastTurn(
                LastTurnResult(found["last_turn_result"]), LastTurnSource(found["last_turn_source"])
            ),
            detector_name=detector[0],
            detector_version=detector[2],
            active_reasons=_words(found.get("active_reasons")),
            notes=_words(found.get("notes")),
            evidence=tuple(map(_evidence_from, found.get("evidence", "").splitlines())),
            background=tuple(map(_evidence_from, found.get("background", "").splitlines())),
        ),
        signature=found["signature"],
        stable_since=parse_iso(found["stable_since"]),
        captured_at=parse_iso(found["captured_at"]),
        epoch=int(found["epoch"]),
        last_turn_updated_at=_time_from(found.get("last_turn_updated_at")),
        phase_since=_time_from(found.get("phase_since")),
        tool_version=found.get("tool_version", ""),
        folder=found.get("folder", ""),
        unseen="unseen" in found,
        blocked_since=_time_from(found.get("blocked_since")),
        today=_tally_from(found.get("today")),
        pending=tuple(map(_pending_from, found.get("pending", "").splitlines())),
        journal=found.get("journal", ""),
        contradictions=int(found.get("contradictions", "0")),
    )


def _tally(today: DayTally) -> str | None:
    if today.counted_until is None:
        return None
    worked, waited = f"{today.worked_seconds:.3f}", f"{today.waited_seconds:.3f}"
    counts = (today.day, str(today.turns), str(today.failed), worked, waited)
    return " ".join((*counts, iso_ms(today.counted_until)))


def _tally_from(text: str | None) -> DayTally:
    if text is None:
        return DayTally()
    day, turns, failed, worked, waited, until = text.split()
    return DayTally(day, int(turns), int(failed), float(worked), float(waited), parse_iso(until))


def _surface_from(found: Mapping[str, str]) -> Surface:
    blocked = found.get("blocked_on")
    return Surface(
        accepting_input=Tristate(found["accepting_input"]),
        editing_input=Tristate(found["editing_input"]),
        ready_posture=Tristate(found["ready_posture"]),
        pending_input=Tristate(found["pending_input"]),
        blocked_on=BlockedOn(blocked) if blocked else None,
    )


def public_fields(found: Mapping[str, str]) -> Fields:
    """The part of a state hash that a transition and an event repeat."""
    return {name: found[name] for name in PUBLIC_FIELDS if name in found}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Names of public fields that differ, in their fixed order."""
    return tuple(name for name in PUBLIC_FIELDS if before.get(name) != after.get(name))


def history_from(entry_id: str, found: Mapping[str, str]) -> HistoryEntry:
    """A history entry of a transition stream's entry."""
    return HistoryEntry(
        entry_id=entry_id,
        recorded_at=parse_iso(found["recorded_at"]),
        summary=found.get("summary", ""),
        changed_fields=_words(found.get("changed_fields")),
        fields=public_fields(found),
    )


def event_from(event_id: str, found: Mapping[str, str]) -> FleetEvent:
    """A fleet event of an event stream's entry."""
    return FleetEvent(event_id, found.get("agent_id", ""), found.get("agent_name", ""), dict(found))


@lru_cache(maxsize=KEPT)
def _identity_of(items: Items) -> AgentIdentity | None:
    return flat_from(AgentIdentity, dict(items))


def identity_from(found: Mapping[str, str]) -> AgentIdentity | None:
    """The identity of a hash that `flat_fields` wrote, None when there is none."""
    return _identity_of(tuple(found.items()))


Flat = AgentIdentity | ProbeSnapshot | ParsedSurface | HostStatus | TurnRecord | HeadlessAgent
FlatT = TypeVar(
    "FlatT", AgentIdentity, ProbeSnapshot, ParsedSurface, HostStatus, TurnRecord, HeadlessAgent
)


def flat_fields(value: Flat) -> Fields:
    """Hash fields of a value whose own fields are text, numbers, booleans and word lists."""
    encoded = ((f.name, _encode(f.name, getattr(value, f.name))) for f in fields(value))
    return {name: text for name, text in encoded if text is not None}


def flat_from(kind: type[FlatT], found: Mapping[str, str]) -> FlatT | None:
    """The value of a hash that `flat_fields` wrote; None for one without its first field.

    None also for a hash that only another version of Houmao can read.
    """
    try:
        return _flat_from(kind, found) if fields(kind)[0].name in found else None
    except ValueError:
        return None


def _flat_from(kind: type[FlatT], found: Mapping[str, str]) -> FlatT:
    specs = fields(kind)
    values: dict[str, object] = {}
    for spec in specs:
        if spec.name in found:
            values[spec.name] = _decode(str(spec.type), found[spec.name])
        elif spec.default is MISSING and spec.default_factory is MISSING:
            values[spec.name] = None
    # The hash was written by `flat_fields`, so its values fit; the types cannot say so.
    return kind(**values)  # type: ignore[arg-type]


def _encode(name: str, value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case float() if name.endswith("_at"):
            return iso_ms(value)
        case tuple():
            return " ".join(map(str, value))
        case _:
            return str(value)


def _decode(kind: str, text: str) -> object:
    decoders: dict[str, Callable[[str], object]] = {
        "bool": lambda t: t == "yes",
        "int": int,
        "float": parse_iso,
        "TurnStatus": TurnStatus,
        "tuple": _words,
    }
    for word, decode in decoders.items():
        if word in kind:
            return decode(text)
    return text


def _present(found: Mapping[str, str | None]) -> Fields:
    return {name: text for name, text in found.items() if text}


def _time(moment: float | None) -> str | None:
    return None if moment is None else iso_ms(moment)


def _time_from(text: str | None) -> float | None:
    return parse_iso(text) if text else None


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(text.split()) if text else ()


def _problem(problem: Problem | None) -> str | None:
    return None if problem is None else f"{problem.kind}: {problem.message}"


def _problem_from(text: str | None) -> Problem | None:
    if not text:
        return None
    kind, _, message = text.partition(": ")
    return Problem(kind, message)


def _evidence(evidence: Evidence) -> str:
    rows = ",".join(map(str, evidence.rows)) or "-"
    rule = f"{evidence.rule}@{evidence.origin}" if evidence.origin else evidence.rule
    return f"{rule} rows {rows} {_one_line(evidence.excerpt)}".rstrip()


def _evidence_from(line: str) -> Evidence:
    head, _, rest = line.partition(" rows ")
    rule, _, origin = head.partition("@")
    rows, _, excerpt = rest.partition(" ")
    numbers = tuple(int(r) for r in rows.split(",") if r.isdigit())
    return Evidence(rule, numbers, excerpt, origin)


def _pending_from(line: str) -> PendingTimer:
    name, _, due = line.partition(" ")
    return PendingTimer(name, parse_iso(due))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def with_whole(found: Mapping[str, str]) -> Fields:
    """A hash that holds itself as one text, too, for who reads it often."""
    return {**found, WHOLE: json.dumps(found, ensure_ascii=False, separators=(",", ":"))}


@lru_cache(maxsize=_WHOLES_KEPT)
def whole_from(text: str) -> Mapping[str, str]:
    """The hash of such a text, an empty one for any other text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    told = isinstance(found, dict) and all(isinstance(it, str) for it in found.values())
    return found if told else {}


def pairs(found: Mapping[str, str]) -> Iterable[str]:
    """Field names and values one after the other, as Redis commands take them."""
    for name, text in found.items():
        yield name
        yield text
