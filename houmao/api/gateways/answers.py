"""What gateways answer: the fields that the published protocol names, no others.

Objects that are read off a screen are not spelled out: their shape differs between releases.
"""

from typing import Any

from marshmallow import fields

from houmao.api.http.answers import AnswerSchema, choice, flag, many, number, one, text
from houmao.gateway_files.status import (
    DETACHED,
    PROTOCOL,
    WINDOW,
    RequestAdmission,
    SurfaceEligibility,
)


def _object(**options: Any) -> fields.Dict:
    return fields.Dict(keys=fields.String(), required=True, **options)


class GatewayHealthSchema(AnswerSchema):
    protocol_version = choice([PROTOCOL])
    status = choice(["ok"])


class GatewayStatusSchema(AnswerSchema):
    schema_version = number()
    protocol_version = choice([PROTOCOL])
    attach_identity = text()
    backend = text()
    tmux_session_name = text()
    gateway_health = choice(["healthy", "not_attached"])
    managed_agent_connectivity = choice(["connected", "unavailable"])
    managed_agent_recovery = choice(["idle", "awaiting_rebind", "reconciliation_required"])
    request_admission = choice(RequestAdmission)
    terminal_surface_eligibility = choice(SurfaceEligibility)
    active_execution = choice(["idle", "running"])
    execution_mode = choice([DETACHED, WINDOW])
    queue_depth = number("Requests that are accepted or running.")
    gateway_host = text(allow_none=True)
    gateway_port = fields.Integer(required=True, strict=True, allow_none=True)
    gateway_tmux_window_id = text(allow_none=True)
    gateway_tmux_window_index = text(allow_none=True)
    gateway_tmux_pane_id = text(allow_none=True)
    managed_agent_instance_epoch = number("Grows when another incarnation of the agent is met.")
    managed_agent_instance_id = text(allow_none=True)


class ControlInputSchema(AnswerSchema):
    status = choice(["ok"])
    action = choice(["control_input"])
    detail = text()


class PromptControlSchema(ControlInputSchema):
    action = choice(["submit_prompt"])
    sent = flag()
    forced = flag()


class TrackedTerminalSchema(AnswerSchema):
    terminal_id = text()
    tracked_session = _object()
    diagnostics = _object()
    probe_snapshot = _object(allow_none=True)
    parsed_surface = _object(allow_none=True)
    surface = _object()
    turn = _object()
    last_turn = _object()
    stability = _object()
    recent_transitions = many(fields.Dict(keys=fields.String()))


class SnapshotHistorySchema(AnswerSchema):
    terminal_id = text()
    tracked_session_id = text()
    entries = many(fields.Dict(keys=fields.String()))


class HeadlessControlSchema(AnswerSchema):
    schema_version = number()
    runtime_resumable = flag()
    tmux_session_live = flag()
    can_accept_prompt_now = flag()
    interruptible = flag()
    request_admission = choice(RequestAdmission)
    active_execution = choice(["idle", "running"])
    queue_depth = number()
    active_turn_id = text(allow_none=True)


class NotifierSchema(AnswerSchema):
    schema_version = number()
    enabled = flag()
    interval_seconds = fields.Integer(required=True, strict=True, allow_none=True)
    supported = flag()
    support_error = text(allow_none=True)
    last_poll_at_utc = text(allow_none=True)
    last_notification_at_utc = text(allow_none=True)
    last_error = text(allow_none=True)


class MailAccountSchema(AnswerSchema):
    schema_version = number()
    transport = text()
    principal_id = text()
    address = text()


class MailStatusSchema(MailAccountSchema):
    bindings_version = text()


class ParticipantSchema(AnswerSchema):
    address = text()
    display_name = text(allow_none=True)
    principal_id = text(allow_none=True)


class MailMessageSchema(AnswerSchema):
    message_ref = text()
    thread_ref = text(allow_none=True)
    created_at_utc = text()
    subject = text()
    unread = fields.Boolean(required=True, allow_none=True)
    body_preview = text(allow_none=True)
    body_text = text(allow_none=True)
    sender = one(ParticipantSchema)
    to = many(ParticipantSchema)
    cc = many(ParticipantSchema)
    reply_to = many(ParticipantSchema)
    attachments = many(fields.Dict(keys=fields.String()))


class MailListSchema(MailAccountSchema):
    unread_only = flag()
    message_count = number()
    unread_count = number()
    messages = many(MailMessageSchema)


class MailActionSchema(MailAccountSchema):
    operation = choice(["send", "reply"])
    message = one(MailMessageSchema)


class MailMarkSchema(MailAccountSchema):
    message_ref = text()
    read = flag()
