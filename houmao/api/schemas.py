"""Every JSON shape the API answers with, for the API description and for the tests.

Answers are built as plain dicts by the projections and are not dumped through these schemas,
which would cost more than the read itself; a test loads every answer through them instead.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from houmao.api.strict import Limit, StrictSchema, Text
from houmao.detect.signals import BlockedOn, Tristate
from houmao.track.diagnostics import Availability, ParseStatus, ProcessState, TransportState
from houmao.track.state import LastTurnResult, LastTurnSource, TurnPhase

_TURN_PHASE = [*TurnPhase]


class Answer(ma.Schema):
    """Base of all answers: every field is there, unknown ones are a mistake of ours."""

    class Meta:
        unknown = ma.RAISE


def text(description: str = "", **options: Any) -> fields.String:
    """A string that is always there; `allow_none=True` when it may be null."""
    return fields.String(required=True, metadata=_about(description), **options)


def choice(values: Iterable[StrEnum | str], description: str = "", **options: Any) -> fields.String:
    """One of a fixed set of words."""
    rule = validate.OneOf([str(value) for value in values])
    return fields.String(required=True, validate=rule, metadata=_about(description), **options)


def number(description: str = "", **options: Any) -> fields.Integer:
    """A whole number that is always there."""
    return fields.Integer(required=True, strict=True, metadata=_about(description), **options)


def flag(description: str = "") -> fields.Boolean:
    """True or false."""
    return fields.Boolean(required=True, truthy={True}, falsy={False}, metadata=_about(description))


def one(schema: type[ma.Schema], **options: Any) -> fields.Nested:
    """An object that is always there; `allow_none=True` when it may be null."""
    return fields.Nested(schema, required=True, **options)


def many(inner: type[ma.Schema] | fields.Field[Any]) -> fields.List[Any]:
    """A list that is always there."""
    item = inner if isinstance(inner, fields.Field) else fields.Nested(inner)
    return fields.List(item, required=True)


def _about(description: str) -> dict[str, str]:
    return {"description": description} if description else {}


# ------------------------------------------------------------------------------- requests


class LimitQuery(StrictSchema):
    limit = Limit(load_default=50, metadata={"description": "At most so many entries."})


class EventsQuery(StrictSchema):
    agent = Text(load_default=None, metadata={"description": "Only this agent (id or name)."})


# --------------------------------------------------------------------------------- errors


class ErrorSchema(Answer):
    detail = text("One sentence about what is wrong and what helps.")
    agent_ids = fields.List(
        fields.String(), metadata=_about("Only with 409 for a shared name: the agents' ids.")
    )


class ViolationSchema(Answer):
    type = text()
    loc = fields.List(fields.Raw(), required=True)
    msg = text()
    input = fields.Raw(required=True, allow_none=True)


class InvalidSchema(Answer):
    detail = many(ViolationSchema)


# --------------------------------------------------------------------------------- server


class HealthSchema(Answer):
    status = choice(["ok"])
    houmao_service = choice(["houmao-passive-server"])


class OkSchema(Answer):
    status = choice(["ok"])


class InstanceSchema(Answer):
    schema_version = number()
    status = choice(["ok"])
    pid = number("The process to signal; it owns all others of this server.")
    api_base_url = text()
    server_root = text()
    runtime_root = text()
    started_at_utc = text()


# ---------------------------------------------------------------------------------- hosts


class HostSchema(Answer):
    host = text()
    watched = flag("Whether its agents are being looked at.")
    heartbeat_at = text("When all of its agents had been looked at last.")
    started_at = text()
    pid = number("The watch process on that host.")
    epoch = number("Which ownership of the host's panes this is.")
    agents = number()
    version = text()
    runtime_root = text()
    registry_root = text()
    tmux_socket = text()


class UnusedRecordSchema(Answer):
    agent_id = text()
    reason = text()


class HostsSchema(Answer):
    hosts = many(HostSchema)
    unused_records = many(UnusedRecordSchema)


# --------------------------------------------------------------------------------- agents


class AgentSummarySchema(Answer):
    agent_id = text()
    agent_name = text()
    generation_id = text()
    tool = text()
    backend = text()
    tmux_session_name = text()
    manifest_path = text()
    session_root = text("Empty when the record has none.")
    has_gateway = flag()
    has_mailbox = flag()
    published_at = text()
    lease_expires_at = text()


class AgentListSchema(Answer):
    agents = many(AgentSummarySchema)


class ProblemSchema(Answer):
    kind = text()
    message = text()
    details = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)


class DiagnosticsSchema(Answer):
    availability = choice(Availability, "Read this first: it says whether the rest is worth it.")
    transport_state = choice(TransportState)
    process_state = choice(ProcessState)
    parse_status = choice(ParseStatus)
    probe_error = one(ProblemSchema, allow_none=True)
    parse_error = one(ProblemSchema, allow_none=True)


class SurfaceSchema(Answer):
    accepting_input = choice(Tristate)
    editing_input = choice(Tristate)
    ready_posture = choice(Tristate)
    pending_input = choice(Tristate, "Text was submitted and waits for the running turn.")
    blocked_on = choice(BlockedOn, "What a person must answer first, or null.", allow_none=True)


class TurnSchema(Answer):
    phase = choice(_TURN_PHASE)


class AgentTurnSchema(TurnSchema):
    phase_since = text("When it entered that phase; null while nobody looks.", allow_none=True)


class LastTurnSchema(Answer):
    result = choice(LastTurnResult)
    source = choice(LastTurnSource)
    updated_at_utc = text("Null on these routes when the tracker was not told.", allow_none=True)


class StabilitySchema(Answer):
    signature = text("Changes with every visible change of the state.")
    stable = flag()
    stable_for_seconds = fields.Float(required=True)
    stable_since_utc = text()


class EvidenceSchema(Answer):
    rule = text()
    rows = many(fields.Integer(strict=True))
    excerpt = text()


class StateSchema(Answer):
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


class ManagedTurnSchema(Answer):
    phase = choice(_TURN_PHASE)
    active_turn_id = text(allow_none=True)


class ManagedLastTurnSchema(Answer):
    result = choice(LastTurnResult)
    turn_id = text(allow_none=True)
    turn_index = number(allow_none=True)
    updated_at_utc = text(allow_none=True)


class HeadlessNowSchema(Answer):
    tracked_agent_id = text()
    availability = choice(["available", "unavailable"], "Whether it could run a turn.")
    turn = one(ManagedTurnSchema)
    last_turn = one(ManagedLastTurnSchema)
    active_turn_started_at_utc = text(allow_none=True)
    diagnostics = many(ProblemSchema)


class SeenAgentSchema(AgentSummarySchema):
    state = one(StateSchema, allow_none=True)
    headless = one(HeadlessNowSchema, allow_none=True)


class FleetSchema(Answer):
    agents = many(SeenAgentSchema)


class ProbeSnapshotSchema(Answer):
    observed_at_utc = text()
    pane_id = text(allow_none=True)
    pane_pid = number(allow_none=True)
    captured_text_hash = text(allow_none=True)
    captured_text_length = number(allow_none=True)
    captured_text_excerpt = text("The last 4000 characters at most.", allow_none=True)
    matched_process_names = many(fields.String())


class ParsedSurfaceSchema(Answer):
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


class HistoryEntrySchema(Answer):
    recorded_at_utc = text()
    summary = text()
    changed_fields = many(fields.String())
    diagnostics_availability = choice(Availability)
    turn_phase = choice(_TURN_PHASE)
    last_turn_result = choice(LastTurnResult)
    last_turn_source = choice(LastTurnSource)
    transport_state = choice(TransportState)
    process_state = choice(ProcessState)
    parse_status = choice(ParseStatus)
    blocked_on = choice(BlockedOn, allow_none=True)
    editing_input = choice(Tristate)
    pending_input = choice(Tristate)


class HistorySchema(Answer):
    agent_id = text()
    agent_name = text()
    entries = many(HistoryEntrySchema)


# ------------------------------------------------------------------------- managed agents


class ManagedIdentitySchema(Answer):
    tracked_agent_id = text()
    transport = choice(["tui", "headless"])
    tool = text()
    session_name = text(allow_none=True)
    terminal_id = text(allow_none=True)
    runtime_session_id = text()
    tmux_session_name = text()
    tmux_window_name = text(allow_none=True)
    manifest_path = text()
    session_root = text(allow_none=True)
    agent_name = text()
    agent_id = text()


class MailboxSchema(Answer):
    transport = text()
    principal_id = text()
    address = text()


class GatewaySummarySchema(Answer):
    gateway_health = choice(["healthy", "not_attached"])
    managed_agent_connectivity = choice(["connected", "unavailable"])
    managed_agent_recovery = choice(["idle", "awaiting_rebind", "reconciliation_required"])
    request_admission = choice(["open", "blocked_unavailable", "blocked_reconciliation"])
    active_execution = choice(["idle", "running"])
    queue_depth = number(validate=validate.Range(min=0))
    gateway_host = text(allow_none=True)
    gateway_port = number(allow_none=True)


class ManagedStateSchema(Answer):
    tracked_agent_id = text()
    identity = one(ManagedIdentitySchema)
    availability = choice(["available", "unavailable", "error"])
    turn = one(ManagedTurnSchema)
    last_turn = one(ManagedLastTurnSchema)
    diagnostics = many(ProblemSchema)
    mailbox = one(MailboxSchema, allow_none=True)
    gateway = one(GatewaySummarySchema, allow_none=True)


class TuiDetailSchema(Answer):
    transport = choice(["tui"])
    terminal_id = text()
    canonical_terminal_state_route = text()
    canonical_terminal_history_route = text()
    diagnostics = one(DiagnosticsSchema)
    probe_snapshot = one(ProbeSnapshotSchema, allow_none=True)
    parsed_surface = one(ParsedSurfaceSchema, allow_none=True)
    surface = one(SurfaceSchema)
    stability = one(StabilitySchema)


class ManagedDetailSchema(Answer):
    tracked_agent_id = text()
    identity = one(ManagedIdentitySchema)
    summary_state = one(ManagedStateSchema)
    detail = one(TuiDetailSchema)


class ManagedHistoryEntrySchema(Answer):
    recorded_at_utc = text()
    summary = text()
    availability = choice(["available", "unavailable", "error"])
    turn_phase = choice(_TURN_PHASE)
    last_turn_result = choice(LastTurnResult)
    turn_id = text(allow_none=True)


class ManagedHistorySchema(Answer):
    tracked_agent_id = text()
    entries = many(ManagedHistoryEntrySchema)
