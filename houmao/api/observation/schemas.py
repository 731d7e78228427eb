"""JSON shapes of what is read off an agent's screen, shared by all routes that tell of it."""

from marshmallow import fields

from houmao.api.http.answers import AnswerSchema, choice, flag, many, number, one, text
from houmao.detect.signals import BlockedOn, Tristate
from houmao.track.diagnostics import Availability, ParseStatus, ProcessState, TransportState
from houmao.track.state import LastTurnResult, LastTurnSource, TurnPhase


class ProblemSchema(AnswerSchema):
    kind = text()
    message = text()
    details = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)


class DiagnosticsSchema(AnswerSchema):
    availability = choice(Availability, "Read this first: it says whether the rest is worth it.")
    transport_state = choice(TransportState)
    process_state = choice(ProcessState)
    parse_status = choice(ParseStatus)
    probe_error = one(ProblemSchema, allow_none=True)
    parse_error = one(ProblemSchema, allow_none=True)


class SurfaceSchema(AnswerSchema):
    additions = frozenset({"pending_input", "blocked_on"})

    accepting_input = choice(Tristate)
    editing_input = choice(Tristate)
    ready_posture = choice(Tristate)
    pending_input = choice(Tristate, "Text was submitted and waits for the running turn.")
    blocked_on = choice(BlockedOn, "What a person must answer first, or null.", allow_none=True)


class TurnSchema(AnswerSchema):
    phase = choice(TurnPhase)


class AgentTurnSchema(TurnSchema):
    additions = frozenset({"phase_since"})

    phase_since = text("When it entered that phase; null while nobody looks.", allow_none=True)


class LastTurnSchema(AnswerSchema):
    result = choice(LastTurnResult)
    source = choice(LastTurnSource)
    updated_at_utc = text("Null on these routes when the tracker was not told.", allow_none=True)


class StabilitySchema(AnswerSchema):
    signature = text("Changes with every visible change of the state.")
    stable = flag()
    stable_for_seconds = fields.Float(required=True)
    stable_since_utc = text()


class EvidenceSchema(AnswerSchema):
    rule = text()
    rows = many(fields.Integer(strict=True))
    excerpt = text()


class StateSchema(AnswerSchema):
    additions = frozenset(
        {"evidence", "captured_at", "seen_at", "folder", "unseen", "blocked_since"}
    )

    agent_id = text()
    agent_name = text()
    diagnostics = one(DiagnosticsSchema)
    surface = one(SurfaceSchema)
    turn = one(AgentTurnSchema)
    last_turn = one(LastTurnSchema)
    stability = one(StabilitySchema)
    evidence = many(EvidenceSchema)
    captured_at = text("When the screen behind this state was captured.")
    seen_at = text("When the state was last known to hold.")
    blocked_since = text("When it began to wait for a person, or null.", allow_none=True)
    unseen = flag("Whether a turn has ended that nobody has looked at yet.")
    folder = text("Working directory of what runs in its pane, or null.", allow_none=True)


class ProbeSnapshotSchema(AnswerSchema):
    observed_at_utc = text()
    pane_id = text(allow_none=True)
    pane_pid = number(allow_none=True)
    captured_text_hash = text(allow_none=True)
    captured_text_length = number(allow_none=True)
    captured_text_excerpt = text("The last 4000 characters at most.", allow_none=True)
    matched_process_names = many(fields.String())


class ParsedSurfaceSchema(AnswerSchema):
    parser_family = text()
    parser_preset_id = text()
    parser_preset_version = text()
    availability = choice(["supported", "unsupported", "disconnected", "unknown"])
    business_state = choice(["idle", "working", "awaiting_operator", "unknown"])
    input_mode = choice(["freeform", "modal", "closed", "unknown"])
    ui_context = text()
    normalized_projection_text = text()
    dialog_text = text()
    dialog_head = text()
    dialog_tail = text()
    anomaly_codes = many(fields.String())
    baseline_invalidated = flag()
    operator_blocked_excerpt = text(allow_none=True)


class StateDetailSchema(StateSchema):
    probe_snapshot = one(ProbeSnapshotSchema, allow_none=True)
    parsed_surface = one(ParsedSurfaceSchema, allow_none=True)


class HistoryEntrySchema(AnswerSchema):
    additions = frozenset({"blocked_on", "editing_input", "pending_input"})

    recorded_at_utc = text()
    summary = text()
    changed_fields = many(fields.String())
    diagnostics_availability = choice(Availability)
    turn_phase = choice(TurnPhase)
    last_turn_result = choice(LastTurnResult)
    last_turn_source = choice(LastTurnSource)
    transport_state = choice(TransportState)
    process_state = choice(ProcessState)
    parse_status = choice(ParseStatus)
    blocked_on = choice(BlockedOn, allow_none=True)
    editing_input = choice(Tristate)
    pending_input = choice(Tristate)
