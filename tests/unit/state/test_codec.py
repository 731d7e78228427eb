"""Values become readable Redis hashes and come back the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.detect.projection import ParsedSurface
from houmao.detect.signals import BlockedOn, Evidence, Tristate
from houmao.state.codec import (
    PUBLIC_FIELDS,
    WHOLE,
    Flat,
    changed,
    event_from,
    flat_fields,
    flat_from,
    history_from,
    pairs,
    public_fields,
    state_fields,
    state_from,
    whole_from,
    with_whole,
)
from houmao.state.values import AgentIdentity, AgentState, HostStatus, ProbeSnapshot, unwatched
from houmao.track.day import DayTally
from houmao.track.diagnostics import (
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
)
from houmao.track.state import (
    LastTurn,
    LastTurnResult,
    LastTurnSource,
    Surface,
    TrackedState,
    TurnPhase,
)
from tests.values import IDENTITY

WORDS = st.text(st.characters(categories=["Ll", "Nd"], include_characters="_-."), min_size=1)
#: What may be in a screen: anything UTF-8 can carry.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
#: Whole milliseconds are all that is kept; eighths of a second are such, and exact.
MOMENTS = st.integers(0, 2_000_000_000_000).map(lambda eighths: eighths / 8)
TRISTATES = st.sampled_from(Tristate)
EXCERPTS = TEXTS.map(lambda text: " ".join(text.split()))
EVIDENCE = st.builds(
    Evidence, rule=WORDS, rows=st.lists(st.integers(0, 500)).map(tuple), excerpt=EXCERPTS
)
PROBLEMS = st.none() | st.builds(Problem, kind=WORDS, message=TEXTS)
DIAGNOSTICS = st.builds(
    Diagnostics,
    transport_state=st.sampled_from(TransportState),
    process_state=st.sampled_from(ProcessState),
    parse_status=st.sampled_from(ParseStatus),
    probe_error=PROBLEMS,
    parse_error=PROBLEMS,
)
TRACKED = st.builds(
    TrackedState,
    surface=st.builds(
        Surface, TRISTATES, TRISTATES, TRISTATES, TRISTATES, st.none() | st.sampled_from(BlockedOn)
    ),
    phase=st.sampled_from(TurnPhase),
    last_turn=st.builds(LastTurn, st.sampled_from(LastTurnResult), st.sampled_from(LastTurnSource)),
    detector_name=WORDS,
    detector_version=WORDS,
    active_reasons=st.lists(WORDS).map(tuple),
    notes=st.lists(WORDS).map(tuple),
    evidence=st.lists(EVIDENCE).map(tuple),
)
SECONDS = st.integers(0, 10**8).map(lambda it: it / 1000)
TALLIES = st.builds(
    DayTally,
    day=st.dates().map(str),
    turns=st.integers(0, 10**4),
    failed=st.integers(0, 10**4),
    worked_seconds=SECONDS,
    waited_seconds=SECONDS,
    counted_until=MOMENTS,
)
STATES = st.builds(
    AgentState,
    agent_id=st.just("a1"),
    diagnostics=DIAGNOSTICS,
    tracked=TRACKED,
    signature=st.text("0123456789abcdef", min_size=40, max_size=40),
    stable_since=MOMENTS,
    captured_at=MOMENTS,
    epoch=st.integers(0, 2**40),
    last_turn_updated_at=st.none() | MOMENTS,
    phase_since=st.none() | MOMENTS,
    tool_version=WORDS,
    folder=WORDS,
    unseen=st.booleans(),
    today=st.just(DayTally()) | TALLIES,
    pending=st.just(()),
)
OPTIONAL = st.none() | WORDS
IDENTITIES = st.builds(
    AgentIdentity,
    **{name: TEXTS.filter(bool) for name in ("agent_name", "tmux_session_name", "manifest_path")},
    session_root=OPTIONAL,
    gateway_host=OPTIONAL,
    gateway_port=st.none() | st.integers(1, 65535),
    mailbox_transport=OPTIONAL,
    mailbox_principal_id=OPTIONAL,
    mailbox_address=OPTIONAL,
)
PROBES = st.builds(
    ProbeSnapshot,
    observed_at=MOMENTS,
    captured_text_excerpt=TEXTS,
    matched_process_names=st.lists(WORDS).map(tuple),
)
SURFACES = st.builds(
    ParsedSurface,
    **dict.fromkeys(("normalized_projection_text", "dialog_text", "dialog_head"), TEXTS),
    anomaly_codes=st.lists(WORDS).map(tuple),
    operator_blocked_excerpt=st.none() | TEXTS,
)
HOSTS = st.builds(HostStatus, heartbeat_at=MOMENTS, started_at=MOMENTS)


def sent(found: dict[str, str]) -> dict[str, str]:
    """As Redis gives it back: text that went through UTF-8."""
    return {name.encode().decode(): text.encode().decode() for name, text in found.items()}


@given(STATES)
def test_states_come_back(state: AgentState) -> None:
    """Every state that can be published, from its flat and plain fields."""
    fields = state_fields(IDENTITY, state)
    assert all(text for text in fields.values()), "a field that does not apply is absent"
    assert state_from("a1", sent(fields)) == state


@given(st.one_of(IDENTITIES, PROBES, SURFACES, HOSTS))
def test_flat_values_come_back(value: Flat) -> None:
    """Identities, probes, surfaces and hosts alike, with their empty and absent fields."""
    fields = sent(flat_fields(value))
    match value:
        case AgentIdentity():
            assert flat_from(AgentIdentity, fields) == value
        case ProbeSnapshot():
            assert flat_from(ProbeSnapshot, fields) == value
        case ParsedSurface():
            assert flat_from(ParsedSurface, fields) == value
        case HostStatus():
            assert flat_from(HostStatus, fields) == value


@pytest.mark.parametrize("kind", [AgentIdentity, ProbeSnapshot, ParsedSurface, HostStatus])
def test_an_absent_hash_is_none(kind: type[AgentIdentity]) -> None:
    """Redis gives an empty mapping for a key that is not there."""
    assert flat_from(kind, {}) is None
    assert state_from("a1", {}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"turn_phase": "dreaming"},
        {"availability": "x", "transport_state": "carrier_pigeon"},
        {"captured_at": "yesterday"},
        {"epoch": "many"},
        {"blocked_on": "a wall"},
    ],
)
def test_a_state_of_another_version_is_none(change: dict[str, str]) -> None:
    """One host that speaks otherwise must not hide the other hosts' agents."""
    assert state_from("a1", FIELDS | change) is None
    cut = {name: text for name, text in FIELDS.items() if name != "turn_phase"}
    assert state_from("a1", cut) is None


STATE = AgentState(
    agent_id="a1",
    diagnostics=Diagnostics(TransportState.TMUX_UP, ProcessState.TUI_UP, ParseStatus.PARSED),
    tracked=TrackedState(phase=TurnPhase.READY, detector_name="claude_code", detector_version="2"),
    signature="0" * 40,
    stable_since=10.0,
    captured_at=11.0,
    epoch=3,
)
FIELDS = state_fields(IDENTITY, STATE)


def test_a_person_can_read_the_hash() -> None:
    """The name comes first, times are ISO-8601 in UTC, words are the API's words."""
    assert list(FIELDS)[:4] == ["agent_name", "tool", "availability", "turn_phase"]
    assert FIELDS["captured_at"] == "1970-01-01T00:00:11.000+00:00"
    assert (FIELDS["availability"], FIELDS["turn_phase"]) == ("available", "ready")
    assert "blocked_on" not in FIELDS


@given(st.dictionaries(TEXTS, TEXTS))
def test_a_hash_holds_itself(found: dict[str, str]) -> None:
    """Whatever stands in it; what is no such text holds nothing."""
    assert whole_from(with_whole(found)[WHOLE]) == found
    assert whole_from("[]") == whole_from("{") == whole_from('{"tool": 1}') == {}


def test_only_public_fields_are_changes() -> None:
    """Times, evidence and epochs follow from other things; nobody is told about them alone."""
    later = replace(STATE, captured_at=99.0, epoch=4, signature="1" * 40, stable_since=98.0)
    assert changed(FIELDS, state_fields(IDENTITY, later)) == ()
    busy = replace(STATE, tracked=replace(STATE.tracked, phase=TurnPhase.ACTIVE))
    assert changed(FIELDS, state_fields(IDENTITY, busy)) == ("turn_phase",)


@given(STATES, STATES)
def test_changes_come_in_their_fixed_order(before: AgentState, after: AgentState) -> None:
    """Exactly the public fields that differ, appear or vanish."""
    first, second = (public_fields(state_fields(IDENTITY, it)) for it in (before, after))
    names = changed(first, second)
    assert list(names) == [name for name in PUBLIC_FIELDS if first.get(name) != second.get(name)]
    assert changed({}, second) == tuple(name for name in PUBLIC_FIELDS if name in second)


def test_a_history_entry_has_what_was_public() -> None:
    """Its own facts beside the public fields after the change; unknown fields are left out."""
    found = {
        "recorded_at": "2026-03-27T09:00:00.500+00:00",
        "summary": "active_signal",
        "changed_fields": "turn_phase ready_posture",
        "signature": "x",
        **public_fields(FIELDS),
    }
    entry = history_from("1-0", found)
    assert (entry.entry_id, entry.summary) == ("1-0", "active_signal")
    assert entry.recorded_at == 1_774_602_000.5
    assert entry.changed_fields == ("turn_phase", "ready_posture")
    assert dict(entry.fields) == public_fields(FIELDS)


def test_an_event_keeps_everything() -> None:
    """Readers of events may know more than we do."""
    event = event_from("2-0", {"agent_id": "a1", "agent_name": "alpha", "new": "thing"})
    assert (event.event_id, event.agent_id, event.agent_name) == ("2-0", "a1", "alpha")
    assert event.fields["new"] == "thing"


def test_pairs_alternate() -> None:
    """As Redis commands take them."""
    assert list(pairs({"a": "1", "b": "2"})) == ["a", "1", "b", "2"]


@given(STATES)
def test_an_unwatched_state_tells_no_present(state: AgentState) -> None:
    """Only the last turn is history; everything else is withdrawn, with the reason."""
    told = unwatched(state, "host here has not looked")
    assert told.tracked == TrackedState(last_turn=state.tracked.last_turn)
    assert told.availability == "unavailable"
    assert told.diagnostics.probe_error == Problem("watch_stalled", "host here has not looked")
    assert told.last_turn_updated_at == state.last_turn_updated_at
