"""JSON shapes that managed-agent clients read, of watched and of headless agents."""

from marshmallow import validate

from houmao.api.http.answers import AnswerSchema, EitherOf, choice, flag, many, number, one, text
from houmao.api.observation.schemas import (
    DiagnosticsSchema,
    ParsedSurfaceSchema,
    ProbeSnapshotSchema,
    ProblemSchema,
    StabilitySchema,
    SurfaceSchema,
)
from houmao.headless.turn_status import TurnStatus
from houmao.track.state import LastTurnResult, TurnPhase


class ManagedTurnSchema(AnswerSchema):
    phase = choice(TurnPhase)
    active_turn_id = text(allow_none=True)


class ManagedLastTurnSchema(AnswerSchema):
    result = choice(LastTurnResult)
    turn_id = text(allow_none=True)
    turn_index = number(allow_none=True)
    updated_at_utc = text(allow_none=True)


class ManagedIdentitySchema(AnswerSchema):
    additions = frozenset({"host"})

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
    host = text("Where it lives.")


class MailboxSchema(AnswerSchema):
    transport = text()
    principal_id = text()
    address = text()


class GatewaySummarySchema(AnswerSchema):
    gateway_health = choice(["healthy", "not_attached"])
    managed_agent_connectivity = choice(["connected", "unavailable"])
    managed_agent_recovery = choice(["idle", "awaiting_rebind", "reconciliation_required"])
    request_admission = choice(["open", "blocked_unavailable", "blocked_reconciliation"])
    active_execution = choice(["idle", "running"])
    queue_depth = number(validate=validate.Range(min=0))
    gateway_host = text(allow_none=True)
    gateway_port = number(allow_none=True)


class ManagedStateSchema(AnswerSchema):
    tracked_agent_id = text()
    identity = one(ManagedIdentitySchema)
    availability = choice(["available", "unavailable", "error"])
    turn = one(ManagedTurnSchema)
    last_turn = one(ManagedLastTurnSchema)
    diagnostics = many(ProblemSchema)
    mailbox = one(MailboxSchema, allow_none=True)
    gateway = one(GatewaySummarySchema, allow_none=True)


class TuiDetailSchema(AnswerSchema):
    transport = choice(["tui"])
    terminal_id = text()
    canonical_terminal_state_route = text()
    canonical_terminal_history_route = text()
    diagnostics = one(DiagnosticsSchema)
    probe_snapshot = one(ProbeSnapshotSchema, allow_none=True)
    parsed_surface = one(ParsedSurfaceSchema, allow_none=True)
    surface = one(SurfaceSchema)
    stability = one(StabilitySchema)


class HeadlessDetailSchema(AnswerSchema):
    transport = choice(["headless"])
    runtime_resumable = flag()
    tmux_session_live = flag()
    can_accept_prompt_now = flag()
    interruptible = flag()
    turn = one(ManagedTurnSchema)
    last_turn = one(ManagedLastTurnSchema)
    active_turn_started_at_utc = text(allow_none=True)
    active_turn_interrupt_requested_at_utc = text(allow_none=True)
    last_turn_status = choice(TurnStatus, allow_none=True)
    last_turn_started_at_utc = text(allow_none=True)
    last_turn_completed_at_utc = text(allow_none=True)
    last_turn_completion_source = text(allow_none=True)
    last_turn_returncode = number(allow_none=True)
    last_turn_history_summary = text(allow_none=True)
    last_turn_error = text(allow_none=True)
    mailbox = one(MailboxSchema, allow_none=True)
    gateway = one(GatewaySummarySchema, allow_none=True)
    diagnostics = many(ProblemSchema)


class ManagedDetailSchema(AnswerSchema):
    tracked_agent_id = text()
    identity = one(ManagedIdentitySchema)
    summary_state = one(ManagedStateSchema)
    detail = EitherOf(TuiDetailSchema, HeadlessDetailSchema)


class ManagedHistoryEntrySchema(AnswerSchema):
    recorded_at_utc = text()
    summary = text()
    availability = choice(["available", "unavailable", "error"])
    turn_phase = choice(TurnPhase)
    last_turn_result = choice(LastTurnResult)
    turn_id = text(allow_none=True)


class ManagedHistorySchema(AnswerSchema):
    tracked_agent_id = text()
    entries = many(ManagedHistoryEntrySchema)
